import { z } from 'zod';
import { holdsCardNumber } from '../domain/card.ts';
import { hasZone, readMoment } from '../domain/moment.ts';
import { canBeStored } from '../domain/text.ts';
import { parseShopperAddress } from '../rules/ip.ts';
import { ExactNumber } from './exact-json.ts';

/** An identifier of at most `max` characters, also an empty one: whatever another system names its things by. */
export function text(max: number) {
  return z.string().max(max).refine(canBeStored, 'holds a character that cannot be stored');
}

/** An identifier that has to be there and to say something. */
export function requiredText(max: number) {
  return text(max).min(1);
}

/** A name, or what a person writes, of at most `max` characters, also an empty one: never the number of a card. */
export function freeText(max: number) {
  return text(max).refine(
    (value) => !holdsCardNumber(value),
    'holds the whole number of a card, which must never be sent here',
  );
}

/** The token of a stored payment option, which must never be the card's number. */
export const paymentOptionToken = requiredText(255).refine(
  (value) => !holdsCardNumber(value),
  'is the whole number of a card, which must never be sent here: send the token that stands for it',
);

/**
 * The shopper's address: an IP address, also with a port or a zone. The documents' own example, "string", is taken as well,
 * as no address; what looks like one and cannot be read is refused, since no list would ever see it.
 */
export const ipAddress = text(64).refine(
  (value) => parseShopperAddress(value) !== undefined || !/[\d:]/.test(value),
  'is not one IP address',
);

/** "ccLastFour": any string up to 16 characters (contract.md, "field rules"), but never a card's whole number. */
export const ccLastFour = text(16).refine(
  (value) => !holdsCardNumber(value),
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

/** A sum of amounts in major units: a JSON number with all its digits, which may be more than a double holds. */
export const exactSum = z.instanceof(ExactNumber).meta({ type: 'number' });

/** A moment in time of a filter: ISO 8601 with its zone. */
export const moment = z
  .string()
  .refine(
    (value) => hasZone(value) && readMoment(value) !== undefined,
    'is not a time with its zone (2026-01-31T12:00:00Z)',
  )
  .transform((value) => readMoment(value) ?? new Date(Number.NaN));

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

/** The number of a row, as a path has it. @param what such as "task" */
export function rowNumber(what: string) {
  return wholeNumber(Number.MAX_SAFE_INTEGER, `is the number of no ${what}`);
}

/** Why it is done: not nothing but blanks. */
export function whyField(max: number) {
  return freeText(max).regex(/\S/, 'must say why');
}

/** Who decides, as a service account names them; a person who is signed in leaves it out. */
export function operatorField(max: number) {
  return freeText(max)
    .min(1)
    .regex(/\S/, 'must say who')
    .describe('Left out by a person who is signed in')
    .exactOptional();
}
