import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { problemOfName, type KnownActor, type Signed } from '../../domain/people.ts';
import { UsageError } from '../output/exit.ts';

const signature = z.object({ by: z.string().default(''), reason: z.string().default('') });

/** Asks a command's caller who says so, and why. */
export function signed(command: Command): Command {
  return command
    .requiredOption('--by <name>', 'who says so')
    .requiredOption('--reason <text>', 'why, for the audit');
}

/** Who says so, and why. @throws UsageError where it is not signed, or by the example only */
export function signatureOf(command: Command): Signed<KnownActor> {
  const { by, reason } = signature.parse(command.opts());
  if (by.trim() === '' || reason.trim() === '') {
    throw new UsageError('say who and why, for the audit: --by NAME --reason TEXT');
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
