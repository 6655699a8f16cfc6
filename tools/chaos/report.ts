import { count as grouped } from '../../src/cli/output/progress-bar.ts';
import { Samples } from '../bench/samples.ts';
import { duration } from '../progress.ts';
import { promises } from './count.ts';
import type { ChaosOptions, Outcome } from './run.ts';

/** Whether every promise was kept, and nothing was left out of the run. */
export function isGreen(outcome: Outcome, { lifecycles }: ChaosOptions): boolean {
  return (
    outcome.begun >= lifecycles &&
    Object.values(outcome.violations).every((list) => list.length === 0) &&
    [...outcome.failpoints.values()].every((hits) => hits > 0)
  );
}

/** What a run came to, for a person to read. */
export function reportOf(outcome: Outcome, options: ChaosOptions): string {
  const times = new Samples();
  for (const { milliseconds } of outcome.ended) times.add(milliseconds);
  const points = [...outcome.failpoints];
  const missed = points.filter(([, hits]) => hits === 0).map(([point]) => point);
  const lines: (readonly [string, string])[] = [
    [
      'lifecycles',
      `${grouped(outcome.begun)} in ${duration(outcome.seconds * 1000)}: ${listed(outcome.outcomes)}`,
    ],
    ['killed', listed(outcome.kills)],
    ['failpoints', `${points.length - missed.length} of ${points.length} hit`],
    ...points.map(([point, hits]) => ['', `${point} ${hits}`] as const),
    ['ended by itself', outcome.endedByThemselves.join(', ') || 'none'],
    ['network', listed(outcome.networkFaults)],
    ['gateway', listed(outcome.gatewayFaults)],
    ['database', `${listed(outcome.databaseErrors)}; ${grouped(outcome.stepsGivenUp)} steps given up`],
    ['calls repeated', grouped(outcome.repeatedCalls)],
    [
      'to the end',
      `p50 ${duration(times.quantile(0.5))}, p95 ${duration(times.quantile(0.95))}, longest ${duration(times.quantile(1))}`,
    ],
    [
      'refunds',
      `${grouped(outcome.bookedByGateway)} in the gateway's books, ${grouped(outcome.paidByGateway)} of them paid`,
    ],
    [
      'notifications',
      `${grouped(outcome.events)} events in ${grouped(outcome.mails)} mails, ${grouped(outcome.webhooks)} webhooks`,
    ],
    ...Object.entries(outcome.violations).map(([name, whom]) => violation(name, whom)),
    ['again', commandOf(options)],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`.trimEnd()).join('\n');
}

/** The report for programs. */
export function jsonOf(outcome: Outcome, options: ChaosOptions): string {
  const failpoints = Object.fromEntries(outcome.failpoints);
  const green = isGreen(outcome, options);
  return `${JSON.stringify({ green, options, ...outcome, failpoints }, undefined, 2)}\n`;
}

/** The command that repeats the run: the same plan, though what meets what is the machine's. */
function commandOf(options: ChaosOptions): string {
  const { lifecycles, seed, rate, concurrency, minutes, kills, newKeyPerRetry } = options;
  const switches = `${kills ? '' : ' --no-kills'}${newKeyPerRetry ? ' --new-key-per-retry' : ''}`;
  return (
    `npm run chaos -- --lifecycles ${lifecycles} --seed ${seed} --rate ${rate} --concurrency ${concurrency} ` +
    `--minutes ${minutes}${switches}`
  );
}

const SHOWN = 5;

function violation(name: string, whom: readonly string[]): readonly [string, string] {
  const what = Object.entries(promises).find(([promise]) => promise === name)?.[1] ?? name;
  const more = whom.length > SHOWN ? ', …' : '';
  return [what, whom.length === 0 ? '0' : `${whom.length}: ${whom.slice(0, SHOWN).join(', ')}${more}`];
}

function listed(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, times]) => `${name} ${grouped(times)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
