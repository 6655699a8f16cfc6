import { codes, code as isoCurrency } from 'currency-codes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { currencyCodes, ISO_4217, minorUnitDigits } from '../../src/domain/currencies.ts';
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

test('the table of currencies was looked up within the last 18 months', () => {
  const age = Date.now() - Date.parse(ISO_4217.lookedUp);
  // Older? Compare it with list one of ISO 4217 and its amendments, change what has changed, and set the date.
  expect(age / (30 * 86_400_000)).toBeLessThan(18);
});

test('a currency that was withdrawn is not taken, the one in its place is', () => {
  const changed = {
    ANG: 'XCG',
    SLL: 'SLE',
    ZWL: 'ZWG',
    HRK: 'EUR',
    BGN: 'EUR',
    MRO: 'MRU',
    STD: 'STN',
    VEF: 'VES',
  };
  for (const [withdrawn, current] of Object.entries(changed)) {
    expect([withdrawn, moneyFromWire(1, withdrawn)]).toEqual([withdrawn, 'unknownCurrency']);
    expect(moneyFromWire(1, current)).toEqual({ minor: 100, currency: current });
  }
});

// The library's newest release is older than amendment 176.
test('the table of currencies agrees with ISO 4217 as published, but for what was amended since', () => {
  for (const currency of currencyCodes().filter((code) => code !== 'XCG'))
    expect([currency, minorUnitDigits(currency)]).toEqual([currency, isoCurrency(currency)?.digits]);
  const left = codes().filter((code) => minorUnitDigits(code) === undefined);
  // Metals, funds and units of account, bond market units, test and "no currency" codes; BGN has joined the euro, CUC is gone.
  expect(left.join(' ')).toBe(
    'ANG BGN BOV CHE CHW CLF COU CUC MXV USN UYI UYW XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX',
  );
});
