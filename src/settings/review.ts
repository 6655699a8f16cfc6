import { IANAZone } from 'luxon';
import { z } from 'zod';
import { minorUnitDigits } from '../domain/currencies.ts';
import { moneyToWire, type Money } from '../domain/money.ts';
import { aroundTheClock, type Calendar, type ReviewTimes } from '../domain/review.ts';
import { businessCalendar, DAY, knowsHolidaysOf, weekdays } from './business-hours.ts';

const HOUR_MS = 3600_000;
/** A deadline that is further away than this would keep money for ever. */
const MOST_WEEKS = 26;

const hours = z.number().positive();

/** "09:00-17:00" */
const openingTime = z.string().transform((text, context) => {
  const [, h1, m1, h2, m2] = /^(\d\d):([0-5]\d)-(\d\d):([0-5]\d)$/.exec(text) ?? [];
  const from = Number(h1) * 60 + Number(m1);
  const to = Number(h2) * 60 + Number(m2);
  if (from < to && to <= DAY) return { from, to };
  context.addIssue(`write opening times like 09:00-17:00, up to 24:00; this is ${text}`);
  return z.NEVER;
});

const openingTimes = z
  .array(openingTime)
  .refine(
    (times) => times.every(({ from }, index) => index === 0 || from >= (times[index - 1]?.to ?? 0)),
    'the opening times of a day follow one another',
  );

const calendar = z.strictObject({
  timeZone: z.string().refine((zone) => IANAZone.isValidZone(zone), 'a time zone like Europe/Berlin'),
  hours: z.partialRecord(z.enum(weekdays), openingTimes),
  holidays: z
    .strictObject({
      country: z.string(),
      state: z.string().exactOptional(),
      region: z.string().exactOptional(),
    })
    .refine(knowsHolidaysOf, 'no such country, state or region: see the codes of date-holidays')
    .exactOptional(),
  closed: z.array(z.iso.date()).max(100).default([]),
});

const currency = z
  .string()
  .refine(
    (code) => code === EVERY_OTHER || minorUnitDigits(code) !== undefined,
    'an ISO 4217 code, or "*" for every other currency',
  );

const EVERY_OTHER = '*';

/** How long a subscriber's payments are held for, and what happens without a decision. */
export const reviewSettings = z
  .strictObject({
    /** Hours from the hold to each step: business hours where there is a calendar. */
    reminderHours: hours,
    escalation: z.strictObject({ hours, to: z.string().trim().min(1).max(100) }).exactOptional(),
    deadlineHours: hours,
    deadlineAction: z.enum(['refund', 'release', 'stayHeld']),
    /** The amount, in the currency's major units, above which a second operator confirms an unblock. */
    fourEyesAbove: z.record(currency, z.number().nonnegative()).default({}),
    /** Whether a service's kc-unblock above that amount decides, or proposes as an operator does. */
    kcUnblock: z.enum(['decides', 'proposes']).default('decides'),
    calendar: calendar.exactOptional(),
  })
  .superRefine(({ reminderHours, escalation, deadlineHours, calendar: open }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (reminderHours >= deadlineHours) refuse('reminderHours', 'the reminder must come before the deadline');
    if (escalation && escalation.hours >= deadlineHours)
      refuse('escalation', 'the escalation must come before the deadline');
    const perWeek = open ? openHoursPerWeek(open.hours) : 7 * 24;
    if (deadlineHours > MOST_WEEKS * perWeek)
      refuse('deadlineHours', `at most ${MOST_WEEKS} weeks: ${MOST_WEEKS * perWeek} hours here`);
  });

export type ReviewSettings = z.infer<typeof reviewSettings>;

/** When a review's steps come. */
export function reviewTimesOf({ reminderHours, escalation, deadlineHours }: ReviewSettings): ReviewTimes {
  return {
    remind: reminderHours * HOUR_MS,
    ...(escalation ? { escalate: escalation.hours * HOUR_MS } : {}),
    due: deadlineHours * HOUR_MS,
  };
}

/** How a review's time passes. */
export function calendarOf({ calendar: open }: ReviewSettings): Calendar {
  return open ? businessCalendar(open) : aroundTheClock;
}

/** Whether an operator's unblock of this amount needs a second one. */
export function needsFourEyes({ fourEyesAbove }: ReviewSettings, amount: Money): boolean {
  const limit = fourEyesAbove[amount.currency] ?? fourEyesAbove[EVERY_OTHER];
  return limit !== undefined && moneyToWire(amount) > limit;
}

function openHoursPerWeek(week: z.infer<typeof calendar>['hours']): number {
  const minutes = Object.values(week)
    .flat()
    .reduce((sum, { from, to }) => sum + to - from, 0);
  return minutes / 60;
}
