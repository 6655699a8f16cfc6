import path from 'node:path';
import { findInCache } from './cache.ts';
import { buildGoProgram, cacheName, type GoProgram } from './go-program.ts';
import { findOnPath } from './programs.ts';
import type { Print } from './progress.ts';
import { type DownloadableServer, downloadedBySdk } from './sdk-download.ts';

const PROGRAM = 'temporal';
const BUILT: GoProgram = {
  folder: 'temporal-cli',
  label: 'the Temporal CLI',
  takes: 'about 4 minutes',
  module: 'github.com/temporalio/cli',
  main: 'cmd/temporal',
  program: PROGRAM,
  withoutGo:
    'There is no Temporal server to run: no "temporal" on the PATH, temporal.download did not serve one,\n' +
    'and without Go it cannot be built. Do one of these:\n' +
    '  - install the Temporal CLI (https://docs.temporal.io/cli) so that "temporal" is on the PATH,\n' +
    '  - install Go 1.21 or newer (https://go.dev/dl), and it is built once,\n' +
    '  - set TEMPORAL_ADDRESS to a Temporal server of your own.',
};
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
  const kept = findInCache(cacheName(BUILT)) ?? findInCache(DOWNLOADABLE.cacheName);
  if (kept !== undefined) return path.join(kept, PROGRAM);
  return (await downloadedBySdk(DOWNLOADABLE, print)) ?? (await buildGoProgram(BUILT, print, signal));
}
