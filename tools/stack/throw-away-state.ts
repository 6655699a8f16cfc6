import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { clearState, isInUse, type StateFolder, stateFolder } from './state.ts';

/**
 * Gives `work` a state folder of its own, and takes the folder away afterwards. What an earlier one that was killed has
 * left is taken away first: its folder, and servers that may still run on it.
 * @param prefix of the folder's name, by which those left behind are known
 */
export async function withThrowAwayState<T>(
  prefix: string,
  work: (state: StateFolder) => Promise<T>,
): Promise<T> {
  for (const name of readdirSync(os.tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const leftOver = stateFolder(path.join(os.tmpdir(), name));
    if (!isInUse(leftOver)) await remove(leftOver);
  }
  const state = stateFolder(mkdtempSync(path.join(os.tmpdir(), prefix)));
  // Postgres, which runs as another account when this is root, has to get to its data in there.
  chmodSync(state.folder, 0o711);
  try {
    return await work(state);
  } finally {
    await remove(state);
  }
}

async function remove(state: StateFolder): Promise<void> {
  await clearState(state);
  rmSync(state.folder, { recursive: true, force: true });
}
