import { ApplicationFailure } from '@temporalio/common';
import { mayResend, type RefundOutcome } from '../domain/refund.ts';
import { GatewayUnavailable, type RefundRequest } from '../gateways/refund-gateway.ts';
import { StoreConflict } from '../store/conflict.ts';
import { paymentByReference } from '../store/payment-record.ts';
import { markSubmitted, refundByReference } from '../store/refunds.ts';
import type { ActivityDeps } from './deps.ts';

export type GatewayActivities = ReturnType<typeof createGatewayActivities>;

/** The only place that money leaves from. */
export function createGatewayActivities({ pool, gateway }: ActivityDeps) {
  async function submitOrLookUp(request: RefundRequest): Promise<RefundOutcome> {
    const { first, firstSubmittedAt } = await markSubmitted(pool, request.refundReference);
    if (first) return gateway.submit(request);

    // Sent before, by this run or by one that crashed: what became of it is the gateway's to say.
    const known = await gateway.lookup(request);
    if (known.kind !== 'notFound') return known;
    return mayResend(firstSubmittedAt.getTime(), gateway.abilities.keyLifetimeMs, Date.now())
      ? gateway.submit(request)
      : {
          kind: 'unknown',
          reason: `${gateway.name} does not know the refund, and its idempotency key is too old to send it again`,
        };
  }

  async function callGateway(
    refundReference: string,
    call: (request: RefundRequest) => Promise<RefundOutcome>,
  ): Promise<RefundOutcome> {
    const refund = await refundByReference(pool, refundReference);
    const payment = refund && (await paymentByReference(pool, refund));
    if (!payment) throw new StoreConflict(`there is no refund ${refundReference} on record`);
    try {
      return await call({
        refundReference,
        idempotencyKey: refund.idempotencyKey,
        paymentOptionToken: payment.paymentOption.token,
        amount: refund.amount,
      });
    } catch (error) {
      if (!(error instanceof GatewayUnavailable)) throw error;
      throw ApplicationFailure.create({
        message: error.message,
        type: error.name,
        ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
      });
    }
  }

  return {
    /**
     * Has the stored refund paid if it is not, and tells what is known of it. Safe to repeat at any time: the first
     * call sends, every later one asks first.
     * @throws ApplicationFailure GatewayUnavailable where the gateway surely took nothing in: to be retried
     */
    async payRefund({ refundReference }: { refundReference: string }): Promise<RefundOutcome> {
      return callGateway(refundReference, submitOrLookUp);
    },

    /** What the gateway knows of the refund; sends nothing. Throws as payRefund does. */
    async lookUpRefund({ refundReference }: { refundReference: string }): Promise<RefundOutcome> {
      return callGateway(refundReference, async (request) => {
        const known = await gateway.lookup(request);
        return known.kind === 'notFound'
          ? { kind: 'unknown', reason: `${gateway.name} does not know the refund` }
          : known;
      });
    },
  };
}
