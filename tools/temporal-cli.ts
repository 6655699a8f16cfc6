import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../src/project-files.ts';
import { cached, findInCache } from './cache.ts';
import { findOnPath, runProgram } from './programs.ts';
import { type Print, withProgress } from './progress.ts';
import { type DownloadableServer, downloadedBySdk } from './sdk-download.ts';

const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const PROGRAM = 'temporal';
const DOWNLOADABLE: DownloadableServer = {
  kind: 'dev-server',
  label: 'The Temporal CLI',
  cacheName: 'temporal-cli-of-sdk',
  program: PROGRAM,
  otherwise: 'building it instead',
};

/**
 * The path of a `temporal` program, which holds the development server and its Web UI: the one on the PATH, else the
 * SDK's own download, else one built here from the pinned Go module. The last two are kept for next time.
 */
export async function temporalCli(print: Print, signal?: AbortSignal): Promise<string> {
  const onPath = findOnPath(PROGRAM);
  if (onPath !== undefined) return onPath;
  const builtName = `temporal-cli-${pinnedVersion()}`;
  const kept = findInCache(builtName) ?? findInCache(DOWNLOADABLE.cacheName);
  if (kept !== undefined) return path.join(kept, PROGRAM);
  return (await downloadedBySdk(DOWNLOADABLE, print)) ?? (await build(builtName, print, signal));
}

async function build(name: string, print: Print, signal: AbortSignal | undefined): Promise<string> {
  if (findOnPath('go') === undefined)
    throw new Error(
      'There is no Temporal server to run: no "temporal" on the PATH, temporal.download did not serve one,\n' +
        'and without Go it cannot be built. Do one of these:\n' +
        '  - install the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on the PATH,\n' +
        '  - install Go 1.21 or newer (https://go.dev/dl), and it is built once,\n' +
        '  - set TEMPORAL_ADDRESS to a Temporal server of your own.',
    );
  const folder = await cached(
    name,
    (unfinished) =>
      withProgress(print, 'building the Temporal CLI, once, about 4 minutes on two cores', () =>
        runProgram(
          'go',
          [
            ...['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w'],
            ...['-o', path.join(unfinished, PROGRAM), PACKAGE],
          ],
          {
            cwd: moduleFolder(),
            env: { ...process.env, GOWORK: 'off', CGO_ENABLED: '0' },
            signal,
          },
        ),
      ),
    print,
  );
  return path.join(folder, PROGRAM);
}

function pinnedVersion(): string {
  const file = path.join(moduleFolder(), 'go.mod');
  const version = /github\.com\/temporalio\/cli v(\S+)/.exec(readFileSync(file, 'utf8'))?.[1];
  if (version === undefined)
    throw new Error(`${file} does not say which version of the Temporal CLI to build.`);
  return version;
}

function moduleFolder(): string {
  return path.join(projectRoot, 'tools/temporal-cli');
}
