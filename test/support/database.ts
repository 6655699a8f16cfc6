import { randomBytes } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { inject } from 'vitest';
import { asApplication } from '../../tools/stack/postgres.ts';
import { createPool } from '../../src/store/db/postgres.ts';

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Of the owner of the tables, who can do what the application cannot. */
  readonly ownerPool: Pool;
  /** Closes the pool and removes the database, also while others are still connected to it. */
  drop(): Promise<void>;
}

/**
 * A fresh database with this version's schema and nothing in it, on the real Postgres of this test run.
 * @param as whom `url` and `pool` connect as: the owner of the tables gets round what guards them
 */
export async function testDatabase(as: 'application' | 'owner' = 'application'): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(`create database ${name} template ${inject('templateDatabase')}`);
  const address = new URL(inject('postgresUrl'));
  address.pathname = `/${name}`;
  const url = as === 'owner' ? address.href : asApplication(address.href);
  const pool = createPool(url, 'payment-block-test', () => {});
  const ownerPool = createPool(address.href, 'payment-block-test', () => {});
  return {
    url,
    pool,
    ownerPool,
    drop: async () => {
      await pool.end();
      await ownerPool.end();
      await onServer(`drop database if exists ${name} with (force)`);
    },
  };
}

async function onServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
