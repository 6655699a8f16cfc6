import { allHandlersFinished, CancellationScope, condition, uuid4 } from '@temporalio/workflow';
import type { BlockedPayment, PaymentEnd } from '../domain/payment.ts';
import { PaymentCase, type UnblockDecision } from '../domain/payment-case.ts';
import { jotDown } from './jottings.ts';
import { Notices } from './notices.ts';
import { listenToOperators } from './payment-messages.ts';
import { showStatus } from './payment-visibility.ts';
import { settleRefund } from './refund.ts';
import { runs, store } from './retry-policies.ts';
import { review, type Terms } from './review.ts';

/** How a lifecycle ended, who decided it, and the refund where there was one. */
export interface PaymentResult {
  readonly status: PaymentEnd;
  readonly decidedBy: UnblockDecision['decidedBy'];
  readonly refundReference?: string;
}

/**
 * The life of one blocked payment: block, evaluate, wait for a decision where one is needed, release or refund, and
 * tell. It ends only when the money has left the blocked balance.
 */
export async function paymentLifecycle(payment: BlockedPayment): Promise<PaymentResult> {
  const current = new PaymentCase(payment);
  listenToOperators(current);
  const notices = new Notices();

  // "Cancel" in the Temporal UI must not abandon somebody's money halfway: it is recorded, and the life goes on.
  return CancellationScope.nonCancellable(async () => {
    await store.blockPayment(payment);
    current.see(Date.now());
    void jotDown(current);

    const decision = await store.decidePayment(current.ref);
    const { disposition, reasons, blockCustomer } = decision;
    const terms = 'reviewTerms' in decision ? decision.reviewTerms : decision.reviewPolicy;
    current.fourEyes = 'fourEyes' in terms && terms.fourEyes;
    current.decide(disposition, reasons, Date.now());
    if (blockCustomer) await blockItsCustomer(payment);

    const result = await unblockUntilEnded(current, terms, notices);
    await condition(() => notices.delivered && current.jotting === undefined && allHandlersFinished());
    return result;
  });
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
