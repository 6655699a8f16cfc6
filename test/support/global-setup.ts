import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { grantToApplication } from '../../src/store/db/application-role.ts';
import { migrate } from '../../src/store/db/migrate.ts';
import { freePort } from '../../tools/stack/ports.ts';
import {
  asApplication,
  removePostgresData,
  startPostgres,
  stopLeftOver,
} from '../../tools/stack/postgres.ts';
import { isAlive } from '../../tools/processes/processes.ts';
import { temporalCli } from '../../tools/binaries/temporal-cli.ts';
import { testServer } from '../../tools/binaries/test-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server's database to connect to while creating others. */
    postgresUrl: string;
    /** The migrated database that every test's own is a copy of. */
    templateDatabase: string;
    /** Paths of the two Temporal servers' programs. */
    temporalCli: string;
    testServer: string;
  }
}

const PREFIX = 'payment-block-test-';
const TEMPLATE = 'template_migrated';

/**
 * Makes ready what the tests run against: the programs of the Temporal servers (each test file starts its own), and
 * one throw-away Postgres, from which each test file takes databases of its own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('temporalCli', await temporalCli(print));
  project.provide('testServer', await testServer(print));
  await removeLeftOvers();
  const folder = path.join(os.tmpdir(), `${PREFIX}${process.pid}`);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const postgres = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    port: await freePort(),
    // Nothing here has to survive a power cut.
    settings: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'],
  });
  const teardown = async () => {
    await postgres.stop();
    remove(folder);
  };
  try {
    await createTemplate(postgres.url);
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide('postgresUrl', postgres.url);
  project.provide('templateDatabase', TEMPLATE);
  return teardown;
}

function print(line: string): void {
  console.log(line);
}

async function createTemplate(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${TEMPLATE}`);
  await client.end();
  const template = new URL(url);
  template.pathname = `/${TEMPLATE}`;
  await migrate(template.href);
  await grantToApplication(template.href, asApplication(template.href));
}

/** A test run that was killed leaves its server running: its folder's name holds the number of that run's process. */
async function removeLeftOvers(): Promise<void> {
  for (const name of readdirSync(os.tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : Number.NaN;
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    const folder = path.join(os.tmpdir(), name);
    await stopLeftOver(path.join(folder, 'postgres'));
    remove(folder);
  }
}

function remove(folder: string): void {
  removePostgresData(path.join(folder, 'postgres'));
  rmSync(folder, { recursive: true, force: true });
}
