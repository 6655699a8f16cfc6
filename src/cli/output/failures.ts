import { CommanderError } from 'commander';
import {
  LifecycleUnavailable,
  MessageRefused,
  PaymentAlreadyBlocked,
  PaymentNotFound,
} from '../../client/index.ts';
import { RuleSetRefused } from '../../store/rules/rule-sets.ts';
import { SettingsRefused } from '../../store/settings/settings.ts';
import { isStoreUnavailable } from '../../store/db/unavailable.ts';

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

/** What a failure means to whom called: one line, but for a document's list of problems. */
export function explainFailure(error: unknown): Failure {
  const kind = kindOf(error);
  const isList = error instanceof RuleSetRefused || error instanceof SettingsRefused;
  const message = isList ? `refused: ${error.message}` : oneLine(textOf(error));
  return { kind, message, exitCode: EXIT[kind] };
}

function kindOf(error: unknown): keyof typeof EXIT {
  if (error instanceof UsageError || error instanceof CommanderError) return 'usage';
  if (error instanceof Unreachable || error instanceof LifecycleUnavailable || isStoreUnavailable(error))
    return 'unreachable';
  return 'refused';
}

function textOf(error: unknown): string {
  if (error instanceof PaymentNotFound)
    return 'not found: there is no such payment of this service subscriber';
  if (error instanceof MessageRefused || error instanceof PaymentAlreadyBlocked)
    return `refused: ${error.message}`;
  if (error instanceof LifecycleUnavailable) {
    return 'out of reach: no worker answered in time. What was asked for may still be carried out: look at the status before you repeat it.';
  }
  if (isStoreUnavailable(error)) return 'out of reach: Postgres does not answer. Check DATABASE_URL.';
  return error instanceof Error ? error.message : String(error);
}

function oneLine(text: string): string {
  return text.replace(/:\s*\n\s*/g, ': ').replace(/\s*\n\s*/g, '; ');
}
