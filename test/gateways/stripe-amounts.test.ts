import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currencyCodes } from '../../src/domain/currencies.ts';
import { fromStripeAmount, toStripeAmount } from '../../src/gateways/stripe/amounts.ts';

describe('an amount as Stripe counts it', () => {
  test.each([
    ['EUR', 1_234, 1_234],
    ['JPY', 500, 500],
    ['KWD', 12_340, 12_340],
    ['MGA', 500, 5],
    ['ISK', 5, 500],
    ['UGX', 5, 500],
    ['HUF', 1_045, 1_045],
    ['TWD', 1_045, 1_045],
  ])('%s: %i of ours is %i there', (currency, minor, stripeAmount) => {
    expect(toStripeAmount({ minor, currency })).toBe(stripeAmount);
    expect(fromStripeAmount(stripeAmount, currency.toLowerCase())).toEqual({ minor, currency });
  });

  test('comes back as it went, in every currency that Stripe has', () => {
    const money = fc.record({
      minor: fc.integer({ min: 1, max: 10_000_000 }).map((minor) => minor * 100),
      currency: fc.constantFrom(...currencyCodes().filter((code) => code !== 'LYD' && code !== 'IQD')),
    });
    fc.assert(
      fc.property(money, (amount) => {
        const there = toStripeAmount(amount) ?? Number.NaN;
        expect(fromStripeAmount(there, amount.currency.toLowerCase())).toEqual(amount);
      }),
    );
  });

  test.each([
    [550, 'isk', 'a fraction of a króna'],
    [1_000, 'lyd', 'a currency that Stripe does not have'],
    [1_000, 'xyz', 'a currency that we do not have'],
  ])('is none of ours: %i %s, %s', (amount, currency) => {
    expect(fromStripeAmount(amount, currency)).toBeUndefined();
  });
});
