import type { Command } from 'commander';
import { z } from 'zod';
import {
  explainAnswer,
  isWeak,
  type ListEntry,
  type ListKey,
  listKinds,
  listVerdicts,
} from '../../domain/list-entry.ts';
import { readEntry } from '../../lists/entry-text.ts';
import { type CardFingerprint, FINGERPRINT_PREFIX, listValue } from '../../rules/list-value.ts';
import { cardFingerprints } from '../../store/payments/card-fingerprint.ts';
import { lookUp } from '../../store/lists/lists.ts';
import { type Touched, touchedBy } from '../../store/lists/touched.ts';
import { addListEntryChange, removeListEntryChange } from '../../store/changes/kinds/lists.ts';
import { makeChange } from '../../store/changes/make-change.ts';
import { printMade } from '../output/changes-text.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { signed } from '../input/signed.ts';
import { UsageError } from '../output/exit.ts';
import { addListFileCommands } from './list-files.ts';
import { optionOf, readRowNumber } from '../input/options.ts';
import { align, print } from '../output/output.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';

/** `lists add`, `remove`, `lookup`, `import` and `export`: straight to Postgres. */
export function addListCommands(program: Command): void {
  const lists = program
    .command('lists')
    .description('who and what is blocked or allowed')
    .addHelpText(
      'after',
      '\nDATABASE_URL says which database, FINGERPRINT_SECRET makes fingerprints of card tokens.',
    );
  addAddCommand(lists);
  addRemoveCommand(lists);
  addLookUpCommand(lists);
  addListFileCommands(lists, fingerprints);
}

const addOptions = z.object({
  reason: z.string().default(''),
  expiresAt: z.string().default(''),
  dryRun: z.boolean().default(false),
});

function addAddCommand(lists: Command): void {
  signed(
    lists
      .command('add')
      .argument('<kind>', listKinds.join(', '))
      .argument('<value>', 'a card token or its fingerprint; an address or network; "4242:Ana Lima"; …')
      .argument('<verdict>', listVerdicts.join(', ')),
  )
    .description('add an entry, which holds from the next decision on')
    .option('--expires-at <date>', 'ends by itself then, for example 2026-12-31T12:00Z')
    .option('--dry-run', 'show which payments of the last 30 days it would have been about, and add nothing')
    .action(async (kind: string, value: string, verdict: string, _options: unknown, command: Command) => {
      const { reason, expiresAt, dryRun } = addOptions.parse(command.opts());
      const read = readEntry({ kind, value, verdict, reason, expiresAt }, fingerprints(), new Date());
      if ('problems' in read) {
        throw new UsageError(read.problems.map(({ field, text }) => `${field} ${text}`).join('; '));
      }
      const subscriberId = subscriberOf(command);
      if (dryRun) {
        const touched = await withDatabase((pool) =>
          touchedBy(pool, subscriberId, read.entry, fingerprints()),
        );
        print(wantsJson(command), touched, describeTouched(touched));
        return;
      }
      const made = await withSignature(command, 'lists.write', (pool, by) => {
        const entry = { ...read.entry, reason: by.reason };
        return makeChange(pool, addListEntryChange, subscriberId, entry, by);
      });
      printMade(wantsJson(command), made, ({ added, entry }) => {
        const text = `${added ? 'added' : 'was listed before, and is left as it was'}\n${describeEntry(entry)}`;
        print(wantsJson(command), { added, entry }, text);
      });
    });
}

function addRemoveCommand(lists: Command): void {
  signed(lists.command('remove').argument('<entryId>', 'the number of the entry, as "lists lookup" shows it'))
    .description('take an entry off the lists; the record of it stays')
    .action(async (text: string, _options: unknown, command: Command) => {
      const entryId = readRowNumber('an entry', text);
      const subscriberId = subscriberOf(command);
      const made = await withSignature(command, 'lists.write', (pool, by) =>
        makeChange(pool, removeListEntryChange, subscriberId, { entryId }, by),
      );
      printMade(wantsJson(command), made, (entry) => {
        if (!entry)
          throw new Error('not found: this service subscriber has no such entry, or it was removed before');
        print(wantsJson(command), { removed: entry }, `removed\n${describeEntry(entry)}`);
      });
    });
}

function addLookUpCommand(lists: Command): void {
  const lookup = lists
    .command('lookup')
    .description('is it blocked, and why: what the lists say of a payment with these values');
  for (const kind of listKinds) lookup.option(`--${optionOf(kind)} <text>`);
  lookup.action(async (_options: unknown, command: Command) => {
    const options = z.partialRecord(z.enum(listKinds), z.string()).parse(command.opts());
    const keys = listKinds.flatMap((kind): ListKey[] => {
      const text = options[kind];
      if (text === undefined) return [];
      const read = listValue(kind, text, fingerprints());
      if ('problem' in read) throw new UsageError(`--${optionOf(kind)} ${read.problem}`);
      return [{ kind, value: read.value }];
    });
    if (keys.length === 0)
      throw new UsageError(`say what to look up: --${listKinds.map(optionOf).join(', --')}`);
    const answer = await withDatabase((pool) => lookUp(pool, subscriberOf(command), keys));
    const text = [explainAnswer(answer), ...answer.matches.map(describeEntry)].join('\n\n');
    print(wantsJson(command), { ...answer, explanation: explainAnswer(answer) }, text);
  });
}

function describeTouched({ days, payments, touched, byStatus, examples }: Touched): string {
  const share = payments === 0 ? '' : ` (${((touched / payments) * 100).toFixed(1)} %)`;
  return align([
    ['payments', `${payments} in the last ${days} days`],
    ['about', `${touched} of them${share}; nothing was added`],
    ...Object.entries(byStatus).map(([status, count]) => [status, String(count)] as const),
    ['such as', examples.length === 0 ? undefined : examples.join(', ')],
  ]);
}

/** Fingerprints under the secret of the environment, which is only needed where there is a card token. */
function fingerprints(): CardFingerprint {
  return (token) => {
    const secret = process.env['FINGERPRINT_SECRET'] ?? '';
    if (secret.length >= 32) return cardFingerprints(secret)(token);
    throw new UsageError(
      'a card token is listed by its fingerprint: set FINGERPRINT_SECRET to the secret that the worker has ' +
        `(32 characters or more), or give the fingerprint itself (${FINGERPRINT_PREFIX}…)`,
    );
  };
}

function describeEntry({
  entryId,
  kind,
  value,
  verdict,
  reason,
  addedBy,
  addedAt,
  expiresAt,
}: ListEntry): string {
  return align([
    ['entry', String(entryId)],
    ['verdict', verdict],
    [kind, `${value}${isWeak(kind) ? " (weak: can be another person's)" : ''}`],
    ['why', reason],
    ['added', `${addedAt.toISOString()} by ${addedBy}`],
    ['until', expiresAt?.toISOString() ?? 'it is removed'],
  ]);
}
