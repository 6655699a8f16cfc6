import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { isRefused, isStoreUnavailable } from '../store/db/errors.ts';

/**
 * After so many attempts a step that fails by an error of ours is given up: by the retry policy of the steps that is
 * about two minutes.
 */
const MOST_ATTEMPTS = 10;

/**
 * Ends the retries of a step that repeating does not help, so that the lifecycle can put the payment where a person can
 * act. A database that is away, or that asks for a repetition, is waited for without an end.
 * @param type the type of the failure, where the lifecycle tells it from others
 * @throws ApplicationFailure, not to be retried: what the record refuses at once (its type is StoreConflict or
 *   DataRefused), any other error after MOST_ATTEMPTS (StepBroken)
 */
export async function givingUp<R>(work: () => Promise<R>, type?: string): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApplicationFailure || isStoreUnavailable(error)) throw error;
    if (isRefused(error)) throw ApplicationFailure.nonRetryable(error.message, type ?? error.name);
    const { attempt } = Context.current().info;
    if (attempt < MOST_ATTEMPTS) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw ApplicationFailure.nonRetryable(
      `${message} (given up after ${attempt} attempts)`,
      type ?? 'StepBroken',
    );
  }
}
