import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { activateRuleSet, addRuleSet } from '../../src/store/rules/rule-sets.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { freePorts } from '../../tools/stack/ports.ts';
import { documentOf } from '../support/rule-documents.ts';

/** Runs one of the stack's commands as npm does, compiled already. */
function command(name: 'start' | 'demo', env: Record<string, string>) {
  const entry = path.join(projectRoot, 'dist/tools', `${name}.js`);
  const child = spawn(
    process.execPath,
    [
      '-e',
      `import(${JSON.stringify(entry)}).then((it) => it.main()).then((code) => process.exit(code), (error) => { console.error(error.message); process.exit(1); })`,
    ],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    child,
    ended,
    output: () => output,
    async says(text: string): Promise<void> {
      while (!output.includes(text)) {
        const over = await Promise.race([
          ended.then(() => true),
          new Promise((next) => setTimeout(next, 100)),
        ]);
        if (over === true) throw new Error(`it ended before it said "${text}":\n${output}`);
      }
    },
  };
}

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

/** The calls that docs/integrate.md prints, in a shell, in order. @returns what each answered, the token's aside */
async function answersOfPrintedCalls(api: number): Promise<unknown[]> {
  const page = readFileSync(path.join(projectRoot, 'docs/integrate.md'), 'utf8');
  const [, script = ''] = /```sh\n(.*?)```/s.exec(page) ?? [];
  const { stdout } = await promisify(execFile)('bash', [
    '-euc',
    script.replaceAll('localhost:8080', `localhost:${api}`),
  ]);
  return z.array(z.unknown()).parse(JSON.parse(`[${stdout.replaceAll('}{', '},{')}]`));
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
  const { api, ...others } = await freePorts();
  const env = {
    STATE_DIR: state,
    API_PORT: String(api),
    POSTGRES_PORT: String(others.postgres),
    TEMPORAL_PORT: String(others.temporal),
    TEMPORAL_UI_PORT: String(others.temporalUi),
    GATEWAY_PORT: String(others.gateway),
    MAIL_PORT: String(others.mail),
    SIGN_IN_PORT: String(others.signIn),
    SMTP_PORT: String(others.smtp),
  };
  const first = command('start', env);
  await first.says('Serving until Ctrl-C');
  const reference = /payment (sample-\w+)/.exec(first.output())?.[1];
  const pool = createPool(
    `postgres://payment_block:payment_block@127.0.0.1:${others.postgres}/payment_block`,
    'test',
    () => {},
  );
  const signed = { actor: 'ana', reason: 'the settings of the example' };
  const reviews = readFileSync(path.join(projectRoot, 'docs/reviews.md'), 'utf8');
  const [, settings = ''] = /```yaml\n(.*?)```/s.exec(reviews) ?? [];
  await putSettings(pool, 'review', 'demo', settings, signed);
  expect(await answersOfPrintedCalls(api)).toMatchObject([
    { responseCode: '0000', uniqueReference: '53234567643', disposition: 'HOLD' },
    {
      responseCode: '0000',
      uniqueReference: '53234567643',
      refundStatusCode: expect.stringMatching(/RECEIVED|PENDING|CAPTURED/),
    },
    { payislandResponse: { runPayislandRules: true }, errors: [], warnings: [] },
    {},
  ]);
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);
  expect(processesOf(state)).toEqual([]);

  const second = command('start', env);
  await second.says('Serving until Ctrl-C');
  expect(second.output()).toContain('operator ben, the second one');
  expect(second.output()).toContain('COMPLETED, result refunded');
  const { ruleSetId } = await addRuleSet(pool, 'demo', documentOf({ name: 'lenient' }), signed);
  await activateRuleSet(pool, 'demo', ruleSetId, signed, false);
  const issued = await fetch(`http://127.0.0.1:${api}/user/demo/issue`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId: 'demo', password: 'demo' }),
  });
  const { token } = z.object({ token: z.string() }).parse(await issued.json());
  const answer = await fetch(`http://127.0.0.1:${api}/payment/${reference}`, {
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
