import type { NewTask } from './task.ts';

/** A step of a payment's or a customer's run that was given up. */
export interface StepGivenUp {
  readonly subscriberId: string;
  /** "payment:<uniqueReference>" or "customer:<customerUuid>" */
  readonly subject: string;
  /** What could not be done, in a few words: "release to the merchant". */
  readonly step: string;
  readonly reason: string;
  /** Where the payment or the customer is now. */
  readonly now: string;
}

/** The task that a step given up is. */
export function stepFailedTask({ subscriberId, subject, step, reason, now }: StepGivenUp): NewTask {
  return {
    subscriberId,
    kind: 'stepFailed',
    subject: `${subject}:${step}`,
    summary: `${subject.replace(':', ' ')}: "${step}" was given up: ${reason}. It is now ${now}.`,
    details: { subject, step, reason, now },
  };
}

/** A part of the lifecycle that messages ask something of. */
export type Part = 'decision' | 'review' | 'refund' | 'journal';

/** The newest step of each part that was given up: what asked for it was not carried out. */
export type GivenUp = { [P in Part]?: { readonly reason: string } };
