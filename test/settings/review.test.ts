import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { calendarOf, needsFourEyes, reviewSettings, reviewTimesOf } from '../../src/settings/review.ts';

const page = readFileSync(new URL('../../docs/reviews.md', import.meta.url), 'utf8');
const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
const HOUR = 3600_000;

test('the settings of docs/reviews.md are in order, and say what they seem to', () => {
  const settings = reviewSettings.parse(parse(example));
  expect(reviewTimesOf(settings)).toEqual({ remind: 4 * HOUR, escalate: 8 * HOUR, due: 24 * HOUR });
  expect(settings.escalation?.to).toBe('fraud-leads');
  // From Friday's closing time over the weekend: Monday until the lunch break, and half an hour after it.
  const due = calendarOf(settings).add(Date.parse('2026-11-20T15:00+01:00'), 4 * HOUR);
  expect(new Date(due).toISOString()).toBe('2026-11-23T13:00:00.000Z');
});

test.each([
  ['EUR', 100_000, false],
  ['EUR', 100_001, true],
  ['JPY', 150_000, false],
  ['JPY', 150_001, true],
  ['KWD', 500_001, true],
  ['KWD', 500_000, false],
])('in %s, four eyes above the amount: %d minor units', (currency, minor, needed) => {
  expect(needsFourEyes(reviewSettings.parse(parse(example)), { minor, currency })).toBe(needed);
});

test('without an amount one operator is enough; 0 is every payment', () => {
  const settings = (fourEyesAbove: unknown) =>
    reviewSettings.parse({ reminderHours: 1, deadlineHours: 2, deadlineAction: 'refund', fourEyesAbove });
  expect(needsFourEyes(settings({ USD: 0 }), { minor: 1, currency: 'EUR' })).toBe(false);
  expect(needsFourEyes(settings({ '*': 0 }), { minor: 1, currency: 'EUR' })).toBe(true);
});

describe('settings that cannot be meant', () => {
  const sound = { reminderHours: 1, deadlineHours: 2, deadlineAction: 'refund' };
  const calendar = { timeZone: 'Europe/Berlin', hours: { monday: ['09:00-17:00'] } };
  test.each([
    ['a reminder after the deadline', { reminderHours: 3 }, 'reminderHours'],
    ['an escalation after the deadline', { escalation: { hours: 2, to: 'leads' } }, 'escalation'],
    ['a deadline that never comes', { deadlineHours: 5000 }, 'deadlineHours'],
    ['a deadline with too few open hours', { deadlineHours: 26 * 8 + 1, calendar }, 'deadlineHours'],
    ['no open hours at all', { calendar: { ...calendar, hours: {} } }, 'deadlineHours'],
    ['a time zone that there is not', { calendar: { ...calendar, timeZone: 'Berlin' } }, 'timeZone'],
    ['a weekday that there is not', { calendar: { ...calendar, hours: { mon: [] } } }, 'hours'],
    ['times the wrong way round', { calendar: { ...calendar, hours: { monday: ['17:00-09:00'] } } }, 'hours'],
    [
      'times that overlap',
      { calendar: { ...calendar, hours: { monday: ['09:00-12:00', '11:00-17:00'] } } },
      'hours',
    ],
    ['holidays of nowhere', { calendar: { ...calendar, holidays: { country: 'XX' } } }, 'holidays'],
    ['a day that there is not', { calendar: { ...calendar, closed: ['2026-02-30'] } }, 'closed'],
    ['a currency that there is not', { fourEyesAbove: { EURO: 1 } }, 'fourEyesAbove'],
    ['a negative amount', { fourEyesAbove: { EUR: -1 } }, 'fourEyesAbove'],
  ])('%s', (_case, change, field) => {
    const read = reviewSettings.safeParse({ ...sound, ...change });
    expect(read.error?.issues.map(({ path }) => path.join('.')).join(' ')).toContain(field);
  });
});
