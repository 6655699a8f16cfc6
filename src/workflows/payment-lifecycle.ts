import { allHandlersFinished, CancellationScope, condition, uuid4 } from '@temporalio/workflow';
import type { BlockedPayment, PaymentEnd, PaymentResult } from '../domain/payment.ts';
import { PaymentCase, type UnblockDecision } from '../domain/payment-case.ts';
import type { RefundReversal } from '../domain/refund.ts';
import { jotDown } from './jottings.ts';
import { Notices } from './notices.ts';
import { listenToOperators } from './payment-messages.ts';
import { showStatus } from './payment-visibility.ts';
import { settleRefund } from './refund.ts';
import { findReversal } from './refund-reversal.ts';
import { runs, store } from './retry-policies.ts';
import { review, type Terms, termsOf } from './review.ts';

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
    let beginning = reversal ? await goOn(current, reversal, notices) : await begin(current);
    for (;;) {
      if ('ended' in beginning) return beginning.ended;
      const result = await unblockUntilEnded(current, beginning.terms, notices);
      const found = await reversedBeforeTheEnd(current, result, notices);
      if (!found) return result;
      beginning = await reopen(current, found, notices);
    }
  });
}

/** A life that goes on, or one that has nothing left to do. */
type Beginning = { readonly terms: Terms } | { readonly ended: PaymentResult };

async function begin(current: PaymentCase): Promise<Beginning> {
  await store.blockPayment(current.payment);
  current.see(Date.now());
  void jotDown(current);

  const decision = await store.decidePayment(current.ref);
  const { disposition, reasons, blockCustomer } = decision;
  const terms = termsOf(decision);
  current.fourEyes = 'fourEyes' in terms && terms.fourEyes;
  current.decide(disposition, reasons, Date.now());
  if (blockCustomer) await blockItsCustomer(current.payment);
  return { terms };
}

/** Begins where an earlier run of the same life has ended. */
function goOn(current: PaymentCase, reversal: RefundReversal, notices: Notices): Promise<Beginning> {
  void jotDown(current);
  return reopen(current, reversal, notices);
}

/** Blocks the money again that the gateway took back. A person decides: the deadline must not pay by itself. */
async function reopen(
  current: PaymentCase,
  { refundReference, reason }: RefundReversal,
  notices: Notices,
): Promise<Beginning> {
  const reopened = await store.reverseRefund({ refundReference, reason });
  if ('ended' in reopened) return reopened;
  const { eventId, statusReason, reasons } = reopened;
  notices.send(eventId);
  const terms = termsOf(reopened);
  current.fourEyes = 'fourEyes' in terms && terms.fourEyes;
  current.reopen({ reference: refundReference, status: 'DECLINED', statusReason }, reasons);
  current.happened(Date.now(), statusReason);
  return { terms: { ...terms, deadlineAction: 'stayHeld' } };
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
    await condition(
      () => isNews() || (notices.delivered && current.jotting === undefined && allHandlersFinished()),
    );
    if (!isNews()) return undefined;
    current.refundNews = false;
    const found = await findReversal(current.ref);
    if (found) return found.reversal;
  }
}

async function unblockUntilEnded(
  current: PaymentCase,
  reviewTerms: Terms,
  notices: Notices,
): Promise<PaymentResult> {
  let terms = reviewTerms;
  for (;;) {
    const unblock = current.unblock ?? (await review(current, terms, notices));
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
    terms = { ...reviewTerms, deadlineAction: 'stayHeld' };
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
  showStatus(current);
  const refund = current.refund ? { refundReference: current.refund.reference } : {};
  return { status, decidedBy: unblock.decidedBy, ...refund };
}
