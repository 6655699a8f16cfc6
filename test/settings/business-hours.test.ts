import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { businessCalendar, knowsHolidaysOf, type OpeningTime } from '../../src/settings/business-hours.ts';

const HOUR = 3600_000;
const nineToFive: OpeningTime = { from: 9 * 60, to: 17 * 60 };
const office = {
  monday: [nineToFive],
  tuesday: [nineToFive],
  wednesday: [nineToFive],
  thursday: [nineToFive],
  friday: [nineToFive],
};
const bavaria = businessCalendar({
  timeZone: 'Europe/Berlin',
  hours: office,
  holidays: { country: 'DE', state: 'BY' },
  closed: ['2026-12-24'],
});
const berlin = (text: string) => DateTime.fromISO(text, { zone: 'Europe/Berlin' }).toMillis();
const inBerlin = (moment: number) =>
  DateTime.fromMillis(moment, { zone: 'Europe/Berlin' }).toFormat('ccc yyyy-MM-dd HH:mm');
const after = (from: string, hours: number) => inBerlin(bavaria.add(berlin(from), hours * HOUR));

describe('whatever the opening times are', () => {
  const openingTime = fc
    .tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 1440 }))
    .filter(([from, to]) => from + 30 <= to)
    .map(([from, to]) => [{ from, to }]);
  const calendars = fc
    .record({
      timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
      monday: openingTime,
      saturday: fc.option(openingTime, { nil: [] }),
      sunday: fc.option(openingTime, { nil: [] }),
      state: fc.constantFrom('BY', 'BE'),
    })
    .map(({ timeZone, state, ...hours }) => {
      const holidays = { country: 'DE', state };
      return { timeZone, hours, calendar: businessCalendar({ timeZone, hours, holidays, closed: [] }) };
    });
  const moments = fc.date({ min: new Date('2024-01-01'), max: new Date('2031-01-01'), noInvalidDate: true });
  const durations = fc.integer({ min: 0, max: 30 * HOUR });

  test('n hours are the sum of their parts, more hours never end earlier, and what has passed can be told', () => {
    fc.assert(
      fc.property(calendars, moments, durations, durations, ({ calendar }, date, one, other) => {
        const from = date.getTime();
        const end = calendar.add(from, one + other);
        expect(calendar.add(calendar.add(from, one), other)).toBe(end);
        expect(calendar.add(from, one)).toBeLessThanOrEqual(end);
        expect(calendar.add(from - HOUR, one)).toBeLessThanOrEqual(calendar.add(from, one));
        expect(calendar.between(from, end)).toBe(one + other);
        expect(calendar.between(end, from)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('no time ends in a closed hour, or on a holiday', () => {
    fc.assert(
      fc.property(calendars, moments, durations, ({ calendar, timeZone, hours }, date, duration) => {
        const end = DateTime.fromMillis(calendar.add(date.getTime(), duration), { zone: timeZone });
        const ofTheDay = { Mon: hours.monday, Sat: hours.saturday, Sun: hours.sunday }[end.toFormat('ccc')];
        const startOfNextDay = end.hour === 0 && end.minute === 0;
        const minute = end.hour * 60 + end.minute + end.second / 60;
        // A day that is open until midnight ends with the first moment of the next one.
        if (startOfNextDay) return;
        // The hour that the clocks leave out is no hour: what would begin or end in it moves with them.
        const leftOut = end.offset !== end.startOf('day').offset ? 60 : 0;
        expect(ofTheDay?.some(({ from, to }) => minute >= from && minute <= to + leftOut)).toBe(true);
        expect(end.toFormat('MM-dd')).not.toBe('01-01');
        expect(end.toFormat('MM-dd')).not.toBe('12-25');
      }),
      { numRuns: 150 },
    );
  });
});

test('a night, a weekend, public holidays of the state and days of our own do not count', () => {
  expect(after('2026-11-20T16:00', 2)).toBe('Mon 2026-11-23 10:00');
  expect(after('2026-11-21T12:00', 0)).toBe('Mon 2026-11-23 09:00');
  // Thursday is closed by the settings; Friday and Saturday are Christmas.
  expect(after('2026-12-23T16:30', 1)).toBe('Mon 2026-12-28 09:30');
  // Epiphany is a holiday in Bavaria, and not in Berlin.
  expect(after('2026-01-05T16:00', 2)).toBe('Wed 2026-01-07 10:00');
  expect(after('2026-11-20T16:00', 1)).toBe('Fri 2026-11-20 17:00');
});

test('an hour stays an hour on the days on which the clocks change', () => {
  const always = businessCalendar({
    timeZone: 'Europe/Berlin',
    hours: { saturday: [{ from: 0, to: 1440 }], sunday: [{ from: 0, to: 1440 }] },
    closed: [],
  });
  const hoursOfSunday = (date: string) =>
    always.between(berlin(`${date}T00:00`), berlin(`${date}T00:00`) + 30 * HOUR) / HOUR;
  expect([hoursOfSunday('2026-03-29'), hoursOfSunday('2026-10-25'), hoursOfSunday('2026-11-01')]).toEqual([
    23, 25, 24,
  ]);
  expect(inBerlin(always.add(berlin('2026-03-29T00:00'), 3 * HOUR))).toBe('Sun 2026-03-29 04:00');
  expect(inBerlin(always.add(berlin('2026-10-25T00:00'), 4 * HOUR))).toBe('Sun 2026-10-25 03:00');
});

test('a lunch break is closed', () => {
  const withLunch = businessCalendar({
    timeZone: 'Europe/Berlin',
    hours: {
      monday: [
        { from: 540, to: 720 },
        { from: 780, to: 1020 },
      ],
    },
    closed: [],
  });
  expect(inBerlin(withLunch.add(berlin('2026-11-23T11:00'), 2 * HOUR))).toBe('Mon 2026-11-23 14:00');
});

test('only holidays of a place that there is can be kept', () => {
  expect(knowsHolidaysOf({ country: 'DE' })).toBe(true);
  expect(knowsHolidaysOf({ country: 'DE', state: 'BY', region: 'A' })).toBe(true);
  expect(knowsHolidaysOf({ country: 'XX' })).toBe(false);
  expect(knowsHolidaysOf({ country: 'DE', state: 'XX' })).toBe(false);
  expect(knowsHolidaysOf({ country: 'DE', region: 'A' })).toBe(false);
});
