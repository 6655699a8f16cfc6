import { allHandlersFinished, CancellationScope, condition, uuid4 } from '@temporalio/workflow';
import type { BlockedPayment, PaymentEnd, PaymentResult } from '../domain/payment.ts';
import { PaymentCase, type UnblockDecision } from '../domain/payment-case.ts';
import type { RefundReversal } from '../domain/refund.ts';
import type { ReviewPolicy } from '../domain/review.ts';
import { Notices } from './notices.ts';
import { listenToOperators } from './payment-messages.ts';
import { showStatus } from './payment-visibility.ts';
import { settleRefund } from './refund.ts';
import { findReversal } from './refund-reversal.ts';
import { runs, store } from './retry-policies.ts';
import { review } from './review.ts';

/**
 * The life of one blocked payment: block, evaluate, wait for a decision where one is needed, release or refund, and
 * tell. It ends only when the money has left the blocked balance.
 * @param reversal begins where an earlier life ended: the gateway has taken its refund back
 */
export async function paymentLifecycle(
  payment: BlockedPayment,
  reversal?: RefundReversal,
): Promise<PaymentResult> {
  const current = new PaymentCase(payment);
  if (reversal) current.status = 'refunded';
  listenToOperators(current);
  const notices = new Notices();

  // "Cancel" in the Temporal UI must not abandon somebody's money halfway: it is recorded, and the life goes on.
  return CancellationScope.nonCancellable(async () => {
    let beginning = reversal ? await reopen(current, reversal, notices) : await decide(current);
    for (;;) {
      if ('ended' in beginning) return beginning.ended;
      const result = await unblockUntilEnded(current, beginning.reviewPolicy, notices);
      const found = await reversedBeforeTheEnd(current, result, notices);
      if (!found) return result;
      beginning = await reopen(current, found, notices);
    }
  });
}

/** A life that goes on, or one that has nothing left to do. */
type Beginning = { readonly reviewPolicy: ReviewPolicy } | { readonly ended: PaymentResult };

async function decide(current: PaymentCase): Promise<Beginning> {
  await store.blockPayment(current.payment);
  const { disposition, reasons, reviewPolicy, blockCustomer } = await store.decidePayment(current.ref);
  current.decide(disposition, reasons);
  if (blockCustomer) await blockItsCustomer(current.payment);
  return { reviewPolicy };
}

/** Blocks the money again that the gateway took back. A person decides: the deadline must not pay by itself. */
async function reopen(
  current: PaymentCase,
  { refundReference, reason }: RefundReversal,
  notices: Notices,
): Promise<Beginning> {
  const reopened = await store.reverseRefund({ refundReference, reason });
  if ('ended' in reopened) return reopened;
  const { eventId, statusReason, reasons, reviewPolicy } = reopened;
  notices.send(eventId);
  current.reopen({ reference: refundReference, status: 'DECLINED', statusReason }, reasons);
  return { reviewPolicy: { ...reviewPolicy, deadlineAction: 'stayHeld' } };
}

/**
 * Waits until everybody has been told. News of the refund that comes meanwhile is too late for its settling, and too
 * early to find this run ended.
 */
async function reversedBeforeTheEnd(
  current: PaymentCase,
  { status }: PaymentResult,
  notices: Notices,
): Promise<RefundReversal | undefined> {
  const isNews = () => status === 'refunded' && current.refundNews;
  for (;;) {
    await condition(() => isNews() || (notices.delivered && allHandlersFinished()));
    if (!isNews()) return undefined;
    current.refundNews = false;
    const found = await findReversal(current.ref);
    if (found) return found.reversal;
  }
}

async function unblockUntilEnded(
  current: PaymentCase,
  reviewPolicy: ReviewPolicy,
  notices: Notices,
): Promise<PaymentResult> {
  let policy = reviewPolicy;
  for (;;) {
    const unblock = current.unblock ?? (await review(current, policy, notices));
    if (!unblock.refundAmount) {
      notices.send(await store.releasePayment({ ...current.ref, unblock }));
      return end(current, unblock, 'released');
    }

    const refundReference = uuid4();
    await store.startRefund({ ...current.ref, unblock, refundReference });
    current.status = 'refunding';
    current.refund = { reference: refundReference, status: 'RECEIVED', statusReason: '' };
    showStatus(current);

    const status = await settleRefund(current, refundReference, notices);
    if (status === 'CAPTURED') return end(current, unblock, 'refunded');
    // Declined: no money has moved. An operator decides now; the deadline must not try the same again by itself.
    current.unblock = undefined;
    policy = { ...reviewPolicy, deadlineAction: 'stayHeld' };
  }
}

/** What the rules ask for where they are enforced. Nobody can be blocked whom the payment does not name. */
async function blockItsCustomer(payment: BlockedPayment): Promise<void> {
  const { subscriberId, customerUuid, invoiceGUID, paymentOption, onlinePayment } = payment;
  if (customerUuid === undefined) return;
  const { token: _stays, ...card } = paymentOption;
  await runs.blockCustomer({
    customer: { subscriberId, customerUuid },
    request: {
      ...card,
      invoiceGUID,
      onlinePayment,
      sendBlockNotification: true,
      threeDSAuthentication: payment.threeDSAuthentication,
      actor: 'rules',
    },
  });
}

function end(current: PaymentCase, unblock: UnblockDecision, status: PaymentEnd): PaymentResult {
  current.status = status;
  current.reviewDueAt = undefined;
  showStatus(current);
  const refund = current.refund ? { refundReference: current.refund.reference } : {};
  return { status, decidedBy: unblock.decidedBy, ...refund };
}
