import { expect, test } from 'vitest';
import { inTurns, measure, type Round, Rounds } from '../../../tools/bench/rounds.ts';
import { targetTable } from '../../../tools/bench/targets.ts';

test('a life that fails is counted, and the others go on', async () => {
  const round = await measure(
    async (index) => {
      if (index === 1) throw new Error('refused');
      return { block: index };
    },
    5,
    2,
  );
  expect(round.failures).toEqual(['refused']);
  expect(round.samples.get('block')?.count).toBe(4);
  expect(round.samples.get('life')?.count).toBe(4);
});

test('ways are measured in turns, and of the round that warms up only the failures are kept', async () => {
  const [one, other] = [new Rounds('one'), new Rounds('other')];
  const order: string[] = [];
  const speeds = [1, 10, 30, 20];
  const take = (name: string, factor: number) => async () => {
    const perSecond = (speeds[order.filter((taken) => taken === name).length] ?? 0) * factor;
    order.push(name);
    return roundOf(perSecond);
  };
  await inTurns(
    [
      { into: one, take: take('one', 1) },
      { into: other, take: take('other', 2) },
    ],
    3,
    async () => {},
  );
  expect(order.slice(0, 4)).toEqual(['one', 'other', 'one', 'other']);
  expect(one.perSecond).toBe(20);
  expect(other.perSecondTo(one)).toBe(2);
  expect(one.failures).toHaveLength(4);
});

test('a ratio is that of each round, for the machine is not always as fast', () => {
  const [one, other] = [new Rounds('one'), new Rounds('other')];
  for (const [mine, theirs] of [
    [10, 20],
    [100, 200],
    [30, 60],
  ]) {
    one.add(roundOf(mine ?? 0));
    other.add(roundOf(theirs ?? 0));
  }
  expect(one.perSecondTo(other)).toBe(0.5);
});

test('an aim that was not measured is not met', () => {
  const { rows } = targetTable([
    { what: 'fast', atLeast: 0.65, reached: 0.7 },
    { what: 'slow', atLeast: 0.65, reached: 0.6 },
    { what: 'late', atMost: 1.5, reached: 1.6 },
    { what: 'failed', atMost: 1.5, reached: Number.NaN },
  ]);
  expect(rows.map((row) => row.at(-1))).toEqual(['yes', 'no', 'no', 'no']);
});

function roundOf(perSecond: number): Round {
  return { perSecond, samples: new Map(), failures: ['a failure a round'] };
}
