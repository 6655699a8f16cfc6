import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { cardFingerprints } from '../../src/store/payments/card-fingerprint.ts';
import { outcomeOf } from '../support/outcome-of.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { tempFolder } from '../support/temp-folder.ts';

const SECRET = 'a secret of at least thirty-two characters';
const BY = ['--by', 'ana', '--reason', 'card testing'];

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

/** Runs the compiled command as a shell would. */
function lists(subscriber: string, args: readonly string[], changes: Record<string, string> = {}) {
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const child = spawn(process.execPath, [main, 'lists', ...args, '--subscriber', subscriber], {
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url, FINGERPRINT_SECRET: SECRET, ...changes },
  });
  return outcomeOf(child);
}

test('an analyst lists an address, asks why it is blocked, and takes it off', async () => {
  const added = await lists('shop', ['add', 'ip', '203.0.113.0/24', 'block', ...BY]);
  expect(added).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^added\nentry +\d+\nverdict +block\n/),
  });
  const again = await lists('shop', ['add', 'ip', '203.0.113.0/24', 'block', ...BY]);
  expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^was listed before/) });
  const asked = await lists('shop', ['lookup', '--ip', '203.0.113.7', '--customer', 'nobody', '--json']);
  const answer = z.object({ decidedBy: z.object({ entryId: z.int() }) }).parse(JSON.parse(asked.out));
  expect(JSON.parse(asked.out)).toMatchObject({ verdict: 'block', decidedBy: { value: '203.0.113.0/24' } });
  const remove = () =>
    lists('shop', ['remove', String(answer.decidedBy.entryId), '--by', 'ben', '--reason', 'a mistake']);
  expect(await remove()).toMatchObject({ code: 0, out: expect.stringMatching(/^removed\n/) });
  expect(await remove()).toMatchObject({ code: 1, err: expect.stringMatching(/^not found: /) });
  expect(await lists('shop', ['lookup', '--ip', '203.0.113.7'])).toMatchObject({ out: 'not on the lists\n' });
});

test('a file goes in, its bad lines are told, and what is exported goes in elsewhere as the same', async () => {
  const file = path.join(tempFolder(), 'entries.csv');
  const rows = [
    'kind,value,verdict,reason,expiresAt',
    'cardFingerprint,tok_1,absoluteBlock,"stolen, twice",2099-12-31T12:00Z',
    'card,4242:Zoë Gruber,block,"a ""friend""",',
    'ip,nowhere,block,seen,',
    'ip,2001:db8::/32,allow,the office,',
  ];
  writeFileSync(file, rows.join('\r\n'));
  const dry = await lists('one', ['import', file, '--by', 'ana', '--dry-run']);
  expect(dry.out).toMatch(
    /^rows +4\nwould be added +3\nlisted already +0\nrejected +1\nline 4: value is no IP/,
  );
  const first = await lists('one', ['import', file, '--by', 'ana', '--json']);
  expect(JSON.parse(first.out)).toMatchObject({ added: 3, rejectedLines: [{ line: 4 }] });
  const exported = await lists('one', ['export']);
  expect(exported.out).toContain(cardFingerprints(SECRET)('tok_1'));
  expect(exported.out).not.toContain('tok_1');
  writeFileSync(file, exported.out);
  expect(JSON.parse((await lists('two', ['import', file, '--by', 'ana', '--json'])).out)).toMatchObject({
    added: 3,
  });
  expect((await lists('two', ['export'])).out.split('\r\n').toSorted()).toEqual(
    exported.out.split('\r\n').toSorted(),
  );
});

test.each([
  {
    why: 'the value is none',
    args: ['add', 'ip', 'nowhere', 'block', ...BY],
    says: 'value is no IP address',
  },
  { why: 'there is nothing to look up', args: ['lookup'], says: 'say what to look up: --customer' },
  { why: 'there is no file', args: ['import', '/no/file', '--by', 'ana'], says: 'the file cannot be read' },
  { why: 'an entry is no number', args: ['remove', 'x', ...BY], says: 'named by its number' },
])('is told with exit code 2 that $why', async ({ args, says }) => {
  expect(await lists('shop', args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) });
});

test('a card token needs the secret, its fingerprint does not', async () => {
  const none = { FINGERPRINT_SECRET: '' };
  const refused = await lists('shop', ['lookup', '--card-fingerprint', 'tok_1'], none);
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('set FINGERPRINT_SECRET') });
  const fingerprint = cardFingerprints(SECRET)('tok_1');
  expect(await lists('shop', ['lookup', '--card-fingerprint', fingerprint], none)).toMatchObject({ code: 0 });
});
