import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { cached } from './cache.ts';
import { type Print, withProgress } from '../progress.ts';

const HOST = 'temporal.download';

/** One of the two servers that the Temporal SDK can download by itself. */
export interface DownloadableServer {
  readonly kind: 'dev-server' | 'time-skipping';
  /** What a person calls it. */
  readonly label: string;
  /** The folder's name in the cache, and the program's name in that folder. */
  readonly cacheName: string;
  readonly program: string;
  /** What is done when it cannot be downloaded. */
  readonly otherwise: string;
}

/** The path of the server as the SDK downloads it, or undefined, and one line why, when that is not possible here. */
export async function downloadedBySdk(server: DownloadableServer, print: Print): Promise<string | undefined> {
  const { kind, label, cacheName, program, otherwise } = server;
  if (!(await hostAnswers())) {
    print(`${label} cannot be downloaded here (${HOST} does not answer): ${otherwise}.`);
    return undefined;
  }
  try {
    const folder = await cached(
      cacheName,
      (unfinished) => withProgress(print, `downloading: ${label}`, () => download(kind, unfinished, program)),
      print,
    );
    return path.join(folder, program);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    print(`${label} could not be downloaded (${reason}): ${otherwise}.`);
    return undefined;
  }
}

/** Asks for three seconds at most, where the SDK itself would wait much longer. */
async function hostAnswers(): Promise<boolean> {
  // Node's fetch knows nothing of a proxy, the SDK's download does: only trying it tells.
  if (process.env['HTTPS_PROXY'] !== undefined || process.env['https_proxy'] !== undefined) return true;
  try {
    await fetch(`https://${HOST}`, { method: 'HEAD', signal: AbortSignal.timeout(3_000) });
    return true;
  } catch {
    return false;
  }
}

async function download(kind: DownloadableServer['kind'], folder: string, program: string): Promise<void> {
  // Loaded only now: it brings the SDK's native part, which no other step of the tools needs.
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const executable = { type: 'cached-download', downloadDir: folder } as const;
  const environment =
    kind === 'dev-server'
      ? await TestWorkflowEnvironment.createLocal({ server: { executable } })
      : await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  await environment.teardown();
  const [downloaded] = readdirSync(folder);
  if (downloaded === undefined) throw new Error('the download ended without a file');
  renameSync(path.join(folder, downloaded), path.join(folder, program));
}
