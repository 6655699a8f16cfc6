import type { PaymentCase, ReviewCommand, UnblockDecision } from '../domain/payment-case.ts';
import {
  extendReview,
  type FreshReviewClock,
  type HeldBy,
  LONG_PAUSE_MS,
  nextStep,
  type ReviewClock,
  type ReviewPolicy,
  type ReviewStep,
  type ReviewTerms,
  startReview,
  timesOf,
  without,
} from '../domain/review.ts';
import { conditionUntil } from './condition-until.ts';
import type { Notices } from './notices.ts';
import { showDetails, showStatus } from './payment-visibility.ts';
import { store } from './retry-policies.ts';

/** A run that began before terms had versions has a policy in its history, and goes by that. */
export type Terms = ReviewTerms | ReviewPolicy;

export function termsOf(held: HeldBy): Terms {
  return 'reviewTerms' in held ? held.reviewTerms : held.reviewPolicy;
}

/**
 * Holds the payment until an operator unblocks it or the deadline does what its terms say; on the way it reminds and
 * escalates, and follows extensions, pauses and proposals.
 */
export async function review(current: PaymentCase, terms: Terms, notices: Notices): Promise<UnblockDecision> {
  const unblock = await new Review(current, terms, notices).untilDecided();
  current.leaveReview();
  return unblock;
}

class Review {
  private readonly current: PaymentCase;
  private readonly terms: Terms;
  private readonly notices: Notices;
  private clock: ReviewClock = {};
  /** What the clock showed when it was stopped; undefined while it runs. */
  private stopped: { readonly clock: ReviewClock; readonly at: number } | undefined;

  constructor(current: PaymentCase, terms: Terms, notices: Notices) {
    this.current = current;
    this.terms = terms;
    this.notices = notices;
  }

  async untilDecided(): Promise<UnblockDecision> {
    const { current } = this;
    await this.begin();
    for (;;) {
      const next = nextStep(this.clock);
      await conditionUntil(
        () => current.unblock !== undefined || current.reviewCommand !== undefined,
        next?.at,
        `review: ${next?.step ?? 'nothing is due'}`,
      );
      if (current.unblock) return current.unblock;
      if (current.reviewCommand) await this.carryOut(current.reviewCommand);
      else if (next) await this.take(next.step);
    }
  }

  private async begin(): Promise<void> {
    const { current, terms } = this;
    const clock = 'deadlineAfterMs' in terms ? await this.holdBy(terms) : await this.startBy(terms);
    this.clock = clock;
    current.status = 'held';
    current.reviewDueAt = clock.due;
    current.escalatedTo = undefined;
    showStatus(current);
  }

  private async holdBy(policy: ReviewPolicy): Promise<FreshReviewClock> {
    const { ref, reasons } = this.current;
    const clock = startReview(timesOf(policy), Date.now());
    const reviewDueAt = new Date(clock.due).toISOString();
    this.notices.send(await store.holdPayment({ ...ref, reviewDueAt, reasons }));
    return clock;
  }

  private async startBy(terms: ReviewTerms): Promise<FreshReviewClock> {
    const { current } = this;
    const { ref, reasons } = current;
    const now = Date.now();
    const { clock, eventId } = await store.startReview({ ...ref, terms, now, reasons });
    this.notices.send(eventId);
    const { settings } = terms;
    if (settings) {
      current.happened(now, `review settings: version ${settings.version} of ${settings.subscriberId}`);
    }
    return clock;
  }

  private async carryOut(command: ReviewCommand): Promise<void> {
    const { current, terms, clock } = this;
    const { ref } = current;
    const now = Date.now();
    switch (command.kind) {
      case 'extendReview':
        if ('deadlineAfterMs' in terms) {
          // A run of before answers first and stores then: its history has them in this order.
          current.carriedOut(command);
          const due = Date.parse(command.until);
          this.clock = extendReview(clock, timesOf(terms), due, now);
          await store.extendReview({ ...ref, extension: command });
        } else {
          this.clock = await store.moveReview({ ...ref, extension: command, terms, clock, now });
        }
        current.reviewDueAt = this.clock.due;
        break;
      case 'pauseReview':
        await store.pauseReview({ ...ref, pause: command });
        this.stopped = { clock, at: now };
        this.clock = { remind: now + LONG_PAUSE_MS };
        current.reviewDueAt = undefined;
        break;
      case 'resumeReview':
        if (!this.stopped) break;
        this.clock = await store.resumeReview({ ...ref, resume: command, terms, stopped: this.stopped, now });
        this.stopped = undefined;
        current.pausedAt = undefined;
        current.reviewDueAt = this.clock.due;
        break;
      case 'proposeUnblock': {
        const hash = await store.proposeUnblock({ ...ref, proposal: command });
        current.onProposed(command, hash);
      }
    }
    current.carriedOut(command);
    showStatus(current);
  }

  /** What is due now, on its own. */
  private async take(step: ReviewStep): Promise<void> {
    const { current, terms, stopped } = this;
    const { ref } = current;
    const { due } = this.clock;
    this.clock = without(this.clock, step);
    switch (step) {
      case 'remind': {
        const occasion = stopped ? `paused ${stopped.at}` : `due ${due}`;
        this.notices.send(await store.remindReviewers({ ...ref, occasion }));
        current.happened(Date.now(), 'reminded');
        if (stopped) showStatus(current, { needsAttention: true });
        else showDetails(current);
        break;
      }
      case 'escalate':
        if (!('escalateTo' in terms)) break;
        this.notices.send(
          await store.escalateReview({ ...ref, escalateTo: terms.escalateTo, occasion: `due ${due}` }),
        );
        current.escalatedTo = terms.escalateTo;
        current.happened(Date.now(), `escalated to ${terms.escalateTo}`);
        showDetails(current);
        break;
      case 'due':
        if (terms.deadlineAction === 'stayHeld') {
          this.notices.send(await store.remindReviewers({ ...ref, occasion: `overdue ${due}` }));
          current.happened(Date.now(), 'overdue: nobody has decided in time');
          showStatus(current, { needsAttention: true });
        } else {
          current.unblock = {
            refundAmount: terms.deadlineAction === 'refund',
            operator: 'deadline',
            reason: 'nobody decided in time',
            decidedBy: 'deadline',
          };
        }
    }
  }
}
