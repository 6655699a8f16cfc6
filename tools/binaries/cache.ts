import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../processes/processes.ts';
import { type Print, withProgress } from '../progress.ts';

/** Where downloaded and built servers are kept: outside the checkout, so that every checkout shares them. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const caches = environment['XDG_CACHE_HOME'] ?? '';
  return path.join(path.isAbsolute(caches) ? caches : path.join(os.homedir(), '.cache'), 'payment-block');
}

/** The complete folder of this name, or undefined when it was never finished. */
export function findInCache(name: string, cache: string = cacheFolder()): string | undefined {
  const folder = path.join(cache, name);
  return existsSync(folder) ? folder : undefined;
}

/**
 * The folder of this name, made by `build` when it is not there yet. It gets its name only once it is complete, so
 * that nobody ever uses half of it, and of several processes that want it at once one builds and the others wait.
 */
export async function cached(
  name: string,
  build: (folder: string) => Promise<unknown>,
  print: Print,
  cache: string = cacheFolder(),
): Promise<string> {
  const folder = path.join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const release = await lock(path.join(cache, `${name}.lock`), () => existsSync(folder), print);
  try {
    if (existsSync(folder)) return folder;
    removeUnfinished(cache, name);
    const unfinished = path.join(cache, `${name}.unfinished-${process.pid}`);
    mkdirSync(unfinished, { recursive: true });
    try {
      await build(unfinished);
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
    return folder;
  } finally {
    release();
  }
}

/** The lock only spares double work: were it ever taken twice, each builder has a folder of its own to build in. */
async function lock(file: string, isDone: () => boolean, print: Print): Promise<() => void> {
  const release = tryLock(file);
  if (release !== undefined) return release;
  return await withProgress(
    print,
    `waiting for process ${holderOf(file)}, which is at the same work`,
    async () => {
      for (;;) {
        if (isDone()) return () => {};
        const taken = tryLock(file);
        if (taken !== undefined) return taken;
        await sleep(250);
      }
    },
  );
}

/** Takes the lock when it is free, or when its holder is no more; returns what gives it free again. */
function tryLock(file: string): (() => void) | undefined {
  const holder = holderOf(file);
  if (holder !== undefined && !isAlive(holder)) rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return () => rmSync(file, { force: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    throw error;
  }
}

function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function removeUnfinished(cache: string, name: string): void {
  const prefix = `${name}.unfinished-`;
  for (const entry of readdirSync(cache)) {
    if (entry.startsWith(prefix) && !isAlive(Number(entry.slice(prefix.length))))
      rmSync(path.join(cache, entry), { recursive: true, force: true });
  }
}
