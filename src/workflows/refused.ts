import { ApplicationFailure } from '@temporalio/workflow';

/** What an update's validator throws. The dialog of the Temporal UI shows its text, and would show its stack below. */
export function refused(text: string): ApplicationFailure {
  const failure = ApplicationFailure.create({ message: text, type: 'Refused', nonRetryable: true });
  failure.stack = '';
  return failure;
}
