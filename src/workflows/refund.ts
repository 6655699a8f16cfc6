import { ActivityFailure, sleep } from '@temporalio/workflow';
import type { PaymentCase } from '../domain/payment-case.ts';
import { isSettled, LOOKUP_DELAYS_MS, type RefundOutcome, type RefundStatus } from '../domain/refund.ts';
import type { Notices } from './notices.ts';
import { showStatus } from './payment-visibility.ts';
import { gateway, store } from './retry-policies.ts';

type SettledStatus = Extract<RefundStatus, 'CAPTURED' | 'DECLINED' | 'FAILED'>;

/**
 * Has a stored refund paid, and asks again until its outcome is known or the patience of LOOKUP_DELAYS_MS is used up:
 * then it is FAILED, and a person's.
 */
export async function settleRefund(
  current: PaymentCase,
  refundReference: string,
  notices: Notices,
): Promise<SettledStatus> {
  let outcome = await askGateway(refundReference);
  for (const delay of LOOKUP_DELAYS_MS) {
    if (isSettled(outcome)) break;
    const statusReason = outcome.kind === 'unknown' ? outcome.reason : '';
    if (current.refund?.status !== 'PENDING' || current.refund.statusReason !== statusReason) {
      await record(current, refundReference, 'PENDING', statusReason, outcome, notices);
    }
    await sleep(delay, { summary: 'refund: ask the gateway again' });
    outcome = await askGateway(refundReference);
  }

  switch (outcome.kind) {
    case 'paid':
      await record(current, refundReference, 'CAPTURED', '', outcome, notices);
      return 'CAPTURED';
    case 'declined':
      await record(current, refundReference, 'DECLINED', outcome.reason, outcome, notices);
      return 'DECLINED';
    case 'pending':
    case 'unknown': {
      const reason = outcome.kind === 'pending' ? 'the gateway never finished it' : outcome.reason;
      await record(current, refundReference, 'FAILED', reason, outcome, notices);
      return 'FAILED';
    }
  }
}

async function askGateway(refundReference: string): Promise<RefundOutcome> {
  try {
    return await gateway.payRefund.executeWithOptions({ summary: `refund ${refundReference}` }, [
      { refundReference },
    ]);
  } catch (error) {
    // Days of a gateway that took no call, or a fault of ours: whether something was paid is for a lookup to say.
    if (error instanceof ActivityFailure)
      return { kind: 'unknown', reason: error.cause?.message ?? error.message };
    throw error;
  }
}

async function record(
  current: PaymentCase,
  refundReference: string,
  status: RefundStatus,
  statusReason: string,
  outcome: RefundOutcome,
  notices: Notices,
): Promise<void> {
  notices.send(await store.recordRefund({ refundReference, status, statusReason, outcome }));
  current.refund = { reference: refundReference, status, statusReason };
  showStatus(current, { needsAttention: status === 'DECLINED' || status === 'FAILED' });
}
