import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/project-files.ts';

test('the bench runs to its end and prints every table', async () => {
  const bench = pathToFileURL(path.join(projectRoot, 'dist/tools/bench.js')).href;
  const program = `const { main } = await import('${bench}'); process.exit(await main(['--quick']));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stdout).toMatch(/\d+ cores .*\nNode .*, Postgres \d+/);
  for (const row of [/1000 +as on a rules call +\d+/, /ten aggregates counted anew +500 +500/]) {
    expect(stdout).toMatch(row);
  }
  for (const callers of [1, 8]) {
    expect(stdout).toMatch(new RegExp(` ${callers}  floor: auth and one insert +\\d`));
    expect(stdout).toMatch(new RegExp(` ${callers}  rules call +\\d`));
  }
});
