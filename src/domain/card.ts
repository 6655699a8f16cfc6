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
