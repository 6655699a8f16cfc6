import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { moneyToWire } from '../../../domain/money.ts';
import { ledgerOf } from '../../../store/books/ledger.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { uniqueReferenceParams } from '../../../wire/fields.ts';
import {
  trailer,
  trailerFields,
  failures,
  notFound,
  unknownPayment,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';

const answer = z
  .object({
    uniqueReference: z.string(),
    entries: z
      .array(
        z.object({
          at: z.string().describe('ISO 8601, UTC'),
          entry: z.string(),
          legs: z.array(z.object({ account: z.string(), amount: z.number(), currCode: z.string() })),
        }),
      )
      .describe('Oldest first; the legs of each sum to zero'),
    ...trailerFields,
  })
  .describe('Everything that was booked for the payment');

/** Everything that was booked for one payment. */
export const paymentLedgerRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.get(
    '/ledger/payments/:uniqueReference',
    {
      config: { scope: 'ledger.read' },
      schema: {
        tags: ['ledger'],
        operationId: 'showPaymentPostings',
        summary: 'Show what was booked for a payment',
        security: kontoCloudSecurity,
        params: uniqueReferenceParams,
        response: { 200: answer, ...failures, 404: notFound },
      },
    },
    async (request) => {
      const { uniqueReference } = request.params;
      const lines = await ledgerOf(pool, { subscriberId: callerOf(request).subscriberId, uniqueReference });
      // A payment on record has at least the entry of its block.
      if (lines.length === 0) throw unknownPayment();
      const entries = [...new Set(lines.map(({ entry }) => entry))].map((entry) => {
        const legs = lines.filter((line) => line.entry === entry);
        return {
          at: legs[0]?.at.toISOString() ?? '',
          entry,
          legs: legs.map(({ account, money }) => ({
            account,
            amount: moneyToWire(money),
            currCode: money.currency,
          })),
        };
      });
      return { uniqueReference, entries, ...trailer(request.id) };
    },
  );
};
