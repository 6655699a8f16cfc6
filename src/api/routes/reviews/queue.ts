import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { paymentWorkflowId } from '../../../domain/ids.ts';
import { type RunsAddress, runUrl } from '../../../temporal/runs-address.ts';
import { writeCursor } from '../../../reviews/cursor.ts';
import { stillWaiting } from '../../../reviews/moved-on.ts';
import { readReviewQuery, reviewQuery } from '../../../reviews/query.ts';
import { countReviews, listReviews, type Review, reviewStatuses } from '../../../store/reviews/reviews.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { InvalidRequest } from '../../../wire/invalid-request.ts';
import { trailer, trailerFields, failures, kontoCloudSecurity } from '../../formats/kontocloud/responses.ts';
import { paymentFields, paymentFieldsOf } from '../payments/payment-fields.ts';

const moment = z.string().nullable();

const review = z.object({
  ...paymentFields,
  paymentStatus: z.enum(reviewStatuses),
  customerUuid: z.string().nullable(),
  invoiceGUID: z.string(),
  inReviewSince: z
    .string()
    .describe('ISO 8601, UTC; of a payment that never was in review, when it was blocked'),
  reviewDueAt: moment.describe('ISO 8601, UTC; null: paused, or the refund has failed'),
  pausedAt: moment,
  assignedTo: z.string().nullable(),
  escalatedTo: z.string().nullable().describe('A group'),
  reasons: z.array(z.string()).readonly().describe('Why it is held, in words'),
  rules: z
    .array(z.object({ ruleId: z.string(), description: z.string() }))
    .readonly()
    .describe('Those that had a say in the decision'),
  runUrl: z.string().describe('The run in the Temporal UI, where it is decided'),
});

const counts = z.object({
  total: z.int(),
  held: z.int(),
  refundFailed: z.int(),
  overdue: z.int(),
  today: z.int().describe('Due before the end of the day, UTC'),
  later: z.int(),
  undated: z.int(),
});

const answer = z
  .object({
    reviews: z.array(review).describe('In the order asked for'),
    next: z.string().nullable().describe('To be given as "after" for the next page; null: this was the last'),
    matching: counts.describe('Of all pages that the filters lead to'),
    waiting: counts.describe('Of the whole queue'),
    ...trailerFields,
  })
  .describe('Payments that are held, and refunds that need a person');

/** The queue, page by page, and how many wait. */
export const queueRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool, client, runs }) => {
  app.get(
    '/reviews',
    {
      config: { scope: 'reviews.read' },
      schema: {
        tags: ['reviews'],
        operationId: 'listReviews',
        summary: 'Show what waits for a person',
        description:
          'From the record: it answers while Temporal is down. A browser, which asks for text/html, gets the page.',
        security: kontoCloudSecurity,
        querystring: reviewQuery,
        response: { 200: answer, ...failures },
      },
    },
    async (request) => {
      const now = new Date();
      const read = readReviewQuery(request.query, now);
      if ('problems' in read) throw new InvalidRequest(read.problems);
      const { subscriberId } = callerOf(request);
      const [{ reviews, next }, matching, waiting] = await Promise.all([
        listReviews(pool, subscriberId, read.asked),
        countReviews(pool, subscriberId, read.asked.filter, now),
        countReviews(pool, subscriberId, {}, now),
      ]);
      return {
        reviews: (await stillWaiting(client, reviews)).map((each) => answerOf(each, runs)),
        next: next === null ? null : writeCursor(next),
        matching,
        waiting,
        ...trailer(request.id),
      };
    },
  );
};

function answerOf(waiting: Review, runs: RunsAddress): z.infer<typeof review> {
  return {
    ...paymentFieldsOf(waiting),
    paymentStatus: waiting.status,
    customerUuid: waiting.customerUuid,
    invoiceGUID: waiting.invoiceGUID,
    inReviewSince: waiting.since.toISOString(),
    reviewDueAt: waiting.dueAt?.toISOString() ?? null,
    pausedAt: waiting.pausedAt?.toISOString() ?? null,
    assignedTo: waiting.assignedTo,
    escalatedTo: waiting.escalatedTo,
    reasons: waiting.reasons,
    rules: waiting.rules,
    runUrl: runUrl(paymentWorkflowId(waiting), runs),
  };
}
