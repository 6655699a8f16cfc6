import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { inActivity } from '../runtime/failpoints.ts';
import type { PaymentRef } from '../domain/ids.ts';
import { THE_GATEWAY } from '../domain/people.ts';
import {
  asAsked,
  asStatusReason,
  gatewayRetryDelayMs,
  isSettled,
  mayResend,
  progressOf,
  REFUND_NOT_BEGUN,
  type RefundOutcome,
  type RefundProgress,
} from '../domain/refund.ts';
import {
  GatewayUnavailable,
  type RefundGateway,
  type RefundRequest as GatewayRequest,
} from '../gateways/port/refund-gateway.ts';
import { chargebackOf } from '../store/refunds/chargebacks.ts';
import { StoreConflict } from '../store/db/errors.ts';
import { lockPayment, paymentByReference, type StoredPayment } from '../store/payments/payment-record.ts';
import { inTransaction } from '../store/db/postgres.ts';
import { progressOnRecord, refundByReference, type StoredRefund } from '../store/refunds/refund-record.ts';
import { recordRefund, startRefund, type StartRefund } from '../store/refunds/refunds.ts';
import { markSubmitted, unmarkSubmitted } from '../store/refunds/submission.ts';
import type { ActivityDeps } from './deps.ts';
import { givingUp } from './give-up.ts';

export type RefundActivities = ReturnType<typeof createRefundActivities>;

/** A refund that is decided on: its payment, its reference, and the decision. */
export type RefundRequest = PaymentRef & StartRefund;

/** The only place that money leaves from. */
export function createRefundActivities({ pool, gateways }: Pick<ActivityDeps, 'pool' | 'gateways'>) {
  async function submitOrLookUp(call: Call): Promise<RefundOutcome> {
    const { gateway, request, refund } = call;
    const refused = refund.firstSubmittedAt === null ? refusalOf(call) : undefined;
    if (refused) return refused;
    const contested = await chargedBack(refund);
    if (contested && refund.firstSubmittedAt === null) return contested;

    const { first, firstSubmittedAt } = await markSubmitted(pool, request.refundReference);
    if (!gateway.abilities.looksUpByReference) return first ? submitOnce(call) : cannotTell(gateway);
    if (first) return gateway.submit(request);

    // Sent before, by this run or by one that crashed: what became of it is the gateway's to say.
    const known = await gateway.lookup(request);
    if (known.kind !== 'notFound') return known;
    if (contested) return contested;
    return mayResend(firstSubmittedAt.getTime(), gateway.abilities.keyLifetimeMs, Date.now())
      ? gateway.submit(request)
      : {
          kind: 'unknown',
          reason: `${gateway.name} does not know the refund, and its idempotency key is too old to send it again`,
        };
  }

  /** To a gateway that cannot look up: only what surely was not taken in may ever be sent a second time. */
  async function submitOnce({ gateway, request }: Call): Promise<RefundOutcome> {
    try {
      const outcome = await gateway.submit(request);
      if (outcome.kind === 'contested') await unmarkSubmitted(pool, request.refundReference);
      return outcome;
    } catch (error) {
      if (error instanceof GatewayUnavailable) await unmarkSubmitted(pool, request.refundReference);
      throw error;
    }
  }

  /** A payment that its bank has charged back, as far as the record shows, must not be refunded on top of that. */
  async function chargedBack(refund: StoredRefund): Promise<RefundOutcome | undefined> {
    const chargeback = await chargebackOf(pool, refund);
    return (
      chargeback && {
        kind: 'contested',
        reason: asStatusReason(`charged back, reference ${chargeback.reference}: ${chargeback.reason}`),
      }
    );
  }

  function onRecord(refundReference: string): Promise<OnRecord> {
    return givingUp(() => readRecord(refundReference));
  }

  async function readRecord(refundReference: string): Promise<OnRecord> {
    const refund = await refundByReference(pool, refundReference);
    const payment = refund && (await paymentByReference(pool, refund));
    if (!payment) throw new StoreConflict(`there is no refund ${refundReference} on record`);
    return { refund, payment };
  }

  async function callGateway(
    { refund, payment }: OnRecord,
    call: (call: Call) => Promise<RefundOutcome>,
  ): Promise<RefundOutcome> {
    const request = {
      subscriberId: refund.subscriberId,
      refundReference: refund.refundReference,
      idempotencyKey: refund.idempotencyKey,
      paymentOptionToken: payment.paymentOption.token,
      amount: refund.amount,
    };
    try {
      const gateway = gateways.named(refund.gateway);
      return asAsked(await call({ gateway, request, refund }), refund.amount, gateway.abilities);
    } catch (error) {
      if (!(error instanceof GatewayUnavailable)) throw error;
      throw ApplicationFailure.create({
        message: error.message,
        type: error.name,
        ...(error.retryAfterMs === undefined
          ? {}
          : { nextRetryDelay: gatewayRetryDelayMs(Context.current().info.attempt, error.retryAfterMs) }),
      });
    }
  }

  async function recordOutcome(ref: PaymentRef, refundReference: string, outcome: RefundOutcome) {
    const { status } = progressOf(outcome);
    const known = { refundReference, status, outcome, actor: THE_GATEWAY };
    return inActivity('recordOutcome', () =>
      givingUp(() => inTransaction(pool, async (db) => recordRefund(db, await lockPayment(db, ref), known))),
    );
  }

  async function lookUp({ gateway, request }: Call): Promise<RefundOutcome> {
    if (!gateway.abilities.looksUpByReference) return cannotTell(gateway);
    const known = await gateway.lookup(request);
    return known.kind === 'notFound'
      ? { kind: 'unknown', reason: `${gateway.name} does not know the refund`, isAnswer: true }
      : known;
  }

  return {
    /**
     * Stores the refund, has it paid if it is not, and records what is known of it. Safe to repeat at any time: the
     * first call sends, every later one asks first.
     * @throws ApplicationFailure GatewayUnavailable where the gateway surely took nothing in: to be retried;
     *   REFUND_NOT_BEGUN where the refund could not be stored, so that nothing was sent
     */
    async refund(input: RefundRequest): Promise<RefundProgress> {
      const begin = () =>
        inTransaction(pool, async (db) => {
          const payment = await lockPayment(db, input);
          const gateway = gateways.of(input.subscriberId).name;
          return { payment, refund: await startRefund(db, payment, input, gateway) };
        });
      const stored = await givingUp(begin, REFUND_NOT_BEGUN);
      if (isSettled(stored.refund)) return progressOnRecord(stored.refund);
      return recordOutcome(input, input.refundReference, await callGateway(stored, submitOrLookUp));
    },

    /** Looks the refund up, and records what is known for sure; sends nothing. Throws as refund does. */
    async recheckRefund({ refundReference, ...ref }: RefundRequest): Promise<RefundProgress> {
      const outcome = await callGateway(await onRecord(refundReference), lookUp);
      const progress = progressOf(outcome);
      return progress.status === 'PENDING' ? progress : recordOutcome(ref, refundReference, outcome);
    },

    /** What the gateway knows of the refund; sends nothing, records nothing. Throws as refund does. */
    async lookUpRefund({ refundReference }: { refundReference: string }): Promise<RefundOutcome> {
      return callGateway(await onRecord(refundReference), lookUp);
    },
  };
}

interface OnRecord {
  readonly refund: StoredRefund;
  readonly payment: StoredPayment;
}

/** A refund on record, and the gateway that it is at. */
interface Call {
  readonly gateway: RefundGateway;
  readonly request: GatewayRequest;
  readonly refund: StoredRefund;
}

/** What the gateway declares not to do is not asked of it. */
function refusalOf({ gateway, request }: Call): RefundOutcome | undefined {
  const { currencies } = gateway.abilities;
  const { currency } = request.amount;
  if (currencies === 'all' || currencies.includes(currency)) return undefined;
  return { kind: 'declined', reason: `${gateway.name} does not refund in ${currency}` };
}

function cannotTell({ name }: RefundGateway): RefundOutcome {
  return { kind: 'unknown', reason: `${name} cannot look a refund up, and it was sent once` };
}
