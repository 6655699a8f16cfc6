import { CommanderError } from 'commander';
import { failureOf } from '../../failures/failure.ts';

/** How a command ends. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** The table of exit codes, as the help shows it. */
export const EXIT_CODES =
  '0 done, 1 refused or not found, 2 used wrongly, 3 Temporal, the workers or Postgres cannot be reached';

/** The command was given something that it cannot work with. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command needs does not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

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
