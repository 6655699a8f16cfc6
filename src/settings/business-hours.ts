import { createRequire } from 'node:module';
import type Holidays from 'date-holidays';
import { DateTime } from 'luxon';
import type { Calendar } from '../domain/review.ts';

export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

/** From one time of the day to another, in minutes since midnight by the clock on the wall; 1440 is the day's end. */
export interface OpeningTime {
  readonly from: number;
  readonly to: number;
}

/** When an operator is there to decide. */
export interface BusinessHours {
  /** IANA, e.g. Europe/Berlin. */
  readonly timeZone: string;
  /** The opening times of each weekday in order, one after the other; a weekday without is closed. */
  readonly hours: { readonly [W in (typeof weekdays)[number]]?: readonly OpeningTime[] };
  /** Whose public holidays are kept: codes of date-holidays (ISO 3166, then its states and regions). */
  readonly holidays?: { readonly country: string; readonly state?: string; readonly region?: string };
  /** Further days without an operator, YYYY-MM-DD. */
  readonly closed: readonly string[];
}

// More closed days in a row than any calendar that the settings accept can have.
const MOST_DAYS = 4 * 366;

/**
 * Business hours as a calendar of working time. An hour is an hour of the clock, also on the days on which the clocks
 * change; what falls into a closed hour begins at the next opening.
 * @throws RangeError where the calendar has too few open hours to get there within four years
 */
export function businessCalendar(business: BusinessHours): Calendar {
  const isHoliday = holidayTest(business);

  function* openingsSince(moment: number): Generator<{ readonly start: number; readonly end: number }> {
    const today = DateTime.fromMillis(moment, { zone: business.timeZone }).startOf('day');
    for (let days = 0; days < MOST_DAYS; days += 1) {
      const day = today.plus({ days });
      const openingTimes = business.hours[weekdays[day.weekday - 1] ?? 'monday'];
      if (openingTimes === undefined || isHoliday(day)) continue;
      for (const { from, to } of openingTimes) {
        const start = Math.max(atMinute(day, from), moment);
        const end = atMinute(day, to);
        if (start < end) yield { start, end };
      }
    }
    throw new RangeError(`the business hours have no end within ${MOST_DAYS} days`);
  }

  return {
    add(from, duration) {
      let left = duration;
      for (const { start, end } of openingsSince(from)) {
        if (left <= end - start) return start + left;
        left -= end - start;
      }
      throw new RangeError('there are too few business hours');
    },
    between(from, to) {
      let open = 0;
      for (const { start, end } of openingsSince(from)) {
        if (start >= to) break;
        open += Math.min(end, to) - start;
      }
      return open;
    },
  };
}

/** The library takes 30 MB and a tenth of a second: it is loaded for the first settings that name holidays. */
function holidaysOfTheWorld(): typeof Holidays {
  return createRequire(import.meta.url)('date-holidays');
}

/** Whether date-holidays knows the country, state and region. */
export function knowsHolidaysOf({ country, state, region }: NonNullable<BusinessHours['holidays']>): boolean {
  const known = new (holidaysOfTheWorld())();
  return (
    hasCode(known.getCountries(), country) &&
    (state === undefined || hasCode(known.getStates(country), state)) &&
    (region === undefined || (state !== undefined && hasCode(known.getRegions(country, state), region)))
  );
}

function hasCode(codes: unknown, code: string): boolean {
  return typeof codes === 'object' && codes !== null && Object.hasOwn(codes, code);
}

function atMinute(day: DateTime, minute: number): number {
  const [date, minuteOfDay] = minute === DAY ? [day.plus({ days: 1 }), 0] : [day, minute];
  return date.set({ hour: Math.floor(minuteOfDay / 60), minute: minuteOfDay % 60 }).toMillis();
}

export const DAY = 24 * 60;

/** A day is a holiday where its noon lies in one: some last several days, and some begin in the evening before. */
function holidayTest({ timeZone, holidays, closed }: BusinessHours): (day: DateTime) => boolean {
  const days = new Set(closed);
  const byYear = new Map<number, readonly { readonly start: Date; readonly end: Date }[]>();
  const calendar = holidays && publicHolidays(holidays, timeZone);
  const inYear = (year: number) => {
    const found = byYear.get(year) ?? calendar?.getHolidays(year) ?? [];
    byYear.set(year, found);
    return found;
  };
  return (day) => {
    if (days.has(day.toISODate() ?? '')) return true;
    const noon = day.set({ hour: 12 }).toMillis();
    return inYear(day.year).some(({ start, end }) => start.getTime() <= noon && noon < end.getTime());
  };
}

function publicHolidays(
  { country, state, region }: NonNullable<BusinessHours['holidays']>,
  timezone: string,
): Holidays {
  const where = {
    country,
    ...(state === undefined ? {} : { state }),
    ...(region === undefined ? {} : { region }),
  };
  return new (holidaysOfTheWorld())(where, { types: ['public'], timezone });
}
