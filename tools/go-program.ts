import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../src/project-files.ts';
import { cached } from './cache.ts';
import { findOnPath, runProgram } from './programs.ts';
import { type Print, withProgress } from './progress.ts';

/** A program that is built here, from a Go module whose version is pinned in `tools/<folder>/go.mod`. */
export interface GoProgram {
  readonly folder: string;
  /** What a person calls it, and how long it takes to build. */
  readonly label: string;
  readonly takes: string;
  readonly module: string;
  /** The folder of its main package, within the module. */
  readonly main: string;
  readonly program: string;
  /** What to do where there is no Go. */
  readonly withoutGo: string;
}

/** The cache's name for the pinned version. */
export function cacheName({ folder, label, module }: GoProgram): string {
  const file = path.join(moduleFolder(folder), 'go.mod');
  const [, version] = readFileSync(file, 'utf8').split(`${module} v`);
  if (version === undefined) throw new Error(`${file} does not say which version of ${label} to build.`);
  return `${folder}-${version.split(/\s/)[0]}`;
}

/** Builds the program unless that was done before. Resolves with its path. */
export async function buildGoProgram(it: GoProgram, print: Print, signal?: AbortSignal): Promise<string> {
  const build = (unfinished: string) => {
    if (findOnPath('go') === undefined) throw new Error(it.withoutGo);
    return withProgress(print, `building ${it.label}, once, ${it.takes} on two cores`, () =>
      runProgram(
        'go',
        [
          ...['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w'],
          ...['-o', path.join(unfinished, it.program), `${it.module}/${it.main}`],
        ],
        {
          cwd: moduleFolder(it.folder),
          env: { ...process.env, GOWORK: 'off', CGO_ENABLED: '0' },
          signal,
        },
      ),
    );
  };
  return path.join(await cached(cacheName(it), async (folder) => build(folder), print), it.program);
}

function moduleFolder(folder: string): string {
  return path.join(projectRoot, 'tools', folder);
}
