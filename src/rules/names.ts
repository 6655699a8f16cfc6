import { normaliseName } from '../domain/card.ts';

/**
 * Whether two spellings can be one person's name. The order of the words, accents, hyphens, umlauts written out
 * ("Müller", "MUELLER"), initials, and words that only one of them has (titles, middle names) do not matter: a card
 * has room for few letters, and a mismatch costs a review.
 * @returns null where one of them has no letter to compare
 */
export function isSameName(one: string, other: string): boolean | null {
  const a = wordsOf(one);
  const b = wordsOf(other);
  if (a.length === 0 || b.length === 0) return null;
  return covers(a, b) || covers(b, a) || a.join('') === b.join('');
}

const SPELLED_OUT: readonly (readonly [RegExp, string])[] = [
  [/Æ|Ä|AE/g, 'A'],
  [/Œ|Ø|Ö|OE/g, 'O'],
  [/Ü|UE/g, 'U'],
  [/Ł/g, 'L'],
  [/Đ/g, 'D'],
];

function wordsOf(name: string): string[] {
  const plain = SPELLED_OUT.reduce(
    (text, [spelling, letter]) => text.replace(spelling, letter),
    normaliseName(name.replace(/\p{Dash}/gu, ' ')),
  );
  return plain.split(' ').filter((word) => word !== '');
}

function covers(shorter: readonly string[], longer: readonly string[]): boolean {
  return shorter.every((word) => longer.some((candidate) => isSameWord(word, candidate)));
}

function isSameWord(one: string, other: string): boolean {
  return (
    one === other ||
    (one.length === 1 && other.startsWith(one)) ||
    (other.length === 1 && one.startsWith(other))
  );
}
