import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { dispositions } from '../../../domain/decision.ts';
import { moneyToWire } from '../../../domain/money.ts';
import { paymentStatuses } from '../../../domain/payment.ts';
import { refundStatuses } from '../../../domain/refund.ts';
import { ledgerOf, type LedgerLine } from '../../../store/books/ledger.ts';
import { paymentByReference, type StoredPayment } from '../../../store/payments/payment-record.ts';
import { refundOfPayment, type StoredRefund } from '../../../store/refunds/refund-record.ts';
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
import { paymentFields, paymentFieldsOf } from './payment-fields.ts';
import { upToDate } from './up-to-date.ts';

const moment = z.string().nullable().describe('ISO 8601, UTC');

const answer = z
  .object({
    partnerReference: z.string().describe('Of the call that blocked it'),
    ...paymentFields,
    paymentStatus: z.enum(paymentStatuses),
    disposition: z.enum(dispositions).nullable(),
    reasons: z.array(z.string()).readonly().describe("The rules' own explanation"),
    decidedBy: z.enum(['rules', 'operator', 'deadline']).nullable(),
    reviewDueAt: moment,
    wentElsewhere: z.number().describe('What has gone back another way, or was never captured'),
    blockedAt: moment,
    endedAt: moment,
    refundReference: z.string().nullable(),
    refundStatusCode: z.enum(refundStatuses).nullable(),
    refundStatusReason: z.string().nullable(),
    processedAmount: z.number().nullable(),
    processedCurrCode: z.string().nullable(),
    ledger: z
      .array(
        z.object({
          at: z.string(),
          entry: z.string(),
          account: z.string(),
          amount: z.number(),
          currCode: z.string(),
        }),
      )
      .describe('Every posting, oldest first; those of one entry sum to zero'),
    localDate: z.string(),
    localTime: z.string(),
    ...trailerFields,
  })
  .describe('Where the payment stands');

/** Our own: one blocked payment as it is on record. */
export const paymentRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { pool, refundRechecks } = deps;

  app.get(
    '/payment/:uniqueReference',
    {
      config: { scope: 'payment.read' },
      schema: {
        tags: ['kontocloud'],
        operationId: 'showPayment',
        summary: 'Show a blocked payment',
        description:
          'Status, decision, refund and ledger, from the record: it answers while Temporal is down.',
        security: kontoCloudSecurity,
        params: uniqueReferenceParams,
        response: { 200: answer, ...failures, 404: notFound },
      },
    },
    async (request) => {
      const ref = { subscriberId: callerOf(request).subscriberId, ...request.params };
      const stored = await paymentByReference(pool, ref);
      if (!stored) throw unknownPayment();
      const payment = await upToDate(deps, stored);
      const [refund, ledger] = await Promise.all([refundOfPayment(pool, ref), ledgerOf(pool, ref)]);
      refundRechecks.request(refund);
      return { ...answerOf(payment, refund, ledger), ...trailer(request.id) };
    },
  );
};

function answerOf(payment: StoredPayment, refund: StoredRefund | undefined, ledger: readonly LedgerLine[]) {
  return {
    partnerReference: payment.partnerReference,
    ...paymentFieldsOf(payment),
    paymentStatus: payment.status,
    disposition: payment.disposition,
    reasons: payment.reasons,
    decidedBy: payment.decidedBy,
    reviewDueAt: payment.reviewDueAt?.toISOString() ?? null,
    wentElsewhere: moneyToWire({ ...payment.amount, minor: payment.elsewhereMinor }),
    blockedAt: payment.blockedAt.toISOString(),
    endedAt: payment.endedAt?.toISOString() ?? null,
    refundReference: refund?.refundReference ?? null,
    refundStatusCode: refund?.status ?? null,
    refundStatusReason: refund?.statusReason ?? null,
    processedAmount: refund?.processed ? moneyToWire(refund.processed) : null,
    processedCurrCode: refund?.processed?.currency ?? null,
    ledger: ledger.map(({ at, entry, account, money }) => ({
      at: at.toISOString(),
      entry,
      account,
      amount: moneyToWire(money),
      currCode: money.currency,
    })),
    localDate: payment.localDate,
    localTime: payment.localTime,
  };
}
