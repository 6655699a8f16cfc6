import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { outcomeOf } from '../support/outcome-of.ts';
import { insertPastReviews } from '../support/past-reviews.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  const now = Date.now();
  const held = { subscriberId: 'shop', status: 'held', heldAt: new Date(now - 90.5 * 60_000) } as const;
  await insertPastReviews(database.ownerPool, [
    {
      ...held,
      uniqueReference: 'late',
      minor: 125_000,
      dueAt: new Date(now - 20.5 * 60_000),
      rules: ['amount-large'],
    },
    { ...held, uniqueReference: 'soon', assignedTo: 'ben', dueAt: new Date(now + 3.05 * 3600_000) },
    { ...held, uniqueReference: 'theirs', subscriberId: 'other' },
  ]);
});
afterAll(() => database.drop());

/** Runs the compiled command as a shell would. */
function reviews(...args: readonly string[]) {
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const child = spawn(process.execPath, [main, 'reviews', '--subscriber', 'shop', ...args], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.url,
      TEMPORAL_UI_URL: 'https://temporal.example',
    },
  });
  return outcomeOf(child);
}

test('an operator sees what waits, soonest due first, and where it is decided', async () => {
  const { code, out, err } = await reviews();
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [headings, , late, soon] = out.split('\n');
  expect(headings).toMatch(/^payment +status +amount +due +age +assigned to +rules +run$/);
  expect(late).toMatch(
    /^late +held +1250\.00 EUR +overdue by 20 min +90 min +- +amount-large +https:\/\/temporal\.example\/namespaces\/default\/workflows\/payment%3Ashop%3Alate$/,
  );
  expect(soon).toMatch(/^soon +held +100\.00 EUR +in 3 h +90 min +ben +- +https:/);
  expect(out).not.toContain('theirs');
  expect(out).toMatch(/^2 in all: 1 overdue, /m);
});

test('filters narrow it down, and a page says how to go on', async () => {
  const first = await reviews('--limit', '1');
  const next = /--after (\S+)/.exec(first.out)?.[1] ?? '';
  expect((await reviews('--limit', '1', '--after', next)).out).toMatch(/^soon /m);
  const answer = z
    .object({ reviews: z.array(z.looseObject({ uniqueReference: z.string() })) })
    .parse(JSON.parse((await reviews('--assigned-to', 'nobody', '--json')).out));
  expect(answer.reviews.map(({ uniqueReference }) => uniqueReference)).toEqual(['late']);
  expect(await reviews('--search', 'nowhere')).toMatchObject({
    code: 0,
    out: 'Nothing in the queue is like that.\n',
  });
});

test('an option that cannot be used is named as it was typed', async () => {
  expect(await reviews('--amount-from', '10', '--due', 'soon')).toMatchObject({
    code: 2,
    err: '--due is none of overdue, today, later, undated\n',
  });
  expect(await reviews('--amount-from', '10')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--amount-from needs a currency'),
  });
});
