import { nameKey } from './names.ts';

/**
 * What two uses of one card have in common without its number: last four and card holder (contract.md, 'what "block"
 * does').
 * @returns the key, or null where there are not exactly four digits and a holder: such a card matches nothing
 */
export function cardKey(ccLastFour: string | undefined, cardHolder: string | undefined): string | null {
  const holder = nameKey(cardHolder ?? '');
  return /^\d{4}$/.test(ccLastFour ?? '') && holder !== '' ? `${ccLastFour}:${holder}` : null;
}

/**
 * Whether a text holds a card's whole number, which must never be kept: 13 to 19 digits that begin as card numbers do and
 * end with Luhn's check digit (ISO/IEC 7812-1), in one or in groups.
 */
export function holdsCardNumber(text: string): boolean {
  const written = text.normalize('NFKC').replace(/(?<=\d)[\s.\p{Dash}_/]{1,3}(?=\d)/gu, '');
  return (written.match(/\d+/g) ?? []).some(isCardNumber);
}

function isCardNumber(digits: string): boolean {
  if (!/^[2-6]\d{12,18}$/.test(digits)) return false;
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, index) => {
      const weighed = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (weighed > 9 ? weighed - 9 : weighed);
    }, 0);
  return sum % 10 === 0;
}
