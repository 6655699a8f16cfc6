import { randomInt, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdsCardNumber } from '../../src/domain/card.ts';

/** Numbers that end with Luhn's check digit, of every length that cards have. */
const cardNumber = fc
  .tuple(fc.constantFrom(...Array.from('23456')), fc.stringMatching(/^\d{11,17}$/))
  .map(([first, rest]) => first + rest)
  .map((digits) => {
    const sum = Array.from(digits)
      .toReversed()
      .reduce((total, digit, index) => {
        const weighed = Number(digit) * (index % 2 === 0 ? 2 : 1);
        return total + (weighed > 9 ? weighed - 9 : weighed);
      }, 0);
    return `${digits}${(10 - (sum % 10)) % 10}`;
  });

test('the number of a card is found in one or in groups, alone or in a sentence, in any digits of Unicode width', () => {
  const separator = fc.constantFrom('', ' ', '-', '.', '  ', '–', '\u00a0');
  const sentence = fc.constantFrom(
    (written: string) => written,
    (written: string) => `the card is ${written}, he says`,
    (written: string) => `card:${written}`,
    (written: string) => `(${written})`,
  );
  fc.assert(
    fc.property(
      cardNumber,
      separator,
      fc.integer({ min: 2, max: 6 }),
      sentence,
      fc.boolean(),
      (number, by, size, around, wide) => {
        const grouped = number.replace(new RegExp(`(\\d{${size}})(?=\\d)`, 'g'), `$1${by}`);
        const written = wide
          ? grouped.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
          : grouped;
        expect([written, holdsCardNumber(around(written))]).toEqual([written, true]);
      },
    ),
    { numRuns: 1000 },
  );
});

test('an identifier is not taken for the number of a card: UUIDs, references, moments', () => {
  const taken = Array.from({ length: 50_000 }, () => [
    randomUUID(),
    `tok_${randomUUID()}`,
    `block-${randomUUID()}`,
    randomUUID().replaceAll('-', ''),
  ]).flatMap((ids) => ids.filter(holdsCardNumber));
  expect(taken).toEqual([]);
  const reference = `pi_${randomInt(1e12)}${randomInt(1e12)}`;
  for (const id of [reference, '53234567643', '2026-11-30T02:41:57.123Z', '+49 170 1234567', 'user-4242-x'])
    expect([id, holdsCardNumber(id)]).toEqual([id, false]);
});
