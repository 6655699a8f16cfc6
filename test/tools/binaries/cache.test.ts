import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cached, findInCache } from '../../../tools/binaries/cache.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NOBODY = 2 ** 22 + 1;
const silent = (): void => {};

test('what could not be built to its end is not there, and is built anew', async () => {
  const cache = tempFolder();
  const broken = cached(
    'server',
    (folder) => fill(folder, 'half').then(() => Promise.reject(new Error('no disk'))),
    silent,
    cache,
  );
  await expect(broken).rejects.toThrow('no disk');
  expect(findInCache('server', cache)).toBeUndefined();
  expect(readdirSync(cache)).toEqual([]);

  const folder = await cached('server', (unfinished) => fill(unfinished, 'whole'), silent, cache);
  expect(readFileSync(path.join(folder, 'program'), 'utf8')).toBe('whole');
});

test('what a killed process left half built, and its lock, are cleared away', async () => {
  const cache = tempFolder();
  mkdirSync(path.join(cache, `server.unfinished-${NOBODY}`));
  writeFileSync(path.join(cache, 'server.lock'), String(NOBODY));

  const folder = await cached('server', (unfinished) => fill(unfinished, 'whole'), silent, cache);
  expect(readFileSync(path.join(folder, 'program'), 'utf8')).toBe('whole');
  expect(readdirSync(cache)).toEqual(['server']);
});

test('of several that want the same at once, one builds and all get it', async () => {
  const cache = tempFolder();
  let builds = 0;
  const build = async (unfinished: string): Promise<void> => {
    builds += 1;
    await fill(unfinished, 'whole');
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  const folders = await Promise.all([1, 2, 3].map(() => cached('server', build, silent, cache)));
  expect(builds).toBe(1);
  expect(new Set(folders)).toEqual(new Set([path.join(cache, 'server')]));
});

test('what is there is used as it is', async () => {
  const cache = tempFolder();
  mkdirSync(path.join(cache, 'server'));
  const folder = await cached('server', () => Promise.reject(new Error('must not build')), silent, cache);
  expect(existsSync(folder)).toBe(true);
});

async function fill(folder: string, content: string): Promise<void> {
  writeFileSync(path.join(folder, 'program'), content);
  return Promise.resolve();
}
