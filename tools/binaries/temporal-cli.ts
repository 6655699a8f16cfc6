import path from 'node:path';
import { findInCache } from './cache.ts';
import { built, findBuilt, type GoProgram } from './go-program.ts';
import { findOnPath } from '../processes/programs.ts';
import type { Print } from '../progress.ts';
import { type DownloadableServer, downloadedBySdk } from './sdk-download.ts';

const PROGRAM = 'temporal';
const BUILDABLE: GoProgram = {
  folder: 'temporal-cli',
  module: 'github.com/temporalio/cli',
  package: 'github.com/temporalio/cli/cmd/temporal',
  program: PROGRAM,
  label: 'building the Temporal CLI, once, about 4 minutes on two cores',
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
  const builtBefore = findBuilt(BUILDABLE);
  if (builtBefore !== undefined) return builtBefore;
  const downloaded = findInCache(DOWNLOADABLE.cacheName);
  if (downloaded !== undefined) return path.join(downloaded, PROGRAM);
  return (await downloadedBySdk(DOWNLOADABLE, print)) ?? (await built(BUILDABLE, print, signal));
}
