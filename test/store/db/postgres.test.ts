import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool, inTransaction } from '../../../src/store/db/postgres.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test('a connection that breaks in the middle of a transaction ends the transaction and not the process', async () => {
  const broken: string[] = [];
  const pool = createPool(database.url, 'payment-block-test', ({ message }) => broken.push(message));
  const transaction = inTransaction(pool, async (db) => {
    const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    // As while a mail is being sent: nobody is asking this connection anything when it breaks.
    await expect.poll(() => broken).not.toEqual([]);
    await db.query('select 1');
  });
  await expect(transaction).rejects.toThrow(/terminat|not queryable/i);
  await expect(inTransaction(pool, async (db) => (await db.query('select 1')).rowCount)).resolves.toBe(1);
  await pool.end();
});
