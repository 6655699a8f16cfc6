import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../src/runtime/project-files.ts';

test('an error that the Temporal SDK logs is in the log with its message', () => {
  const module = path.join(projectRoot, 'dist/src/runtime/logger.js');
  const script = `import { createLogger } from ${JSON.stringify(module)};
    createLogger('worker', 'info').warn({ error: new Error('column "x" does not exist') }, 'Activity failed');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    msg: 'Activity failed',
    error: { message: 'column "x" does not exist' },
  });
});
