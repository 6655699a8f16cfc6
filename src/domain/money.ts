import { minorUnitDigits } from './currencies.ts';

/** An amount of money: a whole number of minor units (cents, yen, fils) of an ISO 4217 currency. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/**
 * The largest amount accepted, in minor units: 15 significant digits. A JSON number is an IEEE double, and beyond
 * 15 digits two different decimals can become the same double, so a larger amount could change on its way here.
 */
export const MAX_MINOR = 999_999_999_999_999;

export type MoneyProblem =
  | 'unknownCurrency'
  | 'notAnAmount'
  | 'notPositive'
  | 'notRepresentable'
  | 'tooLarge';

/**
 * Reads an amount as the documents put it on the wire (unblock-amount: "Decimal 18.2", a JSON number).
 * @param amount major units with at most two decimals, e.g. 100.25
 * @param currency ISO 4217 code, e.g. "EUR"
 * @returns the money, or the reason why the currency cannot hold the amount
 */
export function moneyFromWire(amount: number, currency: string): Money | MoneyProblem {
  const digits = minorUnitDigits(currency);
  if (digits === undefined) return 'unknownCurrency';
  const match = /^(\d+)(?:\.(\d{1,2}))?$/.exec(String(amount));
  if (!match) return amount < 0 ? 'notPositive' : amount >= 1e15 ? 'tooLarge' : 'notAnAmount';
  const [, whole = '', fraction = ''] = match;
  if (fraction.length > digits) return 'notRepresentable';
  const minor = Number(whole + fraction.padEnd(digits, '0'));
  if (minor > MAX_MINOR) return 'tooLarge';
  if (minor === 0) return 'notPositive';
  return { minor, currency };
}

/** What is left of an amount. */
export function without({ minor, currency }: Money, takenMinor: number): Money {
  return { minor: minor - takenMinor, currency };
}

/** The amount as a JSON number in major units; the inverse of {@link moneyFromWire}. */
export function moneyToWire(money: Money): number {
  return Number(toDecimal(money));
}

/** An amount, or a sum of amounts that is exact at any size. */
export type Sum = Omit<Money, 'minor'> & { readonly minor: number | bigint };

/** The amount for people, in a fixed number of decimals: "100.25 EUR", "500 JPY". */
export function formatMoney(money: Sum): string {
  return `${toDecimal(money)} ${money.currency}`;
}

/** The amount in major units: "100.25", "500". */
export function toDecimal({ minor, currency }: Sum): string {
  const digits = minorUnitDigits(currency);
  if (digits === undefined) throw new RangeError(`${currency} is not an ISO 4217 currency`);
  const sign = minor < 0 ? '-' : '';
  const padded = String(minor)
    .replace('-', '')
    .padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  return sign + (digits === 0 ? whole : `${whole}.${padded.slice(-digits)}`);
}
