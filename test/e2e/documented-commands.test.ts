import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { command, stackIn } from '../support/stack-command.ts';

let state: string;
let stack: Awaited<ReturnType<typeof stackIn>>;
let running: ReturnType<typeof command>;

beforeAll(async () => {
  state = mkdtempSync(path.join(os.tmpdir(), 'payment-block-e2e-'));
  // Reachable for the account that Postgres runs as, so that all of its data is in there and goes with it.
  chmodSync(state, 0o755);
  stack = await stackIn(state);
  running = command('start', stack.env);
  await running.says('Serving until Ctrl-C');
}, 120_000);

afterAll(async () => {
  running.child.kill('SIGINT');
  await running.ended;
  rmSync(state, { recursive: true, force: true });
}, 60_000);

/** What a page prints for a shell, all of it in order, with the ports of this stack. */
function printedIn(page: string): string {
  const text = readFileSync(path.join(projectRoot, 'docs', page), 'utf8');
  const { api, postgres } = stack.ports;
  return [...text.matchAll(/```sh\n(.*?)```/gs)]
    .map(([, script = '']) => script)
    .join('\n')
    .replaceAll('localhost:8080', `localhost:${api}`)
    .replaceAll('127.0.0.1:5433', `127.0.0.1:${postgres}`);
}

/** Runs a script until its first command that fails. @returns what it printed, each command line before its output */
async function run(script: string): Promise<string> {
  const folder = mkdtempSync(path.join(state, 'session-'));
  for (const name of ['rules', 'docs']) symlinkSync(path.join(projectRoot, name), path.join(folder, name));
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const npx = `npx() { shift; ${process.execPath} ${main} "$@"; }`;
  const { stdout } = await promisify(execFile)('bash', ['-euc', `${npx}\n${script}`], {
    cwd: folder,
    env: { ...process.env, TEMPORAL_ADDRESS: `127.0.0.1:${stack.ports.temporal}` },
  });
  return stdout;
}

test('the calls of docs/integrate.md work as they are printed, in order', { timeout: 60_000 }, async () => {
  const printed = await run(printedIn('integrate.md'));
  const answers = z.array(z.unknown()).parse(JSON.parse(`[${printed.replaceAll('}{', '},{')}]`));
  expect(answers).toMatchObject([
    { responseCode: '0000', uniqueReference: '53234567643', disposition: 'HOLD' },
    {
      responseCode: '0000',
      uniqueReference: '53234567643',
      refundStatusCode: expect.stringMatching(/RECEIVED|PENDING|CAPTURED/),
    },
    { payislandResponse: { runPayislandRules: true }, errors: [], warnings: [] },
    {},
  ]);
});

test('the session of docs/start.md works as it is printed, and each command has something to show', {
  timeout: 120_000,
}, async () => {
  const printed = await run(printedIn('start.md'));
  for (const shown of [
    /status +held\n/,
    /refunded, refund \S+ CAPTURED, decided by operator/,
    /blocked +yes\n/,
    /blocked by entry 1 on the ip, added by ana: card testing/,
    /order-2 +held/,
    /release it to the merchant \(the customer has confirmed it\)/,
    /paymentReleased +\S+ +email/,
    /nothing has changed:[^]*language +not set +"de"/,
    /blocked:order-1 +0\.00 EUR/,
    /closing +2000\.00 EUR/,
    /gateway +sandbox/,
    /nothing needs a person/,
    /stricter, version 1, can be added/,
    /decisions compared/,
    /state +draft/,
    /state +shadow/,
    /would differ +1 \(/,
    /charged back +80\.00 EUR/,
  ])
    expect(printed).toMatch(shown);
});
