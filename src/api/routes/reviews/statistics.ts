import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { reviewStatistics } from '../../../store/reviews/review-statistics.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { trailer, trailerFields, failures, kontoCloudSecurity } from '../../formats/kontocloud/responses.ts';

const figures = z.object({
  held: z.int().describe('Payments, by when they last went into review'),
  released: z.int().describe('Payments that had been in review, by when they ended'),
  refunded: z.int(),
  unblockedWithin: z
    .object({ p50Seconds: z.number(), p95Seconds: z.number() })
    .nullable()
    .describe('From the hold to the decision, also that of the deadline; null: nothing was decided'),
});

const answer = z
  .object({
    days: z.array(figures.extend({ day: z.string().describe('YYYY-MM-DD, UTC') })).describe('Oldest first'),
    total: figures,
    ...trailerFields,
  })
  .describe('The last 30 days, today included');

/** What became of the reviews of the last 30 days. */
export const statisticsRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.get(
    '/reviews/statistics',
    {
      config: { scope: 'reviews.read' },
      schema: {
        tags: ['reviews'],
        operationId: 'reviewStatistics',
        summary: 'Show the last 30 days of reviews',
        security: kontoCloudSecurity,
        response: { 200: answer, ...failures },
      },
    },
    async (request) => {
      const { days, total } = await reviewStatistics(pool, callerOf(request).subscriberId, new Date());
      return { days: [...days], total, ...trailer(request.id) };
    },
  );
};
