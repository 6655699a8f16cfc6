import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  extendedClock,
  nextStep,
  resumedClock,
  type ReviewClock,
  startedClock,
  without,
} from '../../src/domain/review.ts';

const HOUR = 3600_000;
const NOW = Date.UTC(2026, 0, 1);
const times = { remind: 4 * HOUR, escalate: 8 * HOUR, due: 24 * HOUR };

test('the steps come in the order of their times, each once', () => {
  let clock: ReviewClock = startedClock(times, NOW);
  const taken = [];
  for (let next = nextStep(clock); next; next = nextStep(clock)) {
    taken.push([next.step, (next.at - NOW) / HOUR]);
    clock = without(clock, next.step);
  }
  expect(taken).toEqual([
    ['remind', 4],
    ['escalate', 8],
    ['due', 24],
  ]);
});

test('a step that would come with the deadline or after it is left out', () => {
  expect(startedClock({ remind: 24 * HOUR, escalate: 30 * HOUR, due: 24 * HOUR }, NOW)).toEqual({
    due: NOW + 24 * HOUR,
  });
});

test('an extension brings another reminder as long before the new deadline, and no second escalation', () => {
  const reminded = without(startedClock(times, NOW), 'remind');
  const later = NOW + 6 * HOUR;
  const due = later + 48 * HOUR;
  expect(extendedClock(reminded, times, due, later)).toEqual({
    remind: due - 20 * HOUR,
    escalate: due - 16 * HOUR,
    due,
  });
  expect(extendedClock(without(reminded, 'escalate'), times, due, later)).toEqual({
    remind: due - 20 * HOUR,
    due,
  });
  expect(extendedClock(reminded, times, later + HOUR, later)).toMatchObject({
    remind: later,
    escalate: later,
  });
});

test('a pause takes nothing off what was left, however long it is', () => {
  const since = fc.integer({ min: 0, max: 3 * HOUR });
  fc.assert(
    fc.property(since, fc.integer({ min: 0, max: 1e10 }), (worked, paused) => {
      const resumed = resumedClock(startedClock(times, NOW), NOW + worked, NOW + worked + paused);
      expect(resumed).toEqual(startedClock(times, NOW + paused));
    }),
  );
});
