import fc from 'fast-check';
import { expect, test } from 'vitest';
import { code, jsonAsCode, plain } from '../../src/temporal/markdown.ts';

test.each([
  ['# heading', '\\# heading'],
  ['[a](https://evil.example)', '\\[a\\](https://\u200bevil.example)'],
  ['![x](http://evil.example/p.png)', '\\!\\[x\\](http://\u200bevil.example/p.png)'],
  ['<img src=x>', '\\<img src=x\\>'],
  ['a\n\n# b', 'a \\# b'],
  ['- item', '\\- item'],
  ['1. one', '1\\. one'],
  ['see www.evil.example', 'see www.\u200bevil.example'],
  ['the customer confirmed it', 'the customer confirmed it'],
])('%j is shown as it is', (text, shown) => {
  expect(plain(text)).toBe(shown);
});

test('a value stays code, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('`', '`', 'a', ' ', '\n', '#', '[') }), (value) => {
      const shown = code(value);
      const fence = /^`+/.exec(shown)?.[0] ?? '';
      const inner = shown.slice(fence.length, -fence.length);
      expect(shown).not.toContain('\n');
      expect(shown.endsWith(fence)).toBe(true);
      // No run of backticks inside is as long as the fence, so that none ends it.
      for (const run of inner.match(/`+/g) ?? []) expect(run.length).toBeLessThan(fence.length);
    }),
  );
});

test('JSON at the end of a text can be pasted, and the text before it is plain', () => {
  expect(jsonAsCode('*no*. Example: {"a": "b"}')).toBe('\\*no\\*. Example: `{"a": "b"}`');
});
