import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/runtime/project-files.ts';

test('a service that imports the client gets no worker, no SQL and no web server with it', () => {
  const program = `
    import { createRequire } from 'node:module';
    const client = await import('payment-block/client');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify({ exported: Object.keys(client), loaded }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toContain('PaymentBlockClient');
  expect(stdout).toContain('@temporalio/client');
  for (const unwanted of [
    '@temporalio/worker',
    'core-bridge',
    '/pg/',
    '/fastify/',
    '/zod/',
    'dist/src/store',
  ]) {
    expect(stdout).not.toContain(unwanted);
  }
});
