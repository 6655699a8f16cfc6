import path from 'node:path';
import { expect, test } from 'vitest';
import { startPart } from '../../../tools/processes/managed-process.ts';
import { isAlive } from '../../../tools/processes/processes.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('a part is up once it says so, and gone once it is stopped', async () => {
  const part = await start('process.send({ ready: true }); setInterval(() => {}, 1000)');
  expect(isAlive(part.pid)).toBe(true);
  await part.stop();
  expect(isAlive(part.pid)).toBe(false);
});

test('a part that ends while it starts is named, with the end of its log', async () => {
  await expect(start('console.error("no such table: payments"); process.exit(1)')).rejects.toThrow(
    /^Worker ended while it started\.[^]*no such table: payments$/,
  );
});

test('a program that is not there is named', async () => {
  await expect(start('', '/nowhere/program')).rejects.toThrow(
    /^Worker could not be started: \/nowhere\/program/,
  );
});

test('a part that turns out not to be usable is stopped', async () => {
  let pid = 0;
  const failing = startPart({
    ...options('setInterval(() => {}, 1000)'),
    onSpawn: (spawned) => {
      pid = spawned;
    },
    isReady: () => Promise.reject(new Error('it speaks another language')),
  });
  await expect(failing).rejects.toThrow('it speaks another language');
  expect(isAlive(pid)).toBe(false);
});

function start(script: string, program?: string): ReturnType<typeof startPart> {
  return startPart({ ...options(script), ...(program === undefined ? {} : { program }) });
}

function options(script: string): Parameters<typeof startPart>[0] {
  return {
    name: 'Worker',
    program: process.execPath,
    args: ['-e', script],
    env: process.env,
    logFile: path.join(tempFolder(), 'worker.log'),
  };
}
