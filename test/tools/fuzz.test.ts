import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { fuzzApi } from '../../tools/fuzz/api.ts';
import { fuzzParsers } from '../../tools/fuzz/parsers.ts';
import { withThrowAwayState } from '../../tools/stack/throw-away-state.ts';

// How long the event loop is held is measured by `npm run fuzz` alone: here other tests run beside it.
const common = { signal: new AbortController().signal, print: () => {} };
const seed = randomInt(1, 1_000_000);

test(`no parser throws, whatever it is given (seed ${seed})`, { timeout: 120_000 }, async () => {
  const found = await fuzzParsers({ ...common, seed, milliseconds: 26_000 });
  expect(found.flatMap(({ findings }) => findings)).toEqual([]);
  for (const { what, inputs } of found) expect([what, inputs >= 50]).toEqual([what, true]);
});

test(`no route answers 500, nor what it does not document (seed ${seed})`, { timeout: 300_000 }, async () => {
  const found = await withThrowAwayState('payment-block-fuzz-', (state) =>
    fuzzApi({ ...common, seed, seconds: 40, state }),
  );
  expect(found.flatMap(({ findings }) => findings)).toEqual([]);
  expect(found.reduce((sum, { inputs }) => sum + inputs, 0)).toBeGreaterThan(300);
});
