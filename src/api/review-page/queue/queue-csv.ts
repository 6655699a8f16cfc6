import { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { formatMoney } from '../../../domain/money.ts';
import { writeCsvRecord } from '../../../lists/csv.ts';
import { stillWaiting } from '../../../reviews/moved-on.ts';
import { readReviewFields } from '../../../reviews/query.ts';
import { listReviews, type Review, type ReviewsAsked } from '../../../store/reviews/reviews.ts';
import { InvalidRequest } from '../../../wire/invalid-request.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { filledIn } from './queue-filters.ts';
import { signedIn } from '../page/session.ts';

const ROWS_AT_ONCE = '200';

/** Every review that the queue's filters lead to, in its order, as a file for a spreadsheet (RFC 4180). */
export const queueCsvRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  app.get('/reviews/queue.csv', { schema: { hide: true } }, async (request, reply) => {
    const { subscriberId } = await signedIn(request, deps);
    const now = new Date();
    const read = readReviewFields({ ...filledIn.parse(request.query), limit: ROWS_AT_ONCE }, now);
    if ('problems' in read) throw new InvalidRequest(read.problems);
    const name = `reviews-${now.toISOString().slice(0, 16).replaceAll(/[-:]/g, '')}Z.csv`;
    reply.header('content-disposition', `attachment; filename="${name}"`);
    return reply
      .type('text/csv; charset=utf-8; header=present')
      .send(Readable.from(linesOf(deps, subscriberId, read.asked)));
  });
};

/** Spreadsheets take a file without this mark for one in the letters of their own country. */
const UTF8 = '\uFEFF';

async function* linesOf({ pool, client }: RouteDeps, subscriberId: string, asked: ReviewsAsked) {
  yield UTF8 + writeCsvRecord(COLUMNS.map(([title]) => title));
  let { after } = asked;
  do {
    const { reviews, next } = await listReviews(pool, subscriberId, { ...asked, after });
    const waiting = await stillWaiting(client, reviews);
    yield waiting.map((review) => writeCsvRecord(COLUMNS.map(([, cell]) => cell(review)))).join('');
    after = next ?? undefined;
  } while (after !== undefined);
}

const COLUMNS: readonly (readonly [title: string, cell: (review: Review) => string])[] = [
  ['reference', ({ uniqueReference }) => uniqueReference],
  ['status', ({ status }) => status],
  ['amount', ({ amount }) => formatMoney(amount)],
  ['customer', ({ customerUuid }) => customerUuid ?? ''],
  ['invoice', ({ invoiceGUID }) => invoiceGUID],
  ['in review since', ({ since }) => since.toISOString()],
  ['due', ({ dueAt }) => dueAt?.toISOString() ?? ''],
  ['paused since', ({ pausedAt }) => pausedAt?.toISOString() ?? ''],
  ['assigned to', ({ assignedTo }) => assignedTo ?? ''],
  ['escalated to', ({ escalatedTo }) => escalatedTo ?? ''],
  ['reasons', ({ reasons }) => reasons.join('; ')],
];
