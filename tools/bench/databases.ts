import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../../src/store/db/migrate.ts';

/**
 * Gives `work` a database of its own with this version's schema, and drops it afterwards.
 * @param serverUrl any database of the server, which stays as it is
 * @throws where the account may not create databases
 */
export async function withDatabase<T>(serverUrl: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `payment_block_bench_${randomBytes(4).toString('hex')}`;
  try {
    await execute(serverUrl, `create database ${name}`);
  } catch (error) {
    throw new Error(
      `The bench could not create a database of its own on the server of DATABASE_URL: ${String(error)}\n` +
        'Its account needs the right to: alter role … createdb. Without DATABASE_URL a Postgres is started here.',
      { cause: error },
    );
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  try {
    await migrate(url.href);
    return await work(url.href);
  } finally {
    await execute(serverUrl, `drop database ${name} with (force)`);
  }
}

async function execute(databaseUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
