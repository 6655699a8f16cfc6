import { spawnSync } from 'node:child_process';
import { count as zodMessages, ProgressBar } from '../../src/cli/output/progress-bar.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { allEnded, type Findings } from './lifecycles.ts';
import { blockAndHold, heldByClient, suspect, unblockByClient } from './lives.ts';
import { inTurns, measure, Rounds } from './rounds.ts';
import { numbers } from './tables.ts';
import type { World } from './world.ts';

/**
 * Lives while so many payments wait for a decision: new ones, and the ends of those that have waited longest, which the
 * worker may have to read anew.
 * @param levels how many wait, ascending
 */
export async function benchWaiting(
  world: World,
  levels: readonly number[],
  { count, atOnce, rounds }: { readonly count: number; readonly atOnce: number; readonly rounds: number },
): Promise<Findings> {
  const parked: BlockedPayment[] = [];
  const found: { level: number; fresh: Rounds; old: Rounds; parking: Rounds; megabytes: number }[] = [];
  for (const level of levels) {
    const [fresh, old, parking] = [new Rounds('new ones'), new Rounds('old ones'), new Rounds('blocked')];
    parking.add(await park(world, parked, level, atOnce));
    const live = async () => {
      const {
        block = Number.NaN,
        unblock = Number.NaN,
        refund = Number.NaN,
      } = await heldByClient(world, suspect());
      return { block, unblock, refund, decided: block + unblock };
    };
    await inTurns([{ into: fresh, take: () => measure(live, count, atOnce) }], rounds, () =>
      allEnded(world, parked.length),
    );
    const oldest = parked.splice(0, Math.ceil(Math.min(count, level / 2)));
    old.add(
      await measure(
        async (index) => {
          const payment = oldest[index];
          if (payment === undefined) throw new Error('more are unblocked than wait');
          return unblockByClient(world, payment);
        },
        oldest.length,
        atOnce,
      ),
    );
    found.push({ level, fresh, old, parking, megabytes: memoryOf(world.workerPid) });
  }
  return {
    tables: [
      {
        title: `While payments wait, ${count} new lifecycles, ${atOnce} at once, and unblock of the oldest: ms, medians of ${rounds} rounds`,
        columns: [
          ...numbers(0, 'waiting'),
          ...numbers(
            1,
            'lives/s',
            'block p50',
            'block p99',
            'unblock p50',
            'unblock p99',
            'both p50',
            'both p99',
          ),
          ...numbers(1, 'oldest p50', 'oldest p99'),
          ...numbers(0, 'worker MB', 'failed'),
        ],
        rows: found.map(({ level, fresh, old, parking, megabytes }) => [
          level,
          fresh.perSecond,
          ...['block', 'unblock', 'decided'].flatMap((step) => [
            fresh.quantile(step, 0.5),
            fresh.quantile(step, 0.99),
          ]),
          old.quantile('unblock', 0.5),
          old.quantile('unblock', 0.99),
          megabytes,
          fresh.failures.length + old.failures.length + parking.failures.length,
        ]),
      },
    ],
    targets: targetsOf(found),
    failures: found.flatMap(({ fresh, old, parking }) =>
      [fresh, old, parking].flatMap(({ failures }) => failures),
    ),
  };
}

/** The waiting that is aimed at: what may not grow from the fewest to 10,000. */
function targetsOf(found: readonly { level: number; fresh: Rounds }[]): Findings['targets'] {
  const [few] = found;
  const many = found.findLast(({ level }) => level <= 10_000);
  if (few === undefined || many === undefined) return [];
  const p99 = ({ fresh }: { fresh: Rounds }) => fresh.quantile('decided', 0.99) ?? Number.NaN;
  return [
    {
      what: `p99 of block and unblock with ${zodMessages(many.level)} waiting, to ${zodMessages(few.level)}`,
      atMost: 1.5,
      reached: p99(many) / p99(few),
    },
  ];
}

async function park(world: World, parked: BlockedPayment[], level: number, atOnce: number) {
  const missing = level - parked.length;
  const bar = new ProgressBar(`payments held, until ${zodMessages(level)} wait`, missing);
  const before = parked.length;
  const parking = await measure(
    async () => {
      const payment = suspect();
      await blockAndHold(world, payment);
      parked.push(payment);
      bar.show(parked.length - before);
      return {};
    },
    missing,
    atOnce,
  );
  bar.end();
  return parking;
}

/** The memory that a process has in use, in MB. */
function memoryOf(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return (Number(stdout.trim()) * 1024) / 1e6;
}
