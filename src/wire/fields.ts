import { z } from 'zod';
import { isCardNumber } from '../domain/card.ts';

/** A text of at most `max` characters, also an empty one. */
export function text(max: number) {
  return z.string().max(max).refine(canBeStored, 'holds a character that cannot be stored');
}

/** A text that has to be there and to say something. */
export function requiredText(max: number) {
  return text(max).min(1);
}

/** NUL and half of a surrogate pair are valid in JSON and in no Postgres text. */
function canBeStored(value: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(value);
}

/** "ccLastFour": any string up to 16 characters (contract.md, "field rules"), but never a card's whole number. */
export const ccLastFour = text(16).refine(
  (value) => !isCardNumber(value),
  'must be the last four digits: the whole number of a card must never be sent here',
);

/** "localDate": the caller's current date, YYYY-MM-DD (unblock-amount). */
export const localDate = z
  .string()
  .refine(isDate, 'is not a date (YYYY-MM-DD)')
  .meta({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$`, examples: ['2019-01-11'] });

/** "localTime": the caller's current time, HHMMSS (unblock-amount). */
export const localTime = z
  .string()
  .refine((value) => /^([01]\d|2[0-3])[0-5]\d[0-5]\d$/.test(value), 'is not a time (HHMMSS)')
  .meta({ pattern: String.raw`^\d{6}$`, examples: ['145752'] });

function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  // The 30th of February is a date to the parser, and comes back as the 1st or 2nd of March.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

/** "uniqueReference" of a payment (unblock-amount: String 36). */
export const uniqueReferenceParams = z.object({ uniqueReference: requiredText(36) });

/** A moment in time of a filter: ISO 8601 with its zone. */
export const moment = z
  .string()
  .refine(
    (value) => /T.*(Z|[+-]\d{2}:?\d{2})$/.test(value) && !Number.isNaN(Date.parse(value)),
    'is not a time with its zone (2026-01-31T12:00:00Z)',
  )
  .transform((value) => new Date(value));

/** The bounds of a page: where the one before it ended, and how much there is on it. */
export const pageBound = wholeNumber(
  Number.MAX_SAFE_INTEGER,
  'is not the "next" of another page',
).exactOptional();
const LARGEST_PAGE = 1000;
export const pageLimit = wholeNumber(LARGEST_PAGE, `is not a whole number from 1 to ${LARGEST_PAGE}`).default(
  100,
);

function wholeNumber(max: number, problem: string) {
  return z.coerce
    .number()
    .refine((value) => Number.isSafeInteger(value) && value >= 1 && value <= max, problem);
}
