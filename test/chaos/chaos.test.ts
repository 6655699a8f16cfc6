import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { failpoints } from '../../src/runtime/failpoints.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';

const reportSchema = z.object({
  begun: z.number(),
  ended: z.array(z.unknown()),
  failpoints: z.record(z.string(), z.number()),
  gatewayFaults: z.record(z.string(), z.number()),
  databaseErrors: z.record(z.string(), z.number()),
  violations: z.record(z.string(), z.array(z.string())),
});

/**
 * Runs the command as npm does, compiled already. What it leaves in its temporary folder is told, then removed; the
 * folder's name is none that another run would take for one left behind.
 */
async function chaos(...args: string[]) {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'test-of-chaos-'));
  // Postgres, which runs as another account when this is root, has to get to its data in there.
  chmodSync(temporary, 0o711);
  const json = path.join(temporary, 'report.json');
  const entry = path.join(projectRoot, 'dist/tools/chaos.js');
  const main = `import(${JSON.stringify(entry)}).then((it) => it.main(process.argv.slice(1))).then(process.exit)`;
  const child = spawn(process.execPath, ['--eval', main, '--', ...args, '--json', json], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Where the test runs out of time, the run stops its processes.
  onTestFinished(() => void child.kill());
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = z.tuple([z.number(), z.unknown()]).parse(await once(child, 'close'));
  try {
    const leftOver = readdirSync(temporary).filter((name) => name !== 'report.json');
    return { code, output, leftOver, report: reportSchema.parse(JSON.parse(readFileSync(json, 'utf8'))) };
  } catch (cause) {
    throw new Error(`there is no report:\n${output}`, { cause });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

test('50 payments are each paid once at most, told truly and brought to their end, whatever is killed, cut or refused', {
  timeout: 600_000,
}, async () => {
  const { code, output, leftOver, report } = await chaos(
    '--lifecycles',
    '50',
    '--seed',
    '2026',
    '--rate',
    '1',
  );
  expect([code, output]).toEqual([0, expect.stringContaining('Every promise was kept')]);
  expect(report.ended).toHaveLength(report.begun);
  expect(Object.keys(report.failpoints).toSorted()).toEqual(failpoints.toSorted());
  expect(Object.keys(report.databaseErrors).length).toBeGreaterThan(5);
  expect(leftOver).toEqual([]);
});

test('an adapter that takes a new key for each retry pays twice, and the run says so', {
  timeout: 300_000,
}, async () => {
  // From this seed on, a gateway drops an answer within the first twelve lifecycles.
  const args = ['--lifecycles', '12', '--seed', '3', '--rate', '3', '--no-kills', '--new-key-per-retry'];
  const { code, output, report } = await chaos(...args);
  expect([code, output]).toEqual([1, expect.stringContaining('A promise was broken')]);
  expect(report.gatewayFaults['drops the answer']).toBeGreaterThan(0);
  expect(report.violations['paidTwice']).not.toEqual([]);
});
