import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { activateRuleSet, addRuleSet } from '../../src/store/rules/rule-sets.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { command, stackIn } from '../support/stack-command.ts';
import { documentOf } from '../support/rule-documents.ts';

/** The processes on this machine whose command line names a folder. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(folder));
}

test('the demo sees one payment through its whole life and leaves nothing behind', {
  timeout: 120_000,
}, async () => {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'payment-block-e2e-'));
  const demo = command('demo', { TMPDIR: temporary });
  expect([await demo.ended, demo.output()]).toEqual([
    0,
    expect.stringContaining('COMPLETED, result refunded'),
  ]);
  expect(processesOf(temporary)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
  rmSync(temporary, { recursive: true });
});

test('what was stored is there after a restart, the sample goes by it, and Ctrl-C leaves no process', {
  timeout: 300_000,
}, async () => {
  const state = mkdtempSync(path.join(os.tmpdir(), 'payment-block-e2e-'));
  // Reachable for the account that Postgres runs as, so that all of its data is in there and goes with it.
  chmodSync(state, 0o755);
  const { ports, env } = await stackIn(state);
  const first = command('start', env);
  await first.says('Serving until Ctrl-C');
  const reference = /payment (sample-\w+)/.exec(first.output())?.[1];
  const pool = createPool(
    `postgres://payment_block:payment_block@127.0.0.1:${ports.postgres}/payment_block`,
    'test',
    () => {},
  );
  const signed = { actor: 'ana', reason: 'the settings of the example' };
  const reviews = readFileSync(path.join(projectRoot, 'docs/reviews.md'), 'utf8');
  const [, settings = ''] = /```yaml\n(.*?)```/s.exec(reviews) ?? [];
  await putSettings(pool, 'review', 'demo', settings, signed);
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);
  expect(processesOf(state)).toEqual([]);

  const second = command('start', env);
  await second.says('Serving until Ctrl-C');
  expect(second.output()).toContain('operator ben, the second one');
  expect(second.output()).toContain('COMPLETED, result refunded');
  const { ruleSetId } = await addRuleSet(pool, 'demo', documentOf({ name: 'lenient' }), signed);
  await activateRuleSet(pool, 'demo', ruleSetId, signed, false);
  const issued = await fetch(`http://127.0.0.1:${ports.api}/user/demo/issue`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId: 'demo', password: 'demo' }),
  });
  const { token } = z.object({ token: z.string() }).parse(await issued.json());
  const answer = await fetch(`http://127.0.0.1:${ports.api}/payment/${reference}`, {
    headers: { 'x-auth-token': token },
  });
  expect(await answer.json()).toMatchObject({ paymentStatus: 'refunded', refundStatusCode: 'CAPTURED' });
  await pool.end();
  second.child.kill('SIGINT');
  expect(await second.ended).toBe(0);
  expect(processesOf(state)).toEqual([]);

  const third = command('start', env);
  await third.says('Serving until Ctrl-C');
  expect(third.output()).toContain('The sample payment went wrong: this was not seen: the rules say HOLD.');
  // Postgres is killed: the stack says what ended, that all is stopped, and what to do.
  const [postmaster = ''] = readFileSync(path.join(state, 'postgres/postmaster.pid'), 'utf8').split('\n');
  process.kill(Number(postmaster), 'SIGKILL');
  expect(await third.ended).toBe(1);
  expect(third.output()).toContain('Postgres ended although nobody asked it to');
  expect(third.output()).toMatch(/Stopped\. What was stored is kept in .*\n"npm start" goes on from there/);
  expect(processesOf(state)).toEqual([]);
  rmSync(state, { recursive: true, force: true });
});

test('the production-like stack comes up again at once on what it has stored, and Ctrl-C leaves no process', {
  // An empty cache takes building Temporal's server, which is done once.
  timeout: 1_800_000,
}, async () => {
  const state = mkdtempSync(path.join(os.tmpdir(), 'payment-block-e2e-'));
  chmodSync(state, 0o755);
  const { ports, env } = await stackIn(state);
  const secondsToStart: number[] = [];
  for (const start of ['first', 'second']) {
    const began = Date.now();
    const started = command('production-like', env);
    await started.says('Serving until Ctrl-C');
    secondsToStart.push((Date.now() - began) / 1000);
    expect(started.output()).toContain(`127.0.0.1:${ports.temporal} (certificate and token)`);
    started.child.kill('SIGINT');
    expect([start, await started.ended, started.output()]).toEqual([
      start,
      0,
      expect.stringContaining('Stopped.'),
    ]);
    expect(processesOf(state)).toEqual([]);
  }
  // Services that wait for those of the last start take half a minute and more.
  expect(secondsToStart[1]).toBeLessThan(30);
  rmSync(state, { recursive: true, force: true });
});
