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
 * end with Luhn's check digit (ISO/IEC 7812-1), in one or in groups. Digits that a letter, or a dash and a letter, goes on
 * from are part of an identifier: one UUID in a few hundred has such a run in it.
 */
export function holdsCardNumber(text: string): boolean {
  return (text.normalize('NFKC').match(RUN_OF_DIGITS) ?? []).some((run) =>
    isCardNumber(run.replace(/\D/g, '')),
  );
}

/** To be read after the field: no text that people or services send may hold the number of a card. */
export const CARD_NUMBER = 'holds the whole number of a card, which must never be kept';

const RUN_OF_DIGITS =
  /(?<![\p{L}\d])(?<![\p{L}\d][\p{Dash}_./])\d(?:[\s.\p{Dash}_/]{0,3}\d){12,18}(?![\p{L}\d])(?![\p{Dash}_./][\p{L}\d])/gu;

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
