import type { UnblockDecision } from '../domain/payment.ts';
import type { PaymentCase } from '../domain/payment-case.ts';
import type { ReviewStep } from '../domain/review.ts';
import type { ReviewCommand } from '../domain/review-state.ts';
import { steps } from './activities.ts';
import { askForTwo } from './ask-for-two.ts';
import { conditionUntil } from './condition-until.ts';
import { goOn, isTimeToGoOn } from './go-on.ts';
import { reportGivenUp, whyGivenUp } from './given-up.ts';
import { askForUnanswered } from './refund.ts';
import { showDetails, showStatus } from './payment-visibility.ts';

/**
 * Holds the payment until an operator unblocks it or the deadline does what its terms say. Until then it reminds and
 * escalates, and carries out extensions, pauses and proposals.
 */
export async function review(current: PaymentCase): Promise<UnblockDecision> {
  // A message may come while the review is put on record.
  askForTwo(current);
  if (!current.review.isOn) await start(current);
  for (;;) {
    await goOn(current);
    askForTwo(current);
    const next = current.review.nextStep;
    await conditionUntil(
      () =>
        current.decision !== undefined ||
        current.review.nextCommand !== undefined ||
        current.refund.hasAnswerToAskFor ||
        isTimeToGoOn(current),
      next?.at,
      `review: ${next?.step ?? 'nothing is due'}`,
    );
    if (current.decision) return current.decision;
    const command = current.review.nextCommand;
    if (command) await carryOut(current, command);
    else if (current.refund.hasAnswerToAskFor) await askForUnanswered(current);
    else if (next && !isTimeToGoOn(current)) await take(current, next.step);
  }
}

/** A payment that comes back from a refund starts a review of its own. */
async function start(current: PaymentCase): Promise<void> {
  const { ref, reviewTerms: terms, reviewReasons: reasons } = current;
  const now = Date.now();
  try {
    current.reviewStarted(await steps.startReview({ ...ref, terms, reasons, now }), now);
    showStatus(current);
  } catch (error) {
    const reason = whyGivenUp(error);
    current.reviewStarted({}, now);
    await reportGivenUp(current, 'begin the review', reason);
  }
}

async function carryOut(current: PaymentCase, command: ReviewCommand): Promise<void> {
  try {
    await record(current, command);
    current.review.done(command);
    showStatus(current);
  } catch (error) {
    const reason = whyGivenUp(error);
    current.givenUp.review = { reason };
    if (command.kind === 'proposeUnblock') current.givenUp.decision = { reason };
    current.review.givenUp(command);
    await reportGivenUp(current, `${command.kind} by ${command.operator}`, reason);
  }
}

async function record(current: PaymentCase, command: ReviewCommand): Promise<void> {
  const { ref, reviewTerms: terms, review: state } = current;
  const now = Date.now();
  switch (command.kind) {
    case 'extendReview':
      state.extended(await steps.extendReview({ ...ref, extension: command, terms, clock: state.time, now }));
      break;
    case 'pauseReview':
      await steps.pauseReview({ ...ref, pause: command });
      state.paused(now);
      break;
    case 'resumeReview': {
      const { stoppedClock: stopped } = state;
      if (stopped) state.resumed(await steps.resumeReview({ ...ref, resume: command, terms, stopped, now }));
      break;
    }
    case 'bookElsewhere':
      current.refund.goneElsewhere(await steps.bookElsewhere({ ...ref, booking: command }));
      break;
    case 'proposeUnblock': {
      const { callProposes = false } = terms;
      current.decisions.proposed(
        command,
        await steps.proposeUnblock({ ...ref, proposal: command, callProposes }),
      );
    }
  }
}

/** Takes a step that is due. One that is given up is not due again. */
async function take(current: PaymentCase, step: ReviewStep): Promise<void> {
  const { due } = current.review.time;
  current.review.take(step);
  try {
    await carryOutStep(current, step, due);
  } catch (error) {
    await reportGivenUp(current, `${step} of the review`, whyGivenUp(error));
  }
}

async function carryOutStep(current: PaymentCase, step: ReviewStep, due: number | undefined): Promise<void> {
  const { ref, reviewTerms, review: state } = current;
  const { stoppedClock: stopped } = state;
  switch (step) {
    case 'remind': {
      const occasion = stopped ? `paused ${stopped.at}` : `due ${due}`;
      await steps.remindReviewers({ ...ref, occasion });
      current.log.event(Date.now(), 'reminded');
      showStatus(current, { needsAttention: stopped !== undefined });
      break;
    }
    case 'escalate': {
      const { escalateTo } = reviewTerms;
      if (escalateTo === undefined) break;
      await steps.escalateReview({ ...ref, escalateTo, occasion: `due ${due}` });
      state.escalated(escalateTo);
      current.log.event(Date.now(), `escalated to ${escalateTo}`);
      showDetails(current);
      break;
    }
    case 'due':
      if (current.deadlinePassed(Date.now())) break;
      await steps.remindReviewers({ ...ref, occasion: `overdue ${due}` });
      showStatus(current, { needsAttention: true });
  }
}
