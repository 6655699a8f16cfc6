import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { dispositions } from '../../domain/decision.ts';
import { MessageRefused, PaymentAlreadyBlocked } from '../../client/index.ts';
import { paymentStatuses } from '../../domain/payment.ts';
import { claimPartnerReference, releasePartnerReference } from '../../store/partner-requests.ts';
import { paymentByReference, type StoredPayment } from '../../store/payment-record.ts';
import { callerOf } from '../authentication.ts';
import type { RouteDeps } from '../deps.ts';
import { uniqueReferenceParams } from '../fields.ts';
import {
  alreadyBlocked,
  closing,
  closingFields,
  conflict,
  failures,
  partnerReferenceTaken,
} from './answers.ts';
import { kcBlockBody, paymentOf } from './kc-block-body.ts';
import { mustBeTheOneInThePath, partnerRequest } from './partner-request.ts';
import { paymentFields, paymentFieldsOf } from './payment-fields.ts';
import { kontoCloudSecurity } from './security.ts';

const answer = z
  .object({
    partnerReference: z.string(),
    ...paymentFields,
    disposition: z.enum(dispositions).nullable(),
    paymentStatus: z.enum(paymentStatuses),
    reviewDueAt: z.string().nullable().describe('Held until then: ISO 8601, UTC'),
    localDate: z.string(),
    localTime: z.string(),
    ...closingFields,
  })
  .describe('Blocked; what the rules made of it, and where it stands now');

/** Our own counterpart of unblock-amount: takes a payment in and starts its lifecycle. */
export const kcBlockRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool, client }) => {
  app.post(
    '/payment/:uniqueReference/kc-block',
    {
      config: { scope: 'payment.block' },
      schema: {
        tags: ['kontocloud'],
        summary: 'Block amount',
        description:
          'Holds a payment from an e-wallet account to a merchant back and asks the rules: RELEASE it to the merchant, ' +
          'HOLD it until somebody decides, or REFUND it.',
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

      const known = await paymentByReference(pool, payment);
      if (known && known.partnerReference !== payment.partnerReference) throw alreadyBlocked();
      const call = partnerRequest(payment, 'block', body);
      if ((await claimPartnerReference(pool, call)) === 'taken') throw partnerReferenceTaken();
      if (!isDecided(known)) {
        try {
          await client.blockPayment(payment);
        } catch (error) {
          // Refused, it has changed nothing; out of reach, it may have, and only the same call may use the key again.
          if (error instanceof PaymentAlreadyBlocked || error instanceof MessageRefused)
            await releasePartnerReference(pool, call);
          throw error;
        }
      }

      const stored = await paymentByReference(pool, payment);
      if (!stored) throw new Error(`payment ${payment.uniqueReference} was blocked and is not on record`);
      return { ...answerOf(stored), ...closing(request.id) };
    },
  );
};

function isDecided(payment: StoredPayment | undefined): boolean {
  return payment !== undefined && payment.status !== 'blocked';
}

function answerOf(payment: StoredPayment) {
  return {
    partnerReference: payment.partnerReference,
    ...paymentFieldsOf(payment),
    disposition: payment.disposition,
    paymentStatus: payment.status,
    reviewDueAt: payment.reviewDueAt?.toISOString() ?? null,
    localDate: payment.localDate,
    localTime: payment.localTime,
  };
}
