/**
 * A name as it is compared: no accents, no punctuation, one space, upper case. "Zoë  O'Neil" and "ZOE ONEIL" are one.
 */
export function normaliseName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[^\p{Letter}\p{Number}\s]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toUpperCase();
}

/**
 * What two uses of one card have in common without its number: last four and card holder (contract.md, 'what "block"
 * does').
 * @returns the key, or null where there are not exactly four digits and a holder: such a card matches nothing
 */
export function cardKey(ccLastFour: string | undefined, cardHolder: string | undefined): string | null {
  const holder = normaliseName(cardHolder ?? '');
  return /^\d{4}$/.test(ccLastFour ?? '') && holder !== '' ? `${ccLastFour}:${holder}` : null;
}

/** Whether this is a card's whole number, which must never be kept: 13 digits or more that end with Luhn's check digit. */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, index) => {
      const weighed = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (weighed > 9 ? weighed - 9 : weighed);
    }, 0);
  return sum % 10 === 0;
}
