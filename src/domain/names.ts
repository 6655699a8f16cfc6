/**
 * A name as it is compared, in the letters that a card is embossed with: "Łukasz Żak" and "LUKASZ ZAK" are one, and so
 * are "Zoë O'Neil" and "ZOE ONEIL", "Jürgen Müller", "JUERGEN MUELLER" and "JURGEN MULLER". Latin letters lose their
 * accents, after ICAO 9303-3 section 6 A; letters of other alphabets stay what they are, vowel signs included, and lose
 * only the points that are written or left out (Hebrew and Arabic vowels, Greek accents). Folding twice changes nothing.
 * @returns words in capitals, with one space between them; hyphens, commas and full stops part words, other punctuation is left out
 */
export function foldName(name: string): string {
  const letters = name
    .normalize('NFKC')
    .replace(/[\p{Dash}.,;:/_]/gu, ' ')
    .toUpperCase()
    .normalize('NFD')
    // What is left out goes first: an accent behind it belongs to the letter before.
    .replace(/[^\p{Letter}\p{Mark}\p{Number}\s]/gu, '')
    .replace(OPTIONAL_POINTS, '')
    .replace(/(?<=[\p{Script=Latin}\p{Script=Greek}]\p{Mn}*)\p{Mn}/gu, '')
    .normalize('NFC');
  return Array.from(letters, (letter) => EMBOSSED[letter] ?? letter)
    .join('')
    .replace(/([AOU])E+/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The words of a name, each folded. */
export function wordsOfName(name: string): string[] {
  const folded = foldName(name);
  return folded === '' ? [] : folded.split(' ');
}

/** A name whose words may come in any order: cards have the family name last, lists often first. */
export function nameKey(name: string): string {
  return wordsOfName(name).toSorted().join(' ');
}

/**
 * Latin letters that are no letter with an accent. Æ, Œ and the umlauts are also embossed with an E, which is left out after
 * A, O and U: "MUELLER" is "MULLER", at the price that "MICHAEL" is "MICHAL".
 */
const EMBOSSED: Readonly<Record<string, string>> = {
  Æ: 'A',
  Œ: 'O',
  Ø: 'O',
  Ł: 'L',
  Đ: 'D',
  Ð: 'D',
  Þ: 'TH',
  ẞ: 'SS',
  Ħ: 'H',
  Ŧ: 'T',
  Ŋ: 'N',
  ĸ: 'K',
  Ə: 'E',
  Ɓ: 'B',
  Ɗ: 'D',
  Ɖ: 'D',
  Ƙ: 'K',
  Ƴ: 'Y',
  Ɨ: 'I',
  Ʉ: 'U',
  Ɛ: 'E',
  Ɔ: 'O',
  Ɲ: 'N',
};

/** Hebrew points, Arabic vowel marks and the stroke that only stretches a word. */
const OPTIONAL_POINTS = /[\u0591-\u05BD\u05BF-\u05C7\u0610-\u061A\u064B-\u0652\u0670\u0640]/g;
