import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../../tools/stack/ports.ts';
import { type Postgres, removePostgresData, startPostgres } from '../../../tools/stack/postgres.ts';
import { isAlive } from '../../../tools/processes/processes.ts';
import { tempFolder } from '../../support/temp-folder.ts';

let running: Postgres | undefined;
afterEach(() => running?.stop());

test('data outlives the server, and a server that was left behind on it gives way', async () => {
  const dataDir = path.join(tempFolder(), 'postgres');
  const leftBehind = await start(dataDir);
  await sql(leftBehind.url, 'create table kept (id int)');

  running = await start(dataDir);
  expect(isAlive(leftBehind.pid)).toBe(false);
  await expect(sql(running.url, 'select from kept')).resolves.toBeUndefined();

  await running.stop();
  removePostgresData(dataDir);
});

test('the note of a server that is gone does not keep the next from starting, nor harm who has its number now', async () => {
  const dataDir = path.join(tempFolder(), 'postgres');
  const first = await start(dataDir);
  await first.stop();
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(path.join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);

  running = await start(dataDir);
  await expect(sql(running.url, 'select 1')).resolves.toBeUndefined();

  await running.stop();
  removePostgresData(dataDir);
});

async function start(dataDir: string): Promise<Postgres> {
  return await startPostgres({ dataDir, port: await freePort(), settings: ['fsync=off'] });
}

async function sql(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
