import { codes, code as isoCurrency } from 'currency-codes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { currencyCodes, minorUnitDigits } from '../../src/domain/currencies.ts';
import { formatMoney, MAX_MINOR, moneyFromWire, moneyToWire } from '../../src/domain/money.ts';

const money = fc
  .record({ minor: fc.integer({ min: 1, max: MAX_MINOR }), currency: fc.constantFrom(...currencyCodes()) })
  // What the documents' two decimals can carry: all of it, but for the third decimal of dinars and rials.
  .map(({ minor, currency }) => {
    const cannotBeCarried = minorUnitDigits(currency) === 3 ? minor % 10 : 0;
    return { minor: minor - cannotBeCarried || 10, currency };
  });

test('an amount survives the way over the wire and back to the minor unit', () => {
  fc.assert(
    fc.property(money, (amount) => {
      const overTheWire: unknown = JSON.parse(JSON.stringify(moneyToWire(amount)));
      expect(moneyFromWire(Number(overTheWire), amount.currency)).toEqual(amount);
    }),
  );
});

test('an amount that its currency cannot hold is refused, with the reason', () => {
  expect(moneyFromWire(100.25, 'EUR')).toEqual({ minor: 10_025, currency: 'EUR' });
  expect(moneyFromWire(500, 'JPY')).toEqual({ minor: 500, currency: 'JPY' });
  expect(moneyFromWire(1.23, 'KWD')).toEqual({ minor: 1_230, currency: 'KWD' });
  expect(moneyFromWire(0.5, 'JPY')).toBe('notRepresentable');
  expect(moneyFromWire(1.234, 'EUR')).toBe('notAnAmount');
  expect(moneyFromWire(0, 'EUR')).toBe('notPositive');
  expect(moneyFromWire(-5, 'EUR')).toBe('notPositive');
  expect(moneyFromWire(Number.NaN, 'EUR')).toBe('notAnAmount');
  expect(moneyFromWire(1e15, 'EUR')).toBe('tooLarge');
  expect(moneyFromWire(1e21, 'EUR')).toBe('tooLarge');
  expect(moneyFromWire(10_000_000_000_000, 'EUR')).toBe('tooLarge');
  expect(moneyFromWire(1, 'ABC')).toBe('unknownCurrency');
  expect(moneyFromWire(1, 'eur')).toBe('unknownCurrency');
});

test('people read amounts in the currency’s own decimals', () => {
  expect(formatMoney({ minor: 5, currency: 'EUR' })).toBe('0.05 EUR');
  expect(formatMoney({ minor: 500, currency: 'JPY' })).toBe('500 JPY');
  expect(formatMoney({ minor: 1_234, currency: 'KWD' })).toBe('1.234 KWD');
  expect(formatMoney({ minor: -10_025, currency: 'EUR' })).toBe('-100.25 EUR');
});

test('the table of currencies agrees with ISO 4217 as published', () => {
  for (const currency of currencyCodes())
    expect([currency, minorUnitDigits(currency)]).toEqual([currency, isoCurrency(currency)?.digits]);
  const left = codes().filter((code) => minorUnitDigits(code) === undefined);
  // Metals, funds and units of account, bond market units, test and "no currency" codes; BGN has joined the euro, CUC is gone.
  expect(left.join(' ')).toBe(
    'BGN BOV CHE CHW CLF COU CUC MXV USN UYI UYW XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX',
  );
});
