import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv, withoutApostrophe, writeCsvRecord } from '../../src/lists/csv.ts';

const read = (text: string) => [...readCsv(text)];

test('whatever is written is read back', () => {
  const field = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.constantFrom('"', '""', ',', ';', '\t', '\r\n', '\n', 'a"b', ' ', '=1+1', "'=1", '-5', '@a', "'"),
  );
  const record = fc.array(field, { minLength: 1, maxLength: 5 }).filter((fields) => fields.join('') !== '');
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const text = records.map(writeCsvRecord).join('');
      const again = read(text).map((each) => ('fields' in each ? each.fields.map(withoutApostrophe) : each));
      expect(again).toEqual(records);
    }),
    { numRuns: 500 },
  );
});

test('the last line needs no end, blank lines count as lines, and what Excel puts first is no text', () => {
  expect(read('\uFEFFa,b\r\n\r\n"c\nd",e\n,f')).toEqual([
    { line: 1, fields: ['a', 'b'] },
    { line: 3, fields: ['c\nd', 'e'] },
    { line: 5, fields: ['', 'f'] },
  ]);
});

test.each([
  ['"open,b', 'has text after a closing quote'],
  ['a,"open', 'has text after a closing quote'],
  ['"a"b,c', 'has text after a closing quote'],
  ['a"b,c', 'has a quote inside a field that does not begin with one'],
])('a line that cannot be read (%s) costs itself and no other', (bad, problem) => {
  expect(read(`a,b\n${bad}\nc,d\n"e",f\n`)).toEqual([
    { line: 1, fields: ['a', 'b'] },
    { line: 2, problem },
    { line: 3, fields: ['c', 'd'] },
    { line: 4, fields: ['e', 'f'] },
  ]);
});

test('a quote that nobody closes costs its own line', () => {
  expect(read('a,"b\nc,d')).toEqual([
    { line: 1, problem: 'has a quote that is not closed' },
    { line: 2, fields: ['c', 'd'] },
  ]);
});

test.each(['=HYPERLINK("http://evil.example","x")', '+1', '-1', '@SUM(A1)', '\t=1', "'=1"])(
  '%s is written so that no spreadsheet runs it',
  (field) => {
    const [cell = ''] = read(writeCsvRecord([field, 'b'])).flatMap((each) =>
      'fields' in each ? each.fields : [],
    );
    expect(cell).toMatch(/^'/);
    expect(withoutApostrophe(cell)).toBe(field);
  },
);

test.each([
  ['sep=;\r\na;b\r\n"c;d";e\r\n', 2],
  ['a;b\n"c;d";e\n', 1],
  ['\uFEFFsep=\t\na\tb\nc;d\te\n', 2],
  ['a\tb\nc;d\te\n', 1],
])('a spreadsheet may part its fields otherwise: %j', (text, line) => {
  expect(read(text)).toEqual([
    { line, fields: ['a', 'b'] },
    { line: line + 1, fields: ['c;d', 'e'] },
  ]);
});
