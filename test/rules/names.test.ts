import { expect, test } from 'vitest';
import { isSameName } from '../../src/rules/names.ts';

test.each([
  ['Anna Huber', 'ANNA HUBER'],
  ['Anna Huber', 'HUBER ANNA'],
  ['Zoë O’Neil', "ZOE O'NEIL"],
  ['Jürgen Müller', 'JUERGEN MUELLER'],
  ['Jürgen Müller', 'JURGEN MULLER'],
  ['Søren Ærø', 'SOEREN AERO'],
  ['Anna Huber', 'A. HUBER'],
  ['Anna Maria Huber', 'ANNA HUBER'],
  ['Anna Huber', 'DR ANNA HUBER'],
  ['Anne-Marie Groß', 'ANNE MARIE GROSS'],
  ['Anne-Marie Gross', 'ANNEMARIE GROSS'],
  ['Łukasz Żak', 'LUKASZ ZAK'],
  ['string string', 'string string'],
  ['王伟', '王伟'],
  ['राम', 'राम'],
])('%s can be %s', (one, other) => {
  expect(isSameName(one, other)).toBe(true);
  expect(isSameName(other, one)).toBe(true);
});

test.each([
  ['Anna Huber', 'Anna Gruber'],
  ['Anna Huber', 'Hans Huber'],
  ['Anna Huber', 'H GRUBER'],
  ['王', '王芳'],
  ['राम', 'रमा'],
])('%s cannot be %s', (one, other) => {
  expect(isSameName(one, other)).toBe(false);
  expect(isSameName(other, one)).toBe(false);
});

test.each([
  ['', 'Anna'],
  ['Anna', ' . '],
  ['', ''],
  ['J', 'John Smith'],
  ['J. S.', 'John Smith'],
  ['IVAN PETROV', 'Иван Петров'],
])('%j and %j cannot be compared', (one, other) => {
  expect(isSameName(one, other)).toBeNull();
});
