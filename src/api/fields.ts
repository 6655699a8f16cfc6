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
