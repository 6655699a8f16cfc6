import { minorUnitDigits } from '../../domain/currencies.ts';
import { MAX_MINOR, type Money } from '../../domain/money.ts';

// Stripe counts in ISO 4217's minor units, but for these (https://docs.stripe.com/currencies, "Zero-decimal currencies",
// "Three-decimal currencies", "Special cases"): ariary without decimals, and krónur and Ugandan shillings still with
// the two that they once had. HUF and TWD are special in payouts only.
const STRIPE_DIGITS: Readonly<Record<string, number>> = { MGA: 0, ISK: 2, UGX: 2 };
const THREE_DECIMALS = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/** The amount as Stripe counts it; undefined where it cannot: a fifth of an ariary, a single fils, Libyan dinars. */
export function toStripeAmount({ minor, currency }: Money): number | undefined {
  const digits = minorUnitDigits(currency);
  if (digits === undefined) return undefined;
  if (digits === 3) return THREE_DECIMALS.has(currency) && minor % 10 === 0 ? minor : undefined;
  return shift(minor, (STRIPE_DIGITS[currency] ?? digits) - digits);
}

/** What an amount of Stripe's is in ISO minor units, whose currency is in lower case; undefined where it is none. */
export function fromStripeAmount(amount: number, stripeCurrency: string): Money | undefined {
  const currency = stripeCurrency.toUpperCase();
  const digits = minorUnitDigits(currency);
  if (digits === undefined || (digits === 3 && !THREE_DECIMALS.has(currency))) return undefined;
  const minor = shift(amount, digits - (STRIPE_DIGITS[currency] ?? digits));
  return minor === undefined ? undefined : { minor, currency };
}

/** So many decimal places more or fewer; undefined where a digit other than 0 would be lost, or it grows too large. */
function shift(amount: number, places: number): number | undefined {
  const shifted = places < 0 ? amount / 10 ** -places : amount * 10 ** places;
  return Number.isInteger(shifted) && shifted <= MAX_MINOR ? shifted : undefined;
}
