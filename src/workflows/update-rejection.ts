import { ApplicationFailure } from '@temporalio/workflow';

/** What an Update is rejected with. The dialog of the Temporal UI shows its text, and would show its stack below. */
export function rejectUpdate(text: string): ApplicationFailure {
  const failure = ApplicationFailure.create({ message: text, type: 'Rejected', nonRetryable: true });
  failure.stack = '';
  return failure;
}
