import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { BlockedPayment, PaymentResult, TakenIn, UnblockDecision } from '../domain/payment.ts';
import type { CarriedCase } from '../domain/carried-case.ts';
import { PaymentCase } from '../domain/payment-case.ts';
import { resultOf } from '../domain/payment-view.ts';
import type { RefundReversal } from '../domain/refund.ts';
import { blockCustomer, steps, type TakeIn, takeIn } from './activities.ts';
import { failureType, reportGivenUp, whyGivenUp } from './given-up.ts';
import { keepJournal } from './journal.ts';
import { askForTwo } from './ask-for-two.ts';
import { handlePaymentMessages } from './payment-handlers.ts';
import { showStatus } from './payment-visibility.ts';
import { refund, findReversal } from './refund.ts';
import { review } from './review.ts';

/**
 * The life of one blocked payment: take it in; while its money is blocked, review it and then release or refund; end
 * when everything said is on record. A refund that the gateway takes back blocks the money anew.
 * @param reversal starts where an earlier run has ended: the gateway has taken its refund back
 * @param carried where the run before this one has come to, as its history had become long
 */
export async function paymentLifecycle(
  payment: BlockedPayment,
  reversal?: RefundReversal,
  carried?: CarriedCase,
): Promise<PaymentResult> {
  const current = new PaymentCase(payment, carried ?? (reversal ? 'refunded' : 'blocked'));
  handlePaymentMessages(current);

  // "Cancel" in the Temporal UI must not abandon the money halfway: it is logged, and the lifecycle goes on.
  return CancellationScope.nonCancellable(async () => {
    void keepJournal(current);
    if (carried) showStatus(current);
    else if (!reversal) await blockAndDecide(current);
    let reversed = reversal;
    do {
      if (reversed) {
        const ended = await reopen(current, reversed);
        if (ended) return ended;
      }
      while (!current.hasEnded) {
        const decision = current.decision ?? (await review(current));
        // A refund that was given up may turn out to be paid during the review.
        if (current.hasEnded) break;
        await (decision.refundAmount ? refund(current, decision) : release(current, decision));
      }
      reversed = await reversedBeforeTheEnd(current);
    } while (reversed);
    return resultOf(current);
  });
}

async function blockAndDecide(current: PaymentCase): Promise<void> {
  // Messages that came with the start are handled first: they may ask for a review.
  await Promise.resolve();
  const { payment } = current;
  const input = { payment, reasonsToHold: [...current.reasonsToHold], now: Date.now() };
  let taken: TakenIn;
  try {
    taken = await takeIn(input);
  } catch (error) {
    taken = await takeInWithoutRules(current, input, error);
  }
  current.takenIn(taken, Date.now());
  askForTwo(current);
  showStatus(current);
  if (taken.blockCustomer) await blockItsCustomer(payment);
}

/**
 * A payment that the rules cannot decide is held: a person decides. What cannot be recorded even so fails the run, with
 * nothing on record, so that the same call may be repeated once the cause is removed.
 */
async function takeInWithoutRules(
  current: PaymentCase,
  input: Omit<TakeIn, 'withoutRules'>,
  error: unknown,
): Promise<TakenIn> {
  if (failureType(error) === 'StoreConflict') throw error;
  const reason = whyGivenUp(error);
  if (failureType(error) === 'NotVouchedFor') {
    current.givenUp.decision = { reason };
    await reportGivenUp(current, 'take in', reason);
    throw error;
  }
  await reportGivenUp(current, 'take in by the rules', reason);
  return takeIn({ ...input, withoutRules: reason });
}

async function release(current: PaymentCase, decision: UnblockDecision): Promise<void> {
  try {
    await steps.release({ ...current.ref, decision });
    current.released(Date.now());
    showStatus(current);
  } catch (error) {
    const reason = whyGivenUp(error);
    current.decisionGivenUp(reason, Date.now());
    await reportGivenUp(current, 'release to the merchant', reason);
  }
}

/** @returns how the payment has ended, where another run has taken the reversal in and carried on */
async function reopen(
  current: PaymentCase,
  { refundReference, reason }: RefundReversal,
): Promise<PaymentResult | undefined> {
  const reopened = await steps
    .reverseRefund({ ...current.ref, refundReference, reason })
    .catch(async (error: unknown) => {
      await reportGivenUp(current, 'take the reversal of the refund in', whyGivenUp(error));
      throw error;
    });
  if ('ended' in reopened) return reopened.ended;
  current.reopened(refundReference, reopened, Date.now());
  return undefined;
}

/** Waits until everything said is on record. A reversal that is found meanwhile is taken in by this run. */
async function reversedBeforeTheEnd(current: PaymentCase): Promise<RefundReversal | undefined> {
  const isHinted = () => current.status === 'refunded' && current.refund.isHinted;
  for (;;) {
    await condition(() => isHinted() || (isAllHeard(current) && allHandlersFinished()));
    if (!isHinted()) return undefined;
    current.refund.followHint();
    try {
      const found = await findReversal(current.ref);
      if (found) return found.reversal;
    } catch (error) {
      await reportGivenUp(current, 'look for a reversal of the refund', whyGivenUp(error));
    }
  }
}

function isAllHeard({ journal, unproven }: PaymentCase): boolean {
  return journal.next === undefined && unproven.length === 0;
}

/** Carries out what an enforced rule set would have a caller do. A payment without a customer blocks none. */
async function blockItsCustomer(payment: BlockedPayment): Promise<void> {
  const { subscriberId, customerUuid, invoiceGUID, paymentOption, onlinePayment } = payment;
  if (customerUuid === undefined) return;
  const { token: _token, ...card } = paymentOption;
  await blockCustomer({
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
