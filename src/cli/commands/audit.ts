import type { Command } from 'commander';
import { z } from 'zod';
import { actorText } from '../../domain/people.ts';
import { type BrokenSeal, isSealed, verifyAudit } from '../../store/books/audit-seals.ts';
import { detailsText, trailOf } from '../../store/books/trail.ts';
import { withDatabase } from '../input/database.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';
import { EXIT } from '../output/exit.ts';
import { print, table } from '../output/output.ts';

/** `audit verify` and `audit show`: straight from Postgres. */
export function addAuditCommands(program: Command): void {
  const audit = program
    .command('audit')
    .description('who did what, and whether the record of it is untouched');
  addVerifyCommand(audit);
  addShowCommand(audit);
}

function addVerifyCommand(audit: Command): void {
  audit
    .command('verify')
    .description('find entries of the audit that were changed, removed or inserted since they were sealed')
    .option('--head <hash>', 'a seal that was written down elsewhere: it has to be among the seals')
    .addHelpText('after', '\nAll subscribers. Exit code 1 where something is not as it was sealed.')
    .action(async (_options: unknown, command: Command) => {
      const { head: known } = z.object({ head: z.string().exactOptional() }).parse(command.opts());
      const { isKnown, ...verified } = await withDatabase(async (pool) => {
        return {
          isKnown: known === undefined || (await isSealed(pool, known)),
          ...(await verifyAudit(pool)),
        };
      });
      const { broken, head, entries } = verified;
      const isIntact = broken.length === 0 && isKnown;
      const sealed = head
        ? `sealed up to entry ${head.lastId}, ${head.at.toISOString()}: ${head.hash}`
        : 'nothing is sealed yet';
      const text = [
        `${entries} entries compared, ${sealed}`,
        ...broken.map(describeBroken),
        ...(isKnown ? [] : [`${known} is no seal: the seals were made anew, or it is of another database`]),
        isIntact ? 'Every entry is as it was sealed.' : 'The audit is not what was sealed.',
      ].join('\n');
      print(wantsJson(command), { intact: isIntact, ...verified }, text);
      if (!isIntact) process.exitCode = EXIT.refused;
    });
}

function describeBroken({ afterId, seal, found }: BrokenSeal): string {
  const between = `between entry ${afterId} and ${seal.lastId}, sealed ${seal.at.toISOString()}`;
  if (found === seal.entries) return `${between}: an entry was changed`;
  const how = found < seal.entries ? 'removed' : 'inserted';
  return `${between}: ${Math.abs(seal.entries - found)} ${how}, of ${seal.entries}`;
}

function addShowCommand(audit: Command): void {
  audit
    .command('show')
    .argument(
      '<subject>',
      'a payment by its unique reference, or a subject such as "customer:…" or "ruleSet:…"',
    )
    .description('who did what to a payment, or to another subject, oldest first')
    .action(async (text: string, _options: unknown, command: Command) => {
      const subject = text.includes(':') ? text : `payment:${text}`;
      const trail = await withDatabase((pool) =>
        trailOf(pool, { subscriberId: subscriberOf(command), subject }),
      );
      const rows = trail.map((entry) => [
        entry.at.toISOString(),
        entry.action,
        actorText(entry.actor),
        detailsText(entry),
      ]);
      const shown =
        rows.length === 0
          ? `the audit has nothing about ${subject}`
          : table(['at', 'action', 'by', 'details'], rows);
      print(wantsJson(command), trail, shown);
    });
}
