import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { type KnownActor, problemOfName, type Signed } from '../../domain/people.ts';
import { signatureBy } from '../../domain/rights.ts';
import type { Role } from '../../domain/roles.ts';
import { UsageError } from '../output/exit.ts';

const signature = z.object({ by: z.string().default(''), reason: z.string().exactOptional() });

/** Asks a command's caller who says so, and why. */
export function signed(command: Command): Command {
  return named(command).option('--reason <text>', 'why, for the audit');
}

/** Asks a command's caller who says so. */
export function named(command: Command): Command {
  return command.option(
    '--by <name>',
    'who says so; left out where you are signed in, and there only for administrators, who may act for another',
  );
}

/**
 * Who says so, and why.
 * @param person who is signed in; undefined where no one is, so that the name is typed
 * @throws UsageError where it is not signed, by the example only, or with another person's name
 */
export function signatureOf(
  command: Command,
  person: { readonly name: string; readonly roles: readonly Role[] } | undefined,
): Signed<KnownActor> {
  const { by, reason = '' } = signature.parse(command.opts());
  const needsReason = command.options.some(({ long }) => long === '--reason');
  const missing = [
    ...(person === undefined && by.trim() === '' ? ['--by NAME'] : []),
    ...(needsReason && reason.trim() === '' ? ['--reason TEXT'] : []),
  ];
  if (missing.length > 0) {
    const signIn = missing[0] === '--by NAME' ? '; or sign in: payment-block sign-in' : '';
    throw new UsageError(`say who and why, for the audit: ${missing.join(' ')}${signIn}`);
  }
  if (person) {
    const given = signatureBy({ name: person.name, roles: new Set(person.roles) }, { operator: by, reason });
    if ('problem' in given) throw new UsageError(`--by: ${given.problem}`);
    const actor: KnownActor = { name: given.operator, known: { by: 'signedIn', door: 'cli' } };
    return { actor, reason: given.reason };
  }
  const problem = problemOfName(by);
  if (problem !== undefined) throw new UsageError(`--by ${problem}`);
  return { actor: { name: by, known: { by: 'typed', door: 'cli' } }, reason };
}

/** What is in a document's file. @throws UsageError where it cannot be read */
export async function readDocumentFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
