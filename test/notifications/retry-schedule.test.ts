import { expect, test } from 'vitest';
import { LONGEST_PAUSE_MS, pauseAskedFor, retryDelayMs } from '../../src/notifications/retry-schedule.ts';

const HOUR = 3600_000;

/** The delays of a delivery that is never taken. */
function delays(channel: 'email' | 'webhook', random: number): number[] {
  const all: number[] = [];
  for (let attempt = 1; ; attempt++) {
    const delay = retryDelayMs(channel, attempt, random);
    if (delay === undefined) return all;
    all.push(delay);
  }
}

test.each([
  ['email', 0],
  ['email', 0.5],
  ['email', 1],
  ['webhook', 0],
  ['webhook', 0.5],
  ['webhook', 1],
] as const)('%s is tried for three days, less and less often (jitter %s)', (channel, random) => {
  const all = delays(channel, random);
  const hours = all.reduce((sum, delay) => sum + delay, 0) / HOUR;
  expect(hours).toBeGreaterThan(72);
  expect(hours).toBeLessThan(80);
  expect(all).toEqual(all.toSorted((a, b) => a - b));
});

test('jitter only ever lengthens a delay, by at most a twentieth', () => {
  for (const channel of ['email', 'webhook'] as const) {
    const [least, most] = [delays(channel, 0), delays(channel, 1)];
    for (const [index, delay] of least.entries()) {
      expect(most[index]).toBeGreaterThan(delay);
      expect(most[index]).toBeLessThanOrEqual(Math.ceil(delay * 1.05));
    }
  }
});

test('a mail is never more than a good quarter of an hour late once its server is back', () => {
  expect(Math.max(...delays('email', 1))).toBeLessThanOrEqual(16 * 60_000);
});

const NOW = Date.parse('2026-11-21T09:00:00Z');

test.each([
  ['120', 120_000],
  [' 5 ', 5_000],
  ['Sat, 21 Nov 2026 09:10:00 GMT', 600_000],
  ['Sat, 21 Nov 2026 08:00:00 GMT', 0],
  ['99999999999999999999', LONGEST_PAUSE_MS],
  ['Tue, 01 Jan 2126 00:00:00 GMT', LONGEST_PAUSE_MS],
  ['soon', 0],
  ['-5', 0],
  ['', 0],
  [undefined, 0],
])('Retry-After %j asks for %d ms', (header, expected) => {
  expect(pauseAskedFor(header, NOW)).toBe(expected);
});
