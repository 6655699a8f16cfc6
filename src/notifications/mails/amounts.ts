import { minorUnitDigits } from '../../domain/currencies.ts';
import { type Money, moneyToWire } from '../../domain/money.ts';

/** The amount as it is written in German: "1.250,00 EUR", "500 JPY". */
export function amountInGerman(money: Money): string {
  const digits = minorUnitDigits(money.currency) ?? 0;
  const format = new Intl.NumberFormat('de-DE', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${format.format(moneyToWire(money))} ${money.currency}`;
}
