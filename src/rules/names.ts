import { wordsOfName } from '../domain/names.ts';

/**
 * Whether two spellings can be one person's name. The order of the words, accents, hyphens, initials, and words that only
 * one of them has (titles, middle names) do not matter: a card has room for few letters, and a mismatch costs a review.
 * @returns null where they cannot be compared: one has no letter, nothing but initials, or another alphabet
 */
export function isSameName(one: string, other: string): boolean | null {
  const a = wordsOfName(one);
  const b = wordsOfName(other);
  if (a.every(isInitial) || b.every(isInitial) || isLatin(one) !== isLatin(other)) return null;
  return covers(a, b) || covers(b, a) || a.join('') === b.join('');
}

/** In an alphabet with capitals; a word of one Chinese character is a whole word. */
function isInitial(word: string): boolean {
  return /^\p{Lu}$/u.test(word);
}

function isLatin(name: string): boolean {
  return /\p{Script=Latin}/u.test(name);
}

function covers(shorter: readonly string[], longer: readonly string[]): boolean {
  return shorter.every((word) => longer.some((candidate) => isSameWord(word, candidate)));
}

function isSameWord(one: string, other: string): boolean {
  return (
    one === other || (isInitial(one) && other.startsWith(one)) || (isInitial(other) && one.startsWith(other))
  );
}
