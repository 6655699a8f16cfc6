import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { cached, findInCache } from './cache.ts';
import { findOnPath, runProgram } from '../processes/programs.ts';
import { type Print, withProgress } from '../progress.ts';
import { type DownloadableServer, downloadedBySdk } from './sdk-download.ts';

const PROGRAM = 'temporal-test-server';
const DOWNLOADABLE: DownloadableServer = {
  kind: 'time-skipping',
  label: 'The time-skipping test server',
  cacheName: 'temporal-test-server-of-sdk',
  program: PROGRAM,
  otherwise: 'fetching it from Maven Central instead',
};

// `exec`, because the SDK ends the server by the number of the process it started.
const WRAPPER = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"
`;

/**
 * The path of Temporal's time-skipping test server, in which thirty days pass in a moment: the SDK's own download,
 * else the same server from Maven Central, run by Java. Either is kept for next time.
 */
export async function testServer(print: Print): Promise<string> {
  const mavenName = `${PROGRAM}-${pinnedVersion()}`;
  const kept = findInCache(mavenName) ?? findInCache(DOWNLOADABLE.cacheName);
  if (kept !== undefined) return path.join(kept, PROGRAM);
  return (await downloadedBySdk(DOWNLOADABLE, print)) ?? (await fromMaven(mavenName, print));
}

async function fromMaven(name: string, print: Print): Promise<string> {
  const missing = ['java', 'mvn'].filter((program) => findOnPath(program) === undefined);
  if (missing.length > 0)
    throw new Error(
      'There is no time-skipping test server to run the workflow tests in: temporal.download did not serve one,\n' +
        `and to fetch it from Maven Central this machine lacks: ${missing.join(' and ')}.\n` +
        'Install Java 11 or newer and Maven (for example "apt-get install default-jre-headless maven"), or run the\n' +
        'tests once where temporal.download can be reached; the server is then kept in the cache.',
    );
  const folder = await cached(
    name,
    (unfinished) =>
      withProgress(print, 'fetching the time-skipping test server from Maven Central', async () => {
        await runProgram('mvn', [
          ...['--batch-mode', '--file', path.join(projectRoot, 'tools/binaries/test-server/pom.xml')],
          'dependency:copy-dependencies',
          `-DoutputDirectory=${path.join(unfinished, 'jars')}`,
        ]);
        const wrapper = path.join(unfinished, PROGRAM);
        writeFileSync(wrapper, WRAPPER);
        chmodSync(wrapper, 0o755);
      }),
    print,
  );
  return path.join(folder, PROGRAM);
}

function pinnedVersion(): string {
  const file = path.join(projectRoot, 'tools/binaries/test-server/pom.xml');
  const version = /<artifactId>temporal-test-server<\/artifactId>\s*<version>(.+)<\/version>/.exec(
    readFileSync(file, 'utf8'),
  )?.[1];
  if (version === undefined) throw new Error(`${file} does not say which version of the test server to use.`);
  return version;
}
