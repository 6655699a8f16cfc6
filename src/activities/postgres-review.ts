import type { PaymentRef } from '../domain/ids.ts';
import type { ExtendReviewCommand, Signed, UnblockCommand } from '../domain/operator-commands.ts';
import type { Jotting } from '../domain/payment-case.ts';
import {
  extendReview,
  type FreshReviewClock,
  resumeReview,
  type ReviewClock,
  type ReviewPolicy,
  type ReviewTerms,
  startReview,
} from '../domain/review.ts';
import { inTransaction } from '../store/postgres.ts';
import { reviewTimeOf } from '../store/review-terms.ts';
import {
  escalateReviewOf,
  extendReviewOf,
  holdPayment,
  jotDown,
  pauseReviewOf,
  proposeUnblock,
  remindReviewersOf,
  resumeReviewOf,
} from '../store/review-steps.ts';
import type { ActivityDeps } from './deps.ts';

export type ReviewStore = ReturnType<typeof createReviewStore>;

/**
 * A review's steps in Postgres. Each is one transaction and may be repeated: it then changes nothing. What depends on
 * the time is told it (`now`, epoch milliseconds): the lifecycle's clock is the one that counts.
 */
export function createReviewStore({ pool, reviewPolicy }: ActivityDeps) {
  return {
    /** For runs that began before terms had versions. */
    async holdPayment({ reviewDueAt, reasons, ...ref }: PaymentRef & Hold): Promise<string> {
      return inTransaction(pool, (db) => holdPayment(db, ref, reviewDueAt, reasons));
    },

    /** Puts the payment into review; answers when what is due, and the event to deliver. */
    async startReview({ terms, now, reasons, ...ref }: PaymentRef & StartReview): Promise<ReviewStart> {
      return inTransaction(pool, async (db) => {
        const { times, calendar } = await reviewTimeOf(db, terms, reviewPolicy);
        const clock = startReview(times, now, calendar);
        const due = new Date(clock.due).toISOString();
        return { clock, eventId: await holdPayment(db, ref, due, reasons, terms.settings) };
      });
    },

    /** For runs that began before terms had versions. */
    async extendReview({
      extension,
      ...ref
    }: PaymentRef & { extension: ExtendReviewCommand }): Promise<void> {
      await inTransaction(pool, (db) => extendReviewOf(db, ref, extension));
    },

    /** Moves the end of the review; answers the new clock. */
    async moveReview({
      extension,
      terms,
      clock,
      now,
      ...ref
    }: PaymentRef & MoveReview): Promise<ReviewClock> {
      return inTransaction(pool, async (db) => {
        await extendReviewOf(db, ref, extension);
        const { times, calendar } = await reviewTimeOf(db, terms, reviewPolicy);
        return extendReview(clock, times, Date.parse(extension.until), now, calendar);
      });
    },

    async pauseReview({ pause, ...ref }: PaymentRef & { pause: Signed }): Promise<void> {
      await inTransaction(pool, (db) => pauseReviewOf(db, ref, pause));
    },

    /** Lets a review's clock go on; answers the new clock. */
    async resumeReview({
      resume,
      terms,
      stopped,
      now,
      ...ref
    }: PaymentRef & ResumeReview): Promise<ReviewClock> {
      return inTransaction(pool, async (db) => {
        const { calendar } = await reviewTimeOf(db, terms, reviewPolicy);
        const clock = resumeReview(stopped.clock, stopped.at, now, calendar);
        const due = clock.due === undefined ? null : new Date(clock.due).toISOString();
        await resumeReviewOf(db, ref, resume, due);
        return clock;
      });
    },

    async remindReviewers({ occasion, ...ref }: PaymentRef & { occasion: string }): Promise<string> {
      return inTransaction(pool, (db) => remindReviewersOf(db, ref, occasion));
    },

    async escalateReview({ escalateTo, occasion, ...ref }: PaymentRef & Escalation): Promise<string> {
      return inTransaction(pool, (db) => escalateReviewOf(db, ref, escalateTo, occasion));
    },

    /** Stores a proposed unblock; answers its hash, or null where nobody has to confirm it. */
    async proposeUnblock({ proposal, ...ref }: PaymentRef & ProposeUnblock): Promise<string | null> {
      return inTransaction(pool, (db) => proposeUnblock(db, ref, proposal, proposal.at));
    },

    async jotDown({ jotting, runId, ...ref }: PaymentRef & JotDown): Promise<void> {
      await inTransaction(pool, (db) => jotDown(db, ref, jotting, runId));
    },
  };
}

export interface JotDown {
  readonly jotting: Jotting;
  /** The run that has numbered it: a payment that is held again has a new one, which begins at 1. */
  readonly runId: string;
}

export interface Hold {
  /** ISO 8601, UTC. */
  readonly reviewDueAt: string;
  readonly reasons: readonly string[];
}

export interface StartReview {
  readonly terms: ReviewTerms;
  readonly now: number;
  readonly reasons: readonly string[];
}

export interface ReviewStart {
  readonly clock: FreshReviewClock;
  readonly eventId: string;
}

export interface MoveReview {
  readonly extension: ExtendReviewCommand;
  readonly terms: ReviewTerms;
  readonly clock: ReviewClock;
  readonly now: number;
}

export interface ResumeReview {
  readonly resume: Signed;
  readonly terms: ReviewTerms | ReviewPolicy;
  /** What the clock showed when it was stopped, and when. */
  readonly stopped: { readonly clock: ReviewClock; readonly at: number };
  readonly now: number;
}

export interface Escalation {
  readonly escalateTo: string;
  /** Names this one among the payment's escalations. */
  readonly occasion: string;
}

export interface ProposeUnblock {
  readonly proposal: UnblockCommand & { readonly at: string };
}
