import { type Command, Option } from 'commander';
import type pg from 'pg';
import { z } from 'zod';
import type { Signed } from '../../domain/people.ts';
import {
  type ChangeInFull,
  changeStates,
  type ProposedChange,
  rightToMake,
} from '../../domain/proposed-change.ts';
import { type ChangeRef, confirmChange, rejectChange } from '../../store/changes/end-change.ts';
import { proposedChanges, requireChange } from '../../store/changes/proposed-changes.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { readRowNumber } from '../input/options.ts';
import { optionalSubscriberOf, subscriberOf, wantsJson } from '../input/session.ts';
import { signed } from '../input/signed.ts';
import { describeChange, describeChangeInFull } from '../output/changes-text.ts';
import { UsageError } from '../output/exit.ts';
import { print } from '../output/output.ts';

const listOptions = z.object({
  state: z.enum([...changeStates, 'all']),
  limit: z.coerce.number().int().min(1).max(1000),
});

/** `changes`: what one person has proposed and another one confirms. Straight to Postgres. */
export function addChangeCommands(program: Command): void {
  const changes = program
    .command('changes')
    .description('what takes two people: proposed by one, confirmed by another');

  changes
    .command('list', { isDefault: true })
    .description('proposed changes, newest first; of every subscriber unless --subscriber names one')
    .addOption(new Option('--state <state>').choices([...changeStates, 'all']).default('open'))
    .option('--limit <number>', '1 to 1000', '100')
    .action(async (_options: unknown, command: Command) => {
      const options = listOptions.safeParse(command.opts());
      if (!options.success) throw new UsageError('--limit is a whole number from 1 to 1000');
      const subscriberId = optionalSubscriberOf(command);
      const found = await withDatabase((pool) => proposedChanges(pool, { subscriberId, ...options.data }));
      const text = found.map((change) => describeChange(change)).join('\n\n');
      print(wantsJson(command), found, text === '' ? 'nothing waits for a second person' : text);
    });

  changes
    .command('show')
    .argument('<changeId>', 'its number, as "changes" shows it')
    .description('one change in full: what is carried out once another person confirms it')
    .action(async (text: string, _options: unknown, command: Command) => {
      const change = await read(refOf(command, text));
      print(wantsJson(command), change, describeChangeInFull(change));
    });

  signed(changes.command('confirm').argument('<changeId>'))
    .description('carry out exactly what another person has proposed')
    .requiredOption('--hash <hash>', "the change's hash, as it was read")
    .action(async (text: string, _options: unknown, command: Command) => {
      const { hash } = z.object({ hash: z.string() }).parse(command.opts());
      const change = await asOneWhoMay(command, text, (pool, ref, by) =>
        confirmChange(pool, ref, hash.toLowerCase(), by),
      );
      print(wantsJson(command), change, describeChange(change));
    });

  signed(changes.command('reject').argument('<changeId>'))
    .description('carry out nothing of it; who has proposed it may take it back so, too')
    .action(async (text: string, _options: unknown, command: Command) => {
      const change = await asOneWhoMay(command, text, rejectChange);
      print(wantsJson(command), change, describeChange(change));
    });
}

/** Ends a change in the name of a person who may make one like it. */
async function asOneWhoMay(
  command: Command,
  text: string,
  work: (pool: pg.Pool, ref: ChangeRef, by: Signed) => Promise<ProposedChange>,
): Promise<ProposedChange> {
  const ref = refOf(command, text);
  const { kind } = await read(ref);
  return withSignature(command, rightToMake[kind], (pool, by) => work(pool, ref, by));
}

function read({ subscriberId, changeId }: ChangeRef): Promise<ChangeInFull> {
  return withDatabase((pool) => requireChange(pool, subscriberId, changeId));
}

function refOf(command: Command, text: string): ChangeRef {
  const changeId = readRowNumber('a change', text);
  return { subscriberId: subscriberOf(command), changeId };
}
