import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { cached, findInCache } from './cache.ts';
import { findOnPath, runProgram } from '../processes/programs.ts';
import { type Print, withProgress } from '../progress.ts';

/** A program that is built here from a Go module; `tools/binaries/<folder>/go.mod` pins its version. */
export interface GoProgram {
  readonly folder: string;
  readonly module: string;
  readonly package: string;
  readonly program: string;
  /** Programs that come out of the same module and lie beside it: their names and packages. */
  readonly beside?: Readonly<Record<string, string>>;
  /** What is being done, for the person who waits. */
  readonly label: string;
  /** What to do on a machine without Go. */
  readonly withoutGo: string;
}

/** The path of the program where it was built before. */
export function findBuilt(goProgram: GoProgram): string | undefined {
  const kept = findInCache(cacheName(goProgram));
  return kept === undefined ? undefined : path.join(kept, goProgram.program);
}

/** The path of the program, built once and kept in the cache. */
export async function built(goProgram: GoProgram, print: Print, signal?: AbortSignal): Promise<string> {
  const kept = findBuilt(goProgram);
  if (kept !== undefined) return kept;
  if (findOnPath('go') === undefined) throw new Error(goProgram.withoutGo);
  const folder = await cached(
    cacheName(goProgram),
    (unfinished) =>
      withProgress(print, goProgram.label, async () => {
        const programs = { [goProgram.program]: goProgram.package, ...goProgram.beside };
        for (const [name, goPackage] of Object.entries(programs))
          await build(goProgram, goPackage, path.join(unfinished, name), signal);
      }),
    print,
  );
  return path.join(folder, goProgram.program);
}

async function build(
  goProgram: GoProgram,
  goPackage: string,
  output: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await runProgram(
      'go',
      ['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w', '-o', output, goPackage],
      { cwd: moduleFolder(goProgram), env: { ...process.env, GOWORK: 'off', CGO_ENABLED: '0' }, signal },
    );
  } catch (error) {
    // Said where Go may not fetch the newer one by itself (GOTOOLCHAIN).
    const [, wanted, found] =
      /requires go >= (\S+) \(running go ([\d.]+)/.exec(error instanceof Error ? error.message : '') ?? [];
    if (wanted === undefined) throw error;
    throw new Error(
      `${goProgram.program} needs Go ${wanted} or newer to be built, and this machine has Go ${found}.\n` +
        'Install a newer one (https://go.dev/dl), or let Go fetch it by itself: GOTOOLCHAIN=auto.',
      { cause: error },
    );
  }
}

function cacheName(goProgram: GoProgram): string {
  return `${goProgram.folder}-${pinnedVersion(goProgram)}`;
}

function pinnedVersion(goProgram: GoProgram): string {
  const file = path.join(moduleFolder(goProgram), 'go.mod');
  const required = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(' '))
    .find(([module, version]) => module === goProgram.module && version?.startsWith('v'));
  const version = required?.[1]?.slice(1);
  if (version === undefined)
    throw new Error(`${file} does not say which version of ${goProgram.module} to build.`);
  return version;
}

function moduleFolder(goProgram: GoProgram): string {
  return path.join(projectRoot, 'tools/binaries', goProgram.folder);
}
