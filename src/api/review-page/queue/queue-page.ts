import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { casePath, customerPath } from '../../../domain/ids.ts';
import { statusBeyond, stillWaiting } from '../../../reviews/moved-on.ts';
import { readReviewFields } from '../../../reviews/query.ts';
import { paymentsOfCustomer } from '../../../store/customers/customer-file.ts';
import { paymentByReference } from '../../../store/payments/payment-record.ts';
import { reviewStatistics } from '../../../store/reviews/review-statistics.ts';
import { savedViews } from '../../../store/reviews/saved-views.ts';
import { countReviews, listReviews } from '../../../store/reviews/reviews.ts';
import { countOpenTasks } from '../../../store/tasks/tasks.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { markOfQueue } from './mark-of-queue.ts';
import { filledIn, PAGE_SIZE } from './queue-filters.ts';
import { asksForPage } from '../page/render.ts';
import { renderQueue } from './render-queue.ts';
import { signedIn } from '../page/session.ts';
import { viewOwnerOf } from './views-routes.ts';

type Strategy = Parameters<FastifyInstance['addConstraintStrategy']>[0];
type Handlers = ReturnType<Strategy['storage']>;

const askedFor: Strategy = {
  name: 'askedFor',
  storage() {
    const handlers = new Map<unknown, Parameters<Handlers['set']>[1]>();
    return {
      get: (type) => handlers.get(type) ?? null,
      set: (type, handler) => void handlers.set(type, handler),
    };
  },
  deriveConstraint: ({ headers }) => (asksForPage(headers) ? 'html' : undefined),
  validate: () => {},
};

/** The queue, a page of it, and the last 30 days. */
export const queuePageRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { pool, client } = deps;
  app.addConstraintStrategy(askedFor);

  app.get(
    '/reviews',
    { constraints: { askedFor: 'html' }, schema: { hide: true } },
    async (request, reply) => {
      const visitor = await signedIn(request, deps);
      const { subscriberId } = visitor;
      const now = new Date();
      const given = filledIn.parse(request.query);
      // Before all else, so that nothing that happens meanwhile passes for shown.
      const { value: mark } = await markOfQueue(deps, subscriberId, given);
      const read = readReviewFields({ ...given, limit: PAGE_SIZE }, now);
      const owner = viewOwnerOf(visitor);
      const [statistics, waiting, openTasks, views] = await Promise.all([
        reviewStatistics(pool, subscriberId, now),
        countReviews(pool, subscriberId, {}, now),
        countOpenTasks(pool, subscriberId),
        owner && savedViews(pool, owner),
      ]);
      const view = { visitor, now, given, statistics, waiting, openTasks, views, mark };
      reply.type('text/html; charset=utf-8');
      if ('problems' in read)
        return reply.code(400).send(await renderQueue({ ...view, problems: read.problems }));
      const [page, matching] = await Promise.all([
        listReviews(pool, subscriberId, read.asked),
        countReviews(pool, subscriberId, read.asked.filter, now),
      ]);
      const reviews = await stillWaiting(client, page.reviews);
      const { search } = read.asked.filter;
      const isFound = search === undefined || reviews.length > 0;
      const elsewhere = isFound ? [] : await onRecord(deps, subscriberId, search);
      return renderQueue({ ...view, page: { ...page, reviews }, matching, elsewhere });
    },
  );
};

/** What is searched for by its whole name and does not wait: a payment that has ended, a customer. */
async function onRecord({ pool, client }: RouteDeps, subscriberId: string, name: string) {
  const [payment, payments] = await Promise.all([
    paymentByReference(pool, { subscriberId, uniqueReference: name }),
    paymentsOfCustomer(pool, { subscriberId, customerUuid: name }, 1),
  ]);
  const status = payment && ((await statusBeyond(client, payment)) ?? payment.status);
  return [
    ...(status ? [{ href: casePath(name), text: `payment ${name} (${status})` }] : []),
    ...(payments.length > 0 ? [{ href: customerPath(name), text: `customer ${name}` }] : []),
  ];
}
