import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparableName, isSamePerson, problemOfName, systemParts } from '../../src/domain/people.ts';

test.each([
  ['mallory', 'mallory\u200b'],
  ['mallory', 'mal\u00adlory'],
  ['mallory', '\ufeffmallory'],
  ['mallory', '  Mallory '],
  ['mallory', 'ｍａｌｌｏｒｙ'],
  ['mallory', 'mаllоry'],
  ['mallory', 'mαllοry'],
  ['ana maria', 'ana  maria'],
  ['ana maria', 'ana\u00a0maria'],
  ['ana maria', 'ana\tmaria'],
  ['jürgen', 'ju\u0308rgen'],
  ['PETER', 'РЕТЕR'],
])('%j and %j are one person', (one, other) => {
  expect(isSamePerson(one, other)).toBe(true);
});

test.each([
  ['ana', 'anna'],
  ['ana', 'ben'],
  ['ana maria', 'anamaria'],
  ['müller', 'muller'],
  ['Иванов', 'Иванова'],
])('%j and %j are two', (one, other) => {
  expect(isSamePerson(one, other)).toBe(false);
});

test('comparing twice changes nothing, and nothing that is not seen matters', () => {
  const unseen = fc.constantFrom(
    '\u200b',
    '\u200d',
    '\u2060',
    '\ufeff',
    '\u00ad',
    '\u202e',
    '\u180e',
    '\ufe0f',
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), unseen, fc.nat(20), (name, hidden, at) => {
      const comparable = comparableName(name);
      expect(comparableName(comparable)).toBe(comparable);
      const spliced = name.normalize('NFKC');
      expect(comparableName(`${spliced}${hidden}`)).toBe(comparableName(spliced));
      expect(comparableName(`ana${hidden.repeat(at % 3)}${at}`)).toBe(`ana${at}`);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ...systemParts,
  ...systemParts.map((part) => ` ${part.toUpperCase()}\u200b`),
  'unknown',
  '*',
  '',
  '\u200b',
])('%j is nobody', (name) => {
  expect(problemOfName(name)).toBeDefined();
});

test.each(['ana', 'Ana Lima', 'O’Brien', 'ана', '王伟', 'gatewayer', 'rules-team', 'ana@example.com'])(
  '%j is a name',
  (name) => {
    expect(problemOfName(name)).toBeUndefined();
  },
);
