/** What the end of a review does when nobody has decided: money goes back, goes on, or stays until somebody does. */
export type DeadlineAction = 'refund' | 'release' | 'stayHeld';

/** How long a held payment may wait for an operator. */
export interface ReviewPolicy {
  /** Milliseconds from the hold to the reminder. */
  readonly reminderAfterMs: number;
  /** Milliseconds from the hold to the deadline. */
  readonly deadlineAfterMs: number;
  readonly deadlineAction: DeadlineAction;
}

/** When a review wakes next, and for what; times are epoch milliseconds. */
export interface ReviewClock {
  readonly dueAt: number;
  /** Undefined once the reminder was sent. */
  readonly remindAt: number | undefined;
}

/** The clock of a review that begins now. */
export function startReview(policy: ReviewPolicy, now: number): ReviewClock {
  const dueAt = now + policy.deadlineAfterMs;
  const remindAt = now + policy.reminderAfterMs;
  return { dueAt, remindAt: remindAt < dueAt ? remindAt : undefined };
}

/** The clock after `extendReview`: the reminder keeps its distance from the deadline. */
export function extendReview(clock: ReviewClock, policy: ReviewPolicy, dueAt: number): ReviewClock {
  return { ...clock, dueAt, remindAt: dueAt - (policy.deadlineAfterMs - policy.reminderAfterMs) };
}
