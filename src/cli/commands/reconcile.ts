import type { Command } from 'commander';
import { z } from 'zod';
import { formatReported, type ReconciliationReport } from '../../domain/reconciliation.ts';
import type { ReconcileProgress, ReconcileRequest } from '../../temporal/contract.ts';
import { readPeriod } from '../input/options.ts';
import { EXIT } from '../output/exit.ts';
import { align, print, table } from '../output/output.ts';
import { count } from '../output/progress-bar.ts';
import { wantsJson, withClient } from '../input/session.ts';

const options = z.object({
  gateway: z.string().exactOptional(),
  from: z.string().exactOptional(),
  to: z.string().exactOptional(),
});

/** `reconcile`: our refunds against the gateways' own reports, now. */
export function addReconcileCommand(program: Command): void {
  program
    .command('reconcile')
    .description("compare our refunds with the gateways' own reports, and print what differs")
    .option('--gateway <name>', 'only this one; else every one that has refunds on record')
    .option('--from <date>', 'refunds that were sent from this time on; else the last 35 days')
    .option('--to <date>', 'up to this time, itself left out; else ten minutes ago')
    .addHelpText(
      'after',
      '\nAll subscribers. Every difference becomes a task ("payment-block tasks"). Exit code 1 if there is one.',
    )
    .action(async (_options: unknown, command: Command) => {
      const request = requestOf(options.parse(command.opts()));
      const reports = await withClient((client) => client.reconcile(request, showProgress())).finally(
        endProgress,
      );
      const text = reports.map(describeReport).join('\n\n');
      print(wantsJson(command), reports, text === '' ? 'no gateway has refunds on record' : text);
      if (reports.some(({ counts }) => differencesIn(counts) > 0)) process.exitCode = EXIT.refused;
    });
}

function requestOf({ gateway, from, to }: z.infer<typeof options>): ReconcileRequest {
  const bounds = readPeriod({ from, to });
  return {
    ...(gateway === undefined ? {} : { gateway }),
    ...(bounds.from && { from: bounds.from.toISOString() }),
    ...(bounds.to && { to: bounds.to.toISOString() }),
  };
}

function differencesIn({ matched: _agree, ...differ }: ReconciliationReport['counts']): number {
  return Object.values(differ).reduce((sum, number) => sum + number, 0);
}

function describeReport(report: ReconciliationReport): string {
  const { gateway, from, to, counts, totals, differences, tasksOpened, tasksClosed } = report;
  const differing = differencesIn(counts);
  const head = align([
    ['gateway', gateway],
    ['refunds', `sent from ${from} to ${to}`],
    ['tasks', `${count(tasksOpened)} opened, ${count(tasksClosed)} closed`],
  ]);
  const money = table(
    ['outcome', 'refunds', 'here', 'at the gateway'],
    totals.map(({ outcome, currency, refunds, ours, theirs }) => [
      outcome,
      count(refunds),
      formatReported({ minor: ours, currency }),
      formatReported({ minor: theirs, currency }),
    ]),
    ['refunds', 'here', 'at the gateway'],
  );
  const told = differences.map(({ kind, subject, summary, nextStep }) =>
    align([
      [kind, subject],
      ['known', summary],
      ['to do', nextStep],
    ]),
  );
  const more =
    differing > differences.length
      ? [`… and ${count(differing - differences.length)} more: payment-block tasks`]
      : [];
  const agreed =
    totals.length === 0 ? 'No refund was sent in that time, and none taken in.' : 'Both sides agree.';
  const verdict = differing === 0 ? [agreed] : [...told, ...more];
  return [head, ...(totals.length === 0 ? [] : [money]), ...verdict].join('\n\n');
}

const LINE_EVERY_MS = 5_000;

/** At a terminal one line that moves, elsewhere a line now and then. */
function showProgress(): (progress: ReconcileProgress, waitsFor: string | undefined) => void {
  let shownAt = 0;
  return ({ gateway, reported }, waitsFor) => {
    const { isTTY } = process.stderr;
    if (!isTTY && Date.now() - shownAt < LINE_EVERY_MS) return;
    shownAt = Date.now();
    const line = `${gateway}: ${count(reported)} refunds of its report read${waitsFor === undefined ? '' : `; tries again: ${waitsFor}`}`;
    process.stderr.write(isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  };
}

function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
