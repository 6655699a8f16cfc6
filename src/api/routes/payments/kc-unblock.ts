import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { moneyToWire } from '../../../domain/money.ts';
import { isOpen, refundStatuses } from '../../../domain/refund.ts';
import { claimPartnerReference, unblockUnder } from '../../../store/payments/partner-requests.ts';
import type { StoredPayment } from '../../../store/payments/payment-record.ts';
import type { StoredRefund } from '../../../store/refunds/refund-record.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import {
  localDate,
  localTime,
  requiredText,
  freeText,
  text,
  uniqueReferenceParams,
} from '../../../wire/fields.ts';
import {
  trailer,
  trailerFields,
  conflict,
  failures,
  notFound,
  partnerReferenceTaken,
  unknownPayment,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';
import { mustBeTheOneInThePath, partnerRequest } from '../../formats/kontocloud/partner-request.ts';
import { waitForRefund } from './refund-wait.ts';
import { paymentFields, paymentFieldsOf } from './payment-fields.ts';
import { type Unblocked, unblockPayment } from './unblock-payment.ts';

const body = z
  .object({
    partnerReference: requiredText(64).describe('Identifies the call: repeated, it is done once'),
    uniqueReference: text(36).exactOptional().describe('As in the path, where it is given'),
    refundAmount: z.boolean().describe('true: back to the payment option; false: on to the merchant'),
    modifiedUsage: freeText(500).default('').describe('Why: kept with the decision'),
    localDate,
    localTime,
  })
  .meta({
    examples: [
      {
        partnerReference: '1234567',
        refundAmount: true,
        modifiedUsage: 'Unblocked by the merchant.',
        localDate: '2019-01-11',
        localTime: '145752',
      },
    ],
  });

type Asked = Omit<z.infer<typeof body>, 'uniqueReference'>;

const proposal = z
  .object({ refundAmount: z.boolean(), operator: z.string(), reason: z.string(), hash: z.string() })
  .describe(
    'Where the settings say that the call proposes: what an operator has to confirm before anything moves',
  );

const answer = z
  .object({
    partnerReference: z.string(),
    ...paymentFields,
    refundReference: z.string().nullable(),
    proposal: proposal.exactOptional(),
    refundStatusCode: z.enum(refundStatuses).nullable(),
    refundStatusReason: z.string().nullable(),
    refundstatusReason: z.string().nullable().describe('The same; the document spells it both ways'),
    processedAmount: z.number().nullable(),
    processedCurrCode: z.string().nullable(),
    localDate: z.string(),
    localTime: z.string(),
    ...trailerFields,
  })
  .describe('Unblocked. A refund is CAPTURED, DECLINED, or PENDING where its outcome is not known yet');

/** unblock-amount. */
export const kcUnblockRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { pool, settings, stopping, refundRechecks, lifecycleCalls, refundWaits } = deps;

  app.post(
    '/payment/:uniqueReference/kc-unblock',
    {
      config: { scope: 'payment.unblock' },
      schema: {
        tags: ['kontocloud'],
        operationId: 'kcUnblock',
        summary: 'Unblock amount',
        description:
          'Unblocks a previously blocked payment from an e-wallet account to a merchant and optionally pays the amount ' +
          'out to the used stored payment option. Above the amount that takes two operators the call decides by itself, unless the settings say that it proposes.',
        security: kontoCloudSecurity,
        params: uniqueReferenceParams,
        body,
        response: { 200: answer, ...failures, 404: notFound, 409: conflict },
      },
    },
    async (request) => {
      const { uniqueReference: inBody, ...asked } = request.body;
      mustBeTheOneInThePath(request.params.uniqueReference, inBody);
      const { subscriberId, userId: operator, known } = callerOf(request);
      const call = partnerRequest({ subscriberId, ...request.params }, 'unblock', asked);
      const decision = { refundAmount: asked.refundAmount, operator, known, reason: asked.modifiedUsage };
      const { payment, isRepeated, ...unblocked } = await lifecycleCalls.run(async () => {
        const claim = await claimPartnerReference(pool, call);
        const { key, payment: stored } = claim;
        if (!stored) throw unknownPayment();
        if (key === 'taken') throw partnerReferenceTaken();
        const earlier =
          key === 'repeated' ? await unblockUnder(pool, call, call.partnerReference) : undefined;
        const now: Unblocked = earlier ?? (await unblockPayment(deps, stored, call, claim, decision));
        return { ...now, payment: stored, isRepeated: earlier !== undefined };
      });

      const { refundReference } = unblocked;
      const look = async (seconds: number) =>
        refundReference === null ? undefined : waitForRefund(pool, refundReference, seconds * 1000, stopping);
      const refund =
        isRepeated || refundWaits.isReached
          ? await look(0)
          : await refundWaits.run(() => look(settings.unblockWaitSeconds));
      if (isRepeated) refundRechecks.request(refund);
      return { ...answerOf(payment, asked, unblocked, refund), ...trailer(request.id) };
    },
  );
};

function answerOf(
  payment: StoredPayment,
  { partnerReference, localDate: date, localTime: time }: Asked,
  { refundReference, proposal: proposed }: Unblocked,
  refund: StoredRefund | undefined,
) {
  const isPending = refundReference !== null && (refund === undefined || isOpen(refund));
  return {
    partnerReference,
    ...paymentFieldsOf(payment),
    refundReference,
    ...(proposed ? { proposal: proposed } : {}),
    refundStatusCode: isPending ? 'PENDING' : (refund?.status ?? null),
    refundStatusReason: refund?.statusReason ?? null,
    refundstatusReason: refund?.statusReason ?? null,
    processedAmount: refund?.processed ? moneyToWire(refund.processed) : null,
    processedCurrCode: refund?.processed?.currency ?? null,
    localDate: date,
    localTime: time,
  };
}
