import { setTimeout as sleep } from 'node:timers/promises';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import { PAYMENT_LIFECYCLE } from '../../src/temporal/contract.ts';
import { costOf } from './history-cost.ts';
import {
  floor,
  heldByClient,
  heldOverHttp,
  newFloorId,
  passing,
  releasedByClient,
  releasedOverHttp,
  rulesCall,
  shopper,
  suspect,
  textbook,
  textbookId,
} from './lives.ts';
import { inTurns, measure, Rounds, type Way } from './rounds.ts';
import { type Measured, numbers } from './tables.ts';
import type { Target } from './targets.ts';
import type { World } from './world.ts';

/** Rules calls are so much faster than lives that a measure has so many for each. */
const SHOPPERS_A_LIFE = 10;
/** One at a time is slow: a measure has one for so many lives. */
const LIVES_A_SINGLE_ONE = 10;
const SETTLE_MS = 60_000;

const FLOOR = 'floor: start, signal, end';
const TEXTBOOK = 'textbook: three activities';

export interface Findings {
  readonly tables: readonly Measured[];
  readonly targets: readonly Target[];
  readonly failures: readonly string[];
}

/** Lives at once and one at a time, beside the floor and the textbook; and the mix beside the rules call alone. */
export async function benchLifecycles(
  world: World,
  { count, atOnce, rounds }: { readonly count: number; readonly atOnce: number; readonly rounds: number },
): Promise<Findings> {
  const lives = {
    floor: new Rounds(FLOOR),
    textbook: new Rounds(TEXTBOOK),
    held: new Rounds('held and refunded, client'),
    heldHttp: new Rounds('held and refunded, HTTP'),
    released: new Rounds('released by rules, client'),
    releasedHttp: new Rounds('released by rules, HTTP'),
  };
  const single = { floor: new Rounds(FLOOR), held: new Rounds('held and refunded, client') };
  const shop = { rules: new Rounds('rules call alone'), mix: new Rounds('mix: 2 % held and refunded') };
  const turn = (into: Rounds, way: Way, times = count, callers = atOnce) => ({
    into,
    take: () => measure(way, times, callers),
  });
  const singles = Math.ceil(count / LIVES_A_SINGLE_ONE);
  const shoppers = count * SHOPPERS_A_LIFE;
  await inTurns(
    [
      turn(lives.floor, () => floor(world, newFloorId())),
      turn(lives.textbook, () => textbook(world, suspect())),
      turn(lives.held, () => heldByClient(world, suspect())),
      turn(lives.heldHttp, () => heldOverHttp(world, suspect())),
      turn(lives.released, () => releasedByClient(world, passing())),
      turn(lives.releasedHttp, () => releasedOverHttp(world, passing())),
      turn(single.floor, () => floor(world, newFloorId()), singles, 1),
      turn(single.held, () => heldByClient(world, suspect()), singles, 1),
      turn(shop.rules, () => rulesCall(world), shoppers),
      turn(shop.mix, (index) => shopper(world, index), shoppers),
    ],
    rounds,
    () => allEnded(world),
  );

  const all = [...Object.values(lives), ...Object.values(single), ...Object.values(shop)];
  const medians = `ms, medians of ${rounds} rounds`;
  return {
    tables: [
      throughputTable(lives, `${count} lifecycles a measure, ${atOnce} at once: ${medians}`),
      stepsTable(Object.values(lives), `The steps of the same: ${medians}`),
      stepsTable(Object.values(single), `One at a time, ${singles} a measure: ${medians}`),
      shopTable(shop, `${shoppers} shoppers a measure over HTTP, ${atOnce} at once: ${medians}`),
      await costTable(world),
    ],
    targets: [
      {
        what: 'held and refunded by the client, to the floor',
        atLeast: 0.65,
        reached: lives.held.perSecondTo(lives.floor),
      },
      { what: 'the same, to the textbook', atLeast: 1.3, reached: lives.held.perSecondTo(lives.textbook) },
      {
        what: "unblock answered, one at a time, to the floor's whole life",
        atMost: 0.6,
        reached: unblockToFloor(single),
      },
      {
        what: 'released by the rules, by the client, to the floor',
        atLeast: 1,
        reached: lives.released.perSecondTo(lives.floor),
      },
      {
        what: 'released by the rules, over HTTP, to the floor',
        atLeast: 1,
        reached: lives.releasedHttp.perSecondTo(lives.floor),
      },
      {
        what: 'the mix with 2 % held, to the rules call alone',
        atLeast: 0.5,
        reached: shop.mix.perSecondTo(shop.rules),
      },
    ],
    failures: all.flatMap(({ failures }) => failures),
  };
}

function throughputTable(
  lives: Readonly<Record<string, Rounds>> & { readonly floor: Rounds; readonly textbook: Rounds },
  title: string,
): Measured {
  return {
    title,
    columns: [
      { name: 'lifecycle' },
      ...numbers(1, 'lives/s'),
      ...numbers(2, 'to floor', 'to textbook'),
      ...numbers(1, 'life p50', 'life p99'),
      ...numbers(0, 'failed'),
    ],
    rows: Object.values(lives).map((way) => [
      way.name,
      way.perSecond,
      way.perSecondTo(lives.floor),
      way.perSecondTo(lives.textbook),
      ...bothQuantiles(way, 'life'),
      way.failures.length,
    ]),
  };
}

function stepsTable(ways: readonly Rounds[], title: string): Measured {
  const steps = ['block', 'unblock', 'refund'];
  return {
    title,
    columns: [
      { name: 'lifecycle' },
      ...numbers(1, ...steps.flatMap((step) => [`${step} p50`, `${step} p99`]), 'life p50', 'life p99'),
    ],
    rows: ways.map((way) => [way.name, ...[...steps, 'life'].flatMap((step) => bothQuantiles(way, step))]),
  };
}

function unblockToFloor({ floor: least, held }: { readonly floor: Rounds; readonly held: Rounds }): number {
  return (held.quantile('unblock', 0.5) ?? Number.NaN) / (least.quantile('life', 0.5) ?? Number.NaN);
}

function shopTable({ rules, mix }: Readonly<Record<'rules' | 'mix', Rounds>>, title: string): Measured {
  return {
    title,
    columns: [
      { name: 'shoppers' },
      ...numbers(1, 'shoppers/s'),
      ...numbers(2, 'to alone'),
      ...numbers(1, ...['rules call', 'block', 'unblock'].flatMap((step) => [`${step} p50`, `${step} p99`])),
      ...numbers(0, 'failed'),
    ],
    rows: [rules, mix].map((way) => [
      way.name,
      way.perSecond,
      way.perSecondTo(rules),
      ...['call', 'block', 'unblock'].flatMap((step) => bothQuantiles(way, step)),
      way.failures.length,
    ]),
  };
}

function bothQuantiles(way: Rounds, step: string): [number | undefined, number | undefined] {
  return [way.quantile(step, 0.5), way.quantile(step, 0.99)];
}

/** One life of each kind on an otherwise idle stack. */
async function costTable(world: World): Promise<Measured> {
  const [floorId, book, held, released] = [newFloorId(), suspect(), suspect(), passing()];
  await floor(world, floorId);
  await textbook(world, book);
  await heldByClient(world, held);
  await releasedByClient(world, released);
  const row = async (name: string, workflowId: string) => {
    const handle = world.temporal.workflow.getHandle(workflowId);
    await handle.result();
    const { events, workflowTasks, regularActivities, actions } = costOf(await handle.fetchHistory());
    const { historySize } = await handle.describe();
    return [name, events, workflowTasks, regularActivities, historySize, actions];
  };
  return {
    title: "One life's history; bytes as the server counts them, actions as Temporal Cloud bills them",
    columns: [
      { name: 'lifecycle' },
      ...numbers(0, 'events', 'workflow tasks', 'activities', 'bytes', 'actions'),
    ],
    rows: [
      await row(FLOOR, floorId),
      await row(TEXTBOOK, textbookId(book)),
      await row('held and refunded', paymentWorkflowId(held)),
      await row('released by rules', paymentWorkflowId(released)),
    ],
  };
}

/**
 * Waits until no payment's run is left but those that are to wait, so that what a run still does after its caller has
 * been answered falls on no later measure.
 */
export async function allEnded({ temporal, taskQueue }: World, butFor = 0): Promise<void> {
  const running = `TaskQueue = '${taskQueue}' AND WorkflowType = '${PAYMENT_LIFECYCLE}' AND ExecutionStatus = 'Running'`;
  const until = Date.now() + SETTLE_MS;
  for (;;) {
    const { count } = await temporal.workflow.count(running);
    if (count <= butFor) return;
    if (Date.now() > until) throw new Error(`${count} runs do not come to their end`);
    await sleep(50);
  }
}
