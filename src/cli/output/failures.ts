import { CommanderError } from 'commander';
import { failureOf } from '../../failures/failure.ts';
import { EXIT, Unreachable, UsageError } from './exit.ts';

/** A failure: for a person a message, for a script what kind it is of and the exit code. */
export interface Failure {
  readonly kind: keyof typeof EXIT;
  readonly message: string;
  readonly exitCode: number;
}

/** What a failure means to the caller: one line, but for a document's list of problems. */
export function explainFailure(error: unknown): Failure {
  if (error instanceof UsageError || error instanceof CommanderError) return failure('usage', error.message);
  if (error instanceof Unreachable) return failure('unreachable', error.message);
  const call = failureOf(error);
  switch (call.kind) {
    case 'notFound':
      return failure('refused', 'not found: there is no such payment of this service subscriber');
    case 'messageRefused':
    case 'alreadyBlocked':
    case 'changeRefused':
      return failure('refused', `refused: ${call.error.message}`);
    case 'ruleSetRefused':
    case 'settingsRefused':
      return { ...failure('refused', ''), message: `refused: ${call.error.message}` };
    case 'overloaded':
      return failure('unreachable', 'too busy: there are more calls than can be carried. Try again.');
    case 'unavailable':
      return failure('unreachable', UNAVAILABLE[call.what]);
    case 'fault':
      return failure('refused', call.error instanceof Error ? call.error.message : String(call.error));
    case 'refused':
    case 'invalid':
    case 'unreadable':
    case 'notAuthenticated':
    case 'tooManyAttempts':
    case 'forbidden':
      return failure('refused', call.error.message);
  }
}

const UNAVAILABLE = {
  lifecycle:
    'out of reach: no worker answered in time. What was asked for may still be carried out: look at the status before you repeat it.',
  store: 'out of reach: Postgres does not answer. Check DATABASE_URL.',
} as const;

function failure(kind: keyof typeof EXIT, message: string): Failure {
  return { kind, message: oneLine(message), exitCode: EXIT[kind] };
}

function oneLine(text: string): string {
  return text.replace(/:\s*\n\s*/g, ': ').replace(/\s*\n\s*/g, '; ');
}
