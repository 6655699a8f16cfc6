import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { chargebackEnds } from '../../../domain/chargeback.ts';
import { moneyToWire } from '../../../domain/money.ts';
import { StoreConflict } from '../../../store/db/errors.ts';
import { inTransaction, type Queryable } from '../../../store/db/postgres.ts';
import { paymentByReference, type StoredPayment } from '../../../store/payments/payment-record.ts';
import {
  chargebacksOf,
  endChargeback,
  recordChargeback,
  type StoredChargeback,
} from '../../../store/refunds/chargebacks.ts';
import { requiredText, uniqueReferenceParams, whyField } from '../../../wire/fields.ts';
import { amountOf } from '../../../wire/kc-block-body.ts';
import { invalidParameter } from '../../../wire/response-codes.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import {
  conflict,
  failures,
  kontoCloudSecurity,
  notFound,
  trailer,
  trailerFields,
  unknownPayment,
} from '../../formats/kontocloud/responses.ts';
import { actorOf, type Caller, callerOf } from '../../http/authentication.ts';

const reason = whyField(255);

const chargebackFields = z.object({
  reference: z.string(),
  amount: z.number(),
  currCode: z.string(),
  reason: z.string(),
  reportedAt: z.string().describe('ISO 8601, UTC'),
  status: z.enum(['opened', ...chargebackEnds]),
});

const answer = z
  .object({ chargeback: chargebackFields, ...trailerFields })
  .describe('The chargeback as it is on record');

const routeSchema = {
  tags: ['kontocloud'],
  security: kontoCloudSecurity,
  response: {
    200: answer,
    ...failures,
    404: notFound,
    409: conflict.describe('0002: the record has it otherwise, or the chargebacks are more than the payment'),
  },
} as const;

/** Our own: what a payment's bank took back, and how that ended. */
export const chargebackRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  /** Works on a payment of the caller's, in one transaction. */
  async function change(
    caller: Caller,
    uniqueReference: string,
    work: (db: Queryable, payment: StoredPayment) => Promise<StoredChargeback>,
  ): Promise<StoredChargeback> {
    const ref = { subscriberId: caller.subscriberId, uniqueReference };
    try {
      return await inTransaction(pool, async (db) => {
        const payment = await paymentByReference(db, ref);
        if (!payment) throw unknownPayment();
        return work(db, payment);
      });
    } catch (error) {
      throw error instanceof StoreConflict ? invalidParameter(409, 'reference', error.message) : error;
    }
  }

  app.post(
    '/payment/:uniqueReference/chargebacks',
    {
      config: { scope: 'payment.chargebacks' },
      schema: {
        ...routeSchema,
        operationId: 'recordChargeback',
        summary: 'Record that a payment was charged back',
        description:
          'Nothing is refunded on top; where the money has left already, a task says so. The same report again changes nothing.',
        params: uniqueReferenceParams,
        body: z
          .object({
            reference: requiredText(64).describe("The bank's own"),
            reason,
            presentationAmount: z
              .number()
              .exactOptional()
              .describe('All of the payment where it is left out'),
          })
          .meta({ examples: [{ reference: 'cb-17', reason: 'not ordered', presentationAmount: 12.5 }] }),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { reference, reason: why, presentationAmount } = request.body;
      const stored = await change(caller, request.params.uniqueReference, (db, payment) => {
        const { currency } = payment.amount;
        const part =
          presentationAmount === undefined
            ? {}
            : { amountMinor: amountOf({ presentationAmount, presentationCurrCode: currency }).minor };
        return recordChargeback(db, payment, { reference, reason: why, ...part }, actorOf(caller));
      });
      return { chargeback: chargebackAnswer(stored), ...trailer(request.id) };
    },
  );

  app.post(
    '/payment/:uniqueReference/chargebacks/:reference/end',
    {
      config: { scope: 'payment.chargebacks' },
      schema: {
        ...routeSchema,
        operationId: 'endChargeback',
        summary: 'Record how a chargeback ended',
        description:
          'Won or withdrawn, it has taken nothing: a refund may be sent again, and its task closes.',
        params: uniqueReferenceParams.extend({ reference: requiredText(64) }),
        body: z
          .object({ outcome: z.enum(chargebackEnds), reason })
          .meta({ examples: [{ outcome: 'won', reason: 'proof of delivery accepted' }] }),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { uniqueReference, reference } = request.params;
      const end = { reference, ...request.body };
      const stored = await change(caller, uniqueReference, (db, payment) =>
        endChargeback(db, payment, end, actorOf(caller)),
      );
      return { chargeback: chargebackAnswer(stored), ...trailer(request.id) };
    },
  );

  app.get(
    '/payment/:uniqueReference/chargebacks',
    {
      config: { scope: 'payment.read' },
      schema: {
        ...routeSchema,
        operationId: 'listChargebacks',
        summary: 'List the chargebacks of a payment',
        params: uniqueReferenceParams,
        response: {
          200: z
            .object({ chargebacks: z.array(chargebackFields), ...trailerFields })
            .describe('In the order in which they were reported'),
          ...failures,
          404: notFound,
        },
      },
    },
    async (request) => {
      const ref = { subscriberId: callerOf(request).subscriberId, ...request.params };
      if (!(await paymentByReference(pool, ref))) throw unknownPayment();
      const chargebacks = await chargebacksOf(pool, ref);
      return { chargebacks: chargebacks.map(chargebackAnswer), ...trailer(request.id) };
    },
  );
};

function chargebackAnswer({ reference, amount, reason: why, reportedAt, status }: StoredChargeback) {
  return {
    reference,
    amount: moneyToWire(amount),
    currCode: amount.currency,
    reason: why,
    reportedAt: reportedAt.toISOString(),
    status,
  };
}
