import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { tempFolder } from '../support/temp-folder.ts';

test('the bench of the rules runs to its end and prints every table', async () => {
  const { stdout } = await bench('--only', 'rules');
  expect(stdout).toMatch(/\d+ cores .*\nNode .*, Postgres \d+/);
  for (const row of [/1,000 +as on a rules call +\d+/, /ten aggregates counted anew +500 +500/]) {
    expect(stdout).toMatch(row);
  }
  for (const callers of [1, 8]) {
    expect(stdout).toMatch(new RegExp(` ${callers}  floor: auth and one insert +\\d`));
    expect(stdout).toMatch(new RegExp(` ${callers}  rules call +\\d`));
  }
});

test('the bench of lifecycles runs to its end, no call fails, and its figures are in the JSON', async () => {
  const { stdout, json } = await bench('--only', 'lifecycles', '--only', 'waiting');
  expect(stdout).toMatch(/held and refunded, HTTP +\d/);
  expect(stdout).toContain('No call has failed.');
  const { tables, targets, failures } = figures.parse(json);
  expect(failures).toEqual([]);
  expect(targets.every(({ reached }) => reached > 0)).toBe(true);
  const [lives] = tables;
  expect(lives?.rows.map((row) => row['lifecycle'])).toHaveLength(6);
  for (const row of lives?.rows ?? []) expect(row['lives/s']).toBeGreaterThan(0);
}, 120_000);

const figures = z.object({
  tables: z.array(z.object({ title: z.string(), rows: z.array(z.record(z.string(), z.unknown())) })),
  targets: z.array(z.object({ what: z.string(), reached: z.number() })),
  failures: z.array(z.string()),
});

/** Runs the compiled bench quickly. It rejects with what was printed where the exit code is not 0. */
async function bench(...args: string[]): Promise<{ stdout: string; json: unknown }> {
  const main = pathToFileURL(path.join(projectRoot, 'dist/tools/bench.js')).href;
  const jsonFile = path.join(tempFolder(), 'bench.json');
  const program = `const { main } = await import('${main}');
    process.exit(await main(${JSON.stringify(['--quick', '--json', jsonFile, ...args])}));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  return { stdout, json: JSON.parse(readFileSync(jsonFile, 'utf8')) };
}
