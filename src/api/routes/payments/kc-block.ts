import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { dispositions } from '../../../domain/decision.ts';
import { MessageRefused, PaymentAlreadyBlocked, type PaymentState } from '../../../client/index.ts';
import { type BlockedPayment, paymentStatuses } from '../../../domain/payment.ts';
import {
  claimPartnerReference,
  type PartnerRequest,
  releasePartnerReference,
} from '../../../store/payments/partner-requests.ts';
import type { StoredPayment } from '../../../store/payments/payment-record.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { uniqueReferenceParams } from '../../../wire/fields.ts';
import {
  alreadyBlocked,
  trailer,
  trailerFields,
  conflict,
  failures,
  partnerReferenceTaken,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';
import { kcBlockBody, paymentOf } from '../../../wire/kc-block-body.ts';
import { mustBeTheOneInThePath, partnerRequest } from '../../formats/kontocloud/partner-request.ts';
import { paymentFields, paymentFieldsOf } from './payment-fields.ts';
import { upToDate } from './up-to-date.ts';

const answer = z
  .object({
    partnerReference: z.string(),
    ...paymentFields,
    disposition: z.enum(dispositions).nullable(),
    paymentStatus: z.enum(paymentStatuses),
    reviewDueAt: z.string().nullable().describe('Held until then: ISO 8601, UTC'),
    localDate: z.string(),
    localTime: z.string(),
    ...trailerFields,
  })
  .describe('Blocked; what the rules made of it, and where it stands now');

/** Our own counterpart of unblock-amount: takes a payment in and starts its lifecycle. */
export const kcBlockRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  app.post(
    '/payment/:uniqueReference/kc-block',
    {
      config: { scope: 'payment.block' },
      schema: {
        tags: ['kontocloud'],
        operationId: 'kcBlock',
        summary: 'Block amount',
        description:
          'Holds a payment from an e-wallet account to a merchant back and asks the rules: RELEASE it to the merchant, ' +
          'HOLD it until an operator decides, or REFUND it.',
        security: kontoCloudSecurity,
        params: uniqueReferenceParams,
        body: kcBlockBody,
        response: { 200: answer, ...failures, 409: conflict },
      },
    },
    async (request) => {
      const { uniqueReference: inBody, ...body } = request.body;
      mustBeTheOneInThePath(request.params.uniqueReference, inBody);
      const payment = paymentOf({ ...callerOf(request), ...request.params }, body);

      const call = partnerRequest(payment, 'block', body);
      const state = await deps.lifecycleCalls.run(() => blockPayment(deps, payment, call));
      return { ...answerOf(payment, state), ...trailer(request.id) };
    },
  );
};

async function blockPayment(
  deps: RouteDeps,
  payment: BlockedPayment,
  call: PartnerRequest,
): Promise<PaymentState | StoredPayment> {
  const { pool, client } = deps;
  const claim = await claimPartnerReference(pool, call);
  const { key, payment: stored } = claim;
  if (key === 'none') throw alreadyBlocked();
  if (key === 'taken') throw partnerReferenceTaken();
  if (stored) return upToDate(deps, stored);
  try {
    return await client.blockPayment(payment);
  } catch (error) {
    // Refused, it has changed nothing; out of reach, it may have, and only the same call may use the key again.
    if (error instanceof PaymentAlreadyBlocked || error instanceof MessageRefused)
      await releasePartnerReference(pool, call, claim);
    throw error;
  }
}

function answerOf(
  payment: BlockedPayment,
  { disposition, status, reviewDueAt }: PaymentState | StoredPayment,
) {
  return {
    partnerReference: payment.partnerReference,
    ...paymentFieldsOf(payment),
    disposition: disposition ?? null,
    paymentStatus: status,
    reviewDueAt: reviewDueAt ? new Date(reviewDueAt).toISOString() : null,
    localDate: payment.localDate,
    localTime: payment.localTime,
  };
}
