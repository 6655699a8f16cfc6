import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { PaymentCase } from '../domain/payment-case.ts';
import { REFUND_NOT_BEGUN } from '../domain/refund.ts';
import { steps } from './activities.ts';
import { showStatus } from './payment-visibility.ts';

/**
 * Why a step was given up: the record refused it, or it kept failing.
 * @throws the error itself where it is no failure of an activity
 */
export function whyGivenUp(error: unknown): string {
  if (error instanceof ActivityFailure) return error.cause?.message ?? error.message;
  // A local activity's failure comes as it is.
  if (error instanceof ApplicationFailure) return error.message;
  throw error;
}

/** The type of the failure that ended an activity: StoreConflict, DataRefused, StepBroken, GatewayUnavailable … */
export function failureType(error: unknown): string | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? (cause.type ?? undefined) : undefined;
}

/** Whether a step was given up because of our record (activities/give-up.ts), and not because of another side's silence. */
export function isOfTheRecord(error: unknown): boolean {
  const type = failureType(error);
  return type !== undefined && OF_THE_RECORD.has(type);
}

const OF_THE_RECORD = new Set(['StoreConflict', 'DataRefused', 'StepBroken', REFUND_NOT_BEGUN]);

/** Shows that a step was given up, in the details and in the attributes, and opens a task for a person. */
export async function reportGivenUp(current: PaymentCase, step: string, reason: string): Promise<void> {
  current.log.event(Date.now(), `given up: ${step} (${reason})`);
  showStatus(current, { needsAttention: true });
  const { subscriberId, uniqueReference } = current.ref;
  await openTask(subscriberId, `payment:${uniqueReference}`, step, reason, current.status);
}

/** Opens the task. Where even that is given up, the run's details are what is left. */
export async function openTask(
  subscriberId: string,
  subject: string,
  step: string,
  reason: string,
  now: string,
): Promise<void> {
  try {
    await steps.reportGivenUp({ subscriberId, subject, step, reason, now });
  } catch (error) {
    whyGivenUp(error);
  }
}
