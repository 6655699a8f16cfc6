import type { OperatorIdentity } from './sender.ts';

/** What the end of a review does without a decision: money goes back, goes on, or stays until an operator decides. */
export type DeadlineAction = 'refund' | 'release' | 'stayHeld';

/** How long a held payment may wait for an operator where the subscriber has set nothing: the worker's own. */
export interface ReviewPolicy {
  /** Milliseconds from the hold to the reminder. */
  readonly reminderAfterMs: number;
  /** Milliseconds from the hold to the deadline. */
  readonly deadlineAfterMs: number;
  readonly deadlineAction: DeadlineAction;
  /** How the names in operators' messages count; left out: as they are typed. */
  readonly operatorIdentity?: OperatorIdentity;
}

/** Which version of whose settings: '*' has those of everybody who has set nothing. */
export interface SettingsVersion {
  readonly subscriberId: string;
  readonly version: number;
}

/** The terms of a payment's review, from the rules' decision to the payment's end. */
export interface ReviewTerms {
  readonly deadlineAction: DeadlineAction;
  /** The group that is notified when the reminder has not helped. */
  readonly escalateTo?: string;
  /** Whether an operator's unblock waits for a second one to confirm it. */
  readonly fourEyes: boolean;
  /** Whether a payment service's own call is a proposal as well. */
  readonly callProposes?: boolean;
  /** Only a sender who is proven counts; left out: names count as they are typed. */
  readonly sendersAreProven?: true;
  /** Where the times come from; the worker's own policy where nothing is set. */
  readonly settings?: SettingsVersion;
}

/** What a review does when its time has come, in the order of its weight. */
export type ReviewStep = 'remind' | 'escalate' | 'due';

const STEPS: readonly ReviewStep[] = ['remind', 'escalate', 'due'];

/** Milliseconds from the hold to each step. */
export interface ReviewTimes {
  readonly remind: number;
  readonly escalate?: number;
  readonly due: number;
}

/** When each step is next, in epoch milliseconds; a step that is done or not wanted has no time. */
export type ReviewClock = { readonly [S in ReviewStep]?: number };

/** The clock of a review that has just begun. */
export type FreshReviewClock = ReviewClock & { readonly due: number };

/** How a review's time passes; all in milliseconds. */
export interface Calendar {
  /** The moment when `duration` of working time has passed since `from`. */
  readonly add: (from: number, duration: number) => number;
  /** The working time from one moment to a later one; 0 if it is not later. */
  readonly between: (from: number, to: number) => number;
}

/** Every hour counts. */
export const aroundTheClock: Calendar = {
  add: (from, duration) => from + duration,
  between: (from, to) => Math.max(to - from, 0),
};

/** A review that is paused for longer asks for attention, once: a pause has no end of its own. */
export const LONG_PAUSE_MS = 72 * 3600_000;

export function timesOf({ reminderAfterMs, deadlineAfterMs }: ReviewPolicy): ReviewTimes {
  return { remind: reminderAfterMs, due: deadlineAfterMs };
}

/** The clock of a review that begins now; what would come only after the deadline is left out. */
export function startedClock(times: ReviewTimes, now: number, calendar = aroundTheClock): FreshReviewClock {
  const { remind, escalate, due } = times;
  return {
    ...(remind < due ? { remind: calendar.add(now, remind) } : {}),
    ...(escalate !== undefined && escalate < due ? { escalate: calendar.add(now, escalate) } : {}),
    due: calendar.add(now, due),
  };
}

/**
 * The clock after `extendReview`: reminder and escalation keep their distance from the deadline. There is another
 * reminder, but what has been escalated stays so.
 */
export function extendedClock(
  clock: ReviewClock,
  times: ReviewTimes,
  due: number,
  now: number,
  calendar = aroundTheClock,
): ReviewClock {
  const left = calendar.between(now, due);
  const before = (step: number) => calendar.add(now, Math.max(left - (times.due - step), 0));
  return {
    ...(times.remind < times.due ? { remind: before(times.remind) } : {}),
    ...(clock.escalate !== undefined && times.escalate !== undefined
      ? { escalate: before(times.escalate) }
      : {}),
    due,
  };
}

/** The clock after a pause: what was left of each step's time begins to pass again. */
export function resumedClock(
  clock: ReviewClock,
  pausedAt: number,
  now: number,
  calendar = aroundTheClock,
): ReviewClock {
  const later = Object.entries(clock).map(
    ([step, at]) => [step, calendar.add(now, calendar.between(pausedAt, at))] as const,
  );
  return Object.fromEntries(later);
}

/** What comes next; undefined where nothing does any more. */
export function nextStep(clock: ReviewClock): { readonly step: ReviewStep; readonly at: number } | undefined {
  let next: { step: ReviewStep; at: number } | undefined;
  for (const step of STEPS) {
    const at = clock[step];
    if (at !== undefined && (next === undefined || at < next.at)) next = { step, at };
  }
  return next;
}

/** The clock once a step is taken. */
export function without(clock: ReviewClock, step: ReviewStep): ReviewClock {
  const { [step]: _taken, ...rest } = clock;
  return rest;
}
