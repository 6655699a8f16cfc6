import { CancellationScope, condition, patched, uuid4 } from '@temporalio/workflow';
import { type Confirmed, type RefundSettlement, secondOf, signerOf } from '../domain/commands.ts';
import type { UnblockDecision, BlockedPayment } from '../domain/payment.ts';
import { without } from '../domain/money.ts';
import type { PaymentCase } from '../domain/payment-case.ts';
import {
  asStatusReason,
  lookupDelayMs,
  progressOf,
  REFUND_NOT_BEGUN,
  type RefundOutcome,
  type RefundProgress,
  type RefundReversal,
  saysNotPaid,
} from '../domain/refund.ts';
import { gateway, gatewayNow, type RefundRequest, steps } from './activities.ts';
import { failureType, isOfTheRecord, reportGivenUp, whyGivenUp } from './given-up.ts';
import { goOn, isTimeToGoOn } from './go-on.ts';
import { conditionUntil } from './condition-until.ts';
import { showStatus } from './payment-visibility.ts';
import type { PaymentRef } from '../domain/ids.ts';
import { type Actor, THE_GATEWAY } from '../domain/people.ts';

/**
 * Refunds the payment: until the gateway has paid or declined, or a person has settled what the gateway does not know.
 * Its reference is fixed before anything is sent and never changes.
 */
export async function refund(current: PaymentCase, decision: UnblockDecision): Promise<void> {
  const refundReference = current.startRefund(uuid4(), Date.now());
  showStatus(current);
  const request = { ...current.ref, refundReference, decision };
  while (current.isRefundOpen) {
    try {
      if (current.status === 'refunding') await askUntilKnown(current, request);
      else await settleByHand(current, request);
    } catch (error) {
      await giveUp(current, error);
    }
  }
}

/**
 * A refund that could not even be stored was not sent: the payment is back in review. What became of any other one a
 * person finds out.
 */
async function giveUp(current: PaymentCase, error: unknown): Promise<void> {
  const reason = whyGivenUp(error);
  if (failureType(error) === REFUND_NOT_BEGUN && !current.refund.isStored)
    current.decisionGivenUp(reason, Date.now());
  else current.refundOutcomeGivenUp(asStatusReason(reason), Date.now());
  current.givenUp.refund = { reason };
  // The record may know better than the person.
  if (current.refund.command) current.refund.hint();
  current.refund.commandDone();
  await reportGivenUp(current, 'refund', reason);
}

/**
 * Has the refund paid, and asks again until its outcome is known: by the clock, and on every hint. Once the patience of
 * lookupDelayMs is used up, the refund is FAILED.
 */
async function askUntilKnown(current: PaymentCase, request: RefundRequest): Promise<void> {
  let progress = await ask(request);
  showProgress(current, progress);
  while (progress.status === 'PENDING') {
    const delay = lookupDelayMs(current.refund.lookups, progress);
    if (delay === undefined) {
      const reason = progress.statusReason || 'the gateway never finished it';
      progress = await record(
        request,
        { outcome: { kind: 'unknown', reason }, actor: THE_GATEWAY },
        'FAILED',
      );
    } else {
      progress = await askAgainAfter(delay, current, request);
      current.refund.lookedUp();
    }
    showProgress(current, progress);
  }
}

/**
 * Asks once the delay is over. A hint in between has the refund looked up at once, and only looked up; it does not use
 * up the schedule, so that frequent hints make the refund FAILED no sooner.
 */
async function askAgainAfter(
  delay: number,
  current: PaymentCase,
  request: RefundRequest,
): Promise<RefundProgress> {
  const at = Date.now() + delay;
  for (;;) {
    await goOn(current);
    await conditionUntil(
      () => current.refund.isHinted || isTimeToGoOn(current),
      at,
      'refund: ask the gateway again',
    );
    if (isTimeToGoOn(current)) continue;
    // While the gateway is away a lookup takes up to an hour: frequent hints must not put the schedule off.
    if (!current.refund.isHinted || Date.now() >= at) return ask(request);
    const progress = await recheck(current, request);
    if (progress.status !== 'PENDING') return progress;
  }
}

/** Waits until a person has settled the refund, or until the gateway knows its outcome after all. */
async function settleByHand(current: PaymentCase, request: RefundRequest): Promise<void> {
  await goOn(current);
  current.refund.awaitPerson(current.needsFourEyes && patched(OUTCOMES_TAKE_TWO));
  await condition(
    () => current.refund.command !== undefined || current.refund.isHinted || isTimeToGoOn(current),
  );
  if (current.refund.command) {
    const settlement = await settlementBy(current.refund.command, current, request);
    const progress = await record(request, settlement);
    const { outcome } = settlement;
    if (outcome.kind === 'declined' && outcome.isUnanswered) current.refund.leaveUnanswered(request.decision);
    showProgress(current, progress);
    current.refund.commandDone();
    return;
  }
  if (!current.refund.isHinted) return;
  const progress = await unless(
    () => current.refund.command !== undefined,
    () => recheck(current, request),
  );
  if (progress && progress.status !== 'PENDING') showProgress(current, progress);
}

// Runs that began before these changes go on as they began.
const COMMANDS_COME_FIRST = 'a command does not wait for a lookup';
const OUTCOMES_TAKE_TWO = 'what a person says of a refund takes two above the amount of four eyes';
const UNANSWERED_IS_KEPT = 'a refund that is given up without an answer needs two people';

/** Calls the gateway. Where a person's command comes first, the call is given up and its answer left: undefined. */
async function unless<T>(isCommanded: () => boolean, call: () => Promise<T>): Promise<T | undefined> {
  if (!patched(COMMANDS_COME_FIRST)) return call();
  const scope = new CancellationScope();
  const answer = scope.run(call);
  const settled = answer.then(
    () => true,
    () => true,
  );
  const isAnswered = await Promise.race([settled, scope.run(() => condition(isCommanded)).then(() => false)]);
  scope.cancel();
  return isAnswered ? answer : undefined;
}

/**
 * Asks the gateway what became of a refund that was given up without its answer: one that it has paid is the payment's end.
 * A decision of an operator does not wait for that.
 */
export async function askForUnanswered(current: PaymentCase): Promise<void> {
  current.refund.followHint();
  const { unanswered } = current.refund;
  if (!unanswered) return;
  const isCommanded = () => current.decision !== undefined || current.review.nextCommand !== undefined;
  try {
    const outcome = await unless(isCommanded, () => lookUpNow(unanswered.reference));
    if (!outcome || (outcome.kind !== 'paid' && !saysNotPaid(outcome))) return;
    const { reference: refundReference } = unanswered;
    const progress = await steps.settleUnanswered({ ...current.ref, refundReference, outcome });
    if (progress.status === 'CAPTURED') current.unansweredPaid(unanswered, progress, Date.now());
    else {
      current.refund.answered();
      current.log.event(Date.now(), `the gateway says that refund ${refundReference} was not paid`);
    }
    showStatus(current);
  } catch (error) {
    await reportGivenUp(current, 'record what became of the refund that was given up', whyGivenUp(error));
  }
}

/** What is known of a refund, and who says so: the gateway, or an operator. */
interface Settlement extends Confirmed {
  readonly outcome: RefundOutcome;
  readonly actor: Actor;
}

/** What a person's decision says of the refund. The gateway has the last word before a refund is given up. */
async function settlementBy(
  command: RefundSettlement,
  { payment, refund: { elsewhereMinor } }: PaymentCase,
  { refundReference }: RefundRequest,
): Promise<Settlement> {
  const { confirmedBy } = command;
  const actor = signerOf(command);
  const confirmed = secondOf(command);
  const said = `${command.operator}: ${command.reason}${confirmedBy === undefined ? '' : `, confirmed by ${confirmedBy}`}`;
  switch (command.kind) {
    case 'retryRefund':
      return { actor, outcome: { kind: 'unknown', reason: `asked again by ${said}` } };
    case 'markRefundPaid': {
      const { gatewayReference } = command;
      const processed = without(payment.amount, elsewhereMinor);
      return { actor, ...confirmed, outcome: { kind: 'paid', gatewayReference, processed } };
    }
    case 'giveUpRefund': {
      const outcome = await lookUpNow(refundReference);
      if (outcome.kind === 'paid' || outcome.kind === 'paidOtherwise' || outcome.kind === 'pending')
        return { actor: THE_GATEWAY, outcome };
      const givenUp = { kind: 'declined', reason: `given up by ${said}` } as const;
      const isAnswered = !patched(UNANSWERED_IS_KEPT) || saysNotPaid(outcome);
      return { actor, ...confirmed, outcome: isAnswered ? givenUp : { ...givenUp, isUnanswered: true } };
    }
  }
}

async function ask(request: RefundRequest): Promise<RefundProgress> {
  const { refundReference } = request;
  try {
    return await gateway.refund.executeWithOptions({ summary: `refund ${refundReference}` }, [request]);
  } catch (error) {
    return record(request, { outcome: unknownAfter(error), actor: THE_GATEWAY });
  }
}

/** Looks the refund up because of a hint. What is known for sure goes on record; PENDING stays as it is there. */
async function recheck(current: PaymentCase, request: RefundRequest): Promise<RefundProgress> {
  current.refund.followHint();
  try {
    return await gateway.recheckRefund(request);
  } catch (error) {
    return progressOf(unknownAfter(error));
  }
}

/** The same within half a minute. */
async function lookUpNow(refundReference: string): Promise<RefundOutcome> {
  try {
    return await gatewayNow.lookUpRefund({ refundReference });
  } catch (error) {
    return unknownAfter(error);
  }
}

/** What the gateway knows of a refund; sends nothing, records nothing. */
export async function lookUp(refundReference: string): Promise<RefundOutcome> {
  try {
    return await gateway.lookUpRefund({ refundReference });
  } catch (error) {
    return unknownAfter(error);
  }
}

/**
 * After an hour without an answer, whether something was paid is for a later lookup to say.
 * @throws the error itself where it is our record's and not the gateway's: a lookup cannot help
 */
function unknownAfter(error: unknown): RefundOutcome {
  if (isOfTheRecord(error)) throw error;
  return { kind: 'unknown', reason: whyGivenUp(error) };
}

async function record(
  request: RefundRequest,
  settlement: Settlement,
  status = progressOf(settlement.outcome).status,
): Promise<RefundProgress> {
  return steps.recordRefund({ ...request, ...settlement, status });
}

function showProgress(current: PaymentCase, progress: RefundProgress): void {
  current.refundRecorded(progress, Date.now());
  const { status } = progress;
  showStatus(current, { needsAttention: status === 'DECLINED' || status === 'FAILED' });
}

/** Whether the gateway has taken back a refund that it had paid; undefined where the record still holds. */
export async function findReversal(
  ref: PaymentRef,
): Promise<{ payment: BlockedPayment; reversal: RefundReversal } | undefined> {
  const paid = await steps.paidRefund(ref);
  if (!paid) return undefined;
  const { refundReference, payment } = paid;
  const outcome = await lookUp(refundReference);
  if (outcome.kind !== 'declined') return undefined;
  return { payment, reversal: { refundReference, reason: outcome.reason } };
}
