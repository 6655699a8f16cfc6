import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commandLine, isAlive } from '../../../tools/processes/processes.ts';
import {
  clearState,
  fingerprintSecret,
  secretsKey,
  releaseState,
  stateFolder,
  type StateFolder,
  takeState,
  tokenSecret,
} from '../../../tools/stack/state.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const KILLED_STACK = { pid: 2 ** 22 + 1, command: 'node tools/run.mjs start' };

test('what a killed stack left running is stopped at the next start', async () => {
  const state = stateFolder(tempFolder());
  const leftOver = await idleProcess();
  record(state, KILLED_STACK, [leftOver]);
  await takeState(state);
  expect(isAlive(leftOver.pid)).toBe(false);
});

test('a process that got the number of a part by chance is left alone', async () => {
  const state = stateFolder(tempFolder());
  const stranger = await idleProcess();
  record(state, KILLED_STACK, [{ pid: stranger.pid, command: 'postgres -D /elsewhere' }]);
  await takeState(state);
  expect(isAlive(stranger.pid)).toBe(true);
});

test('a state folder that a running stack has taken can be neither taken nor cleared', async () => {
  const state = stateFolder(tempFolder());
  const owner = await idleProcess();
  record(state, owner, []);
  const refusal = `A stack is running on ${state.folder} (process ${owner.pid})`;
  await expect(takeState(state)).rejects.toThrow(refusal);
  await expect(clearState(state)).rejects.toThrow(refusal);
});

test('a stack whose number now belongs to another process is not running', async () => {
  const state = stateFolder(tempFolder());
  const stranger = await idleProcess();
  record(state, { pid: stranger.pid, command: 'node tools/run.mjs start' }, []);
  await takeState(state);
  releaseState(state);
  expect(isAlive(stranger.pid)).toBe(true);
});

test('clearing removes what the stack keeps, and nothing else', async () => {
  const state = stateFolder(tempFolder());
  mkdirSync(state.postgres);
  for (const file of [state.temporalDatabase, `${state.temporalDatabase}-wal`, state.gatewayBooks])
    writeFileSync(file, '');
  const stranger = path.join(state.folder, 'notes.txt');
  writeFileSync(stranger, 'mine');
  tokenSecret(state);

  await clearState(state);
  expect(
    [state.postgres, state.temporalDatabase, state.gatewayBooks].filter((entry) => existsSync(entry)),
  ).toEqual([]);
  expect(existsSync(stranger)).toBe(true);
});

test.each([
  { file: 'token-secret', of: 'the tokens', secretOf: tokenSecret },
  { file: 'fingerprint-secret', of: 'the card fingerprints', secretOf: fingerprintSecret },
  { file: 'secrets-key', of: 'the sealed secrets', secretOf: secretsKey },
])('the secret of $of stays the same, and only its owner may read it', ({ file, secretOf }) => {
  const state = stateFolder(tempFolder());
  const secret = secretOf(state);
  expect(secret.length).toBeGreaterThanOrEqual(32);
  expect(secretOf(state)).toBe(secret);
  expect(statSync(path.join(state.folder, file)).mode & 0o077).toBe(0);
});

interface Noted {
  readonly pid: number;
  readonly command: string;
}

function record(state: StateFolder, owner: Noted, parts: readonly Noted[]): void {
  const named = parts.map((part) => ({ name: 'Part', ...part }));
  writeFileSync(path.join(state.folder, 'stack.json'), JSON.stringify({ owner, parts: named }));
}

async function idleProcess(): Promise<Noted> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the process did not start');
  return { pid, command: commandLine(pid) ?? '' };
}
