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

/** The command was given something that it cannot work with. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command needs does not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** A failure as one line for a person, and the exit code for a script. */
export function explainFailure(error: unknown): { text: string; exitCode: number } {
  const exitCode = exitCodeOf(error);
  // What is wrong with a document is a list.
  if (error instanceof RuleSetRefused || error instanceof SettingsRefused)
    return { text: `refused: ${error.message}`, exitCode };
  return { text: oneLine(textOf(error)), exitCode };
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof Unreachable || error instanceof LifecycleUnavailable || isStoreUnavailable(error)) {
    return EXIT.unreachable;
  }
  return EXIT.refused;
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
