import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { addRuleSet } from '../../src/store/rules/rule-sets.ts';
import { outcomeOf } from '../support/outcome-of.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { documentOf } from '../support/rule-documents.ts';
import { SECRETS } from '../support/secrets.ts';

const BY = ['--by', 'ana', '--reason', 'as agreed'];
const REVIEW = 'reminderHours: 2\ndeadlineHours: 8\ndeadlineAction: stayHeld\n';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await testDatabase();
  folder = mkdtempSync(path.join(os.tmpdir(), 'payment-block-changes-'));
  writeFileSync(path.join(folder, 'review.yaml'), REVIEW);
  writeFileSync(path.join(folder, 'off.yaml'), 'takesTwo: []\n');
  writeFileSync(path.join(folder, 'entries.csv'), 'kind,value,verdict,reason\nip,203.0.113.9,block,seen\n');
  const { publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(path.join(folder, 'key.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  const document = 'takesTwo: [lists, settings, rules, credentials]\n';
  await putSettings(database.pool, 'fourEyes', 'shop', document, { actor: 'ana', reason: 'as agreed' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

/** Runs the compiled command as a shell would. */
function run(args: readonly string[], subscriber = 'shop') {
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const child = spawn(process.execPath, [main, ...args, '--subscriber', subscriber], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.url,
      PAYMENT_BLOCK_PASSWORD: 'correct horse battery',
      RULES_FOUR_EYES: 'false',
      ALLOW_LOOPBACK_WEBHOOKS: 'true',
      ...SECRETS,
    },
  });
  return outcomeOf(child);
}

const answer = z.object({ proposed: z.object({ changeId: z.int(), hash: z.string() }) });

test.each([
  ['settings', ['settings', 'put', 'review', 'review.yaml']],
  ['the settings of four eyes themselves', ['settings', 'put', 'fourEyes', 'off.yaml']],
  ['an entry', ['lists', 'add', 'ip', '203.0.113.7', 'block']],
  ['a user', ['account', 'add', 'till', '--scopes', 'payment.block']],
  ['a key', ['keys', 'add', 'checkout', 'key.pem']],
  ['a webhook', ['webhooks', 'add', 'http://127.0.0.1:1/hooks']],
])(
  '%s: proposed with exit code 4, refused by the same person, and carried out for another',
  async (_what, args) => {
    const proposed = await run([...args, ...BY, '--json']);
    expect(proposed).toMatchObject({ code: 4, err: '' });
    const { changeId, hash } = answer.parse(JSON.parse(proposed.out)).proposed;
    const confirm = ['changes', 'confirm', String(changeId), '--reason', 'so have I', '--by'];
    expect(await run([...confirm, ' Аna ', '--hash', hash])).toMatchObject({
      code: 1,
      err: expect.stringContaining('ana has proposed it: another person has to confirm it'),
    });
    expect(await run([...confirm, 'ben', '--hash', 'f'.repeat(32)])).toMatchObject({
      code: 1,
      err: expect.stringContaining('read it again'),
    });
    expect(await run([...confirm, 'ben', '--hash', hash])).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${changeId}, confirmed`),
    });
    // Four eyes are on for the test after this one.
    await putSettings(
      database.pool,
      'fourEyes',
      'shop',
      'takesTwo: [lists, settings, rules, credentials]\n',
      {
        actor: 'ana',
        reason: 'as agreed',
      },
    );
  },
);

test('a file is proposed, read in full and rejected; people are told what to do next', async () => {
  const proposed = await run(['lists', 'import', 'entries.csv', '--by', 'ana']);
  expect(proposed).toMatchObject({ code: 4 });
  expect(proposed.out).toMatch(/^Proposed: it takes two people, and nothing has changed yet\./);
  const [, changeId = ''] =
    /changes confirm (\d+) --subscriber shop \\\n +--hash [0-9a-f]{32} --by 'your name'/.exec(proposed.out) ??
    [];
  expect((await run(['changes', 'show', changeId])).out).toContain('value: 203.0.113.9');
  expect((await run(['changes'])).out).toContain('add to the lists: 1 block ip');
  expect(await run(['changes', 'reject', changeId, ...BY])).toMatchObject({ code: 0 });
  expect((await run(['changes'])).out).toBe('nothing waits for a second person\n');
  expect((await run(['audit', 'show', 'lists:entries'])).out).toMatch(/changeProposed .*\n.*changeRejected/);
});

test('a user is locked by one person at once, and let in again by two', async () => {
  expect(await run(['account', 'lock', 'till', ...BY])).toMatchObject({ code: 0 });
  expect(await run(['account', 'unlock', 'till', ...BY])).toMatchObject({ code: 4 });
});

test('a rule set is activated by another person than who added it where the settings say so, whatever the variable', async () => {
  const ana = { actor: 'ana', reason: 'as agreed' };
  const { ruleSetId } = await addRuleSet(database.pool, 'shop', documentOf({ version: 1 }), ana);
  const activate = (by: string) => run(['rules', 'activate', ruleSetId, '--by', by, '--reason', 'seen']);
  expect(await activate('ANA')).toMatchObject({
    code: 1,
    err: expect.stringContaining('another person has to'),
  });
  expect(await activate('ben')).toMatchObject({ code: 0 });
  expect(await run(['rules', 'retire', ruleSetId, ...BY])).toMatchObject({ code: 1 });
});
