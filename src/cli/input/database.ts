import type pg from 'pg';
import { createPool } from '../../store/db/postgres.ts';
import { UsageError } from '../output/exit.ts';

/**
 * Works with the database of DATABASE_URL, and disconnects from it.
 * @param statementSeconds how long one statement may take, where it is not to be the usual
 * @throws UsageError if no database is named
 */
export async function withDatabase<T>(
  work: (pool: pg.Pool) => Promise<T>,
  statementSeconds?: number,
): Promise<T> {
  const databaseUrl = process.env['DATABASE_URL'];
  if (!databaseUrl)
    throw new UsageError('say which database: DATABASE_URL, for example postgres://user@host/name');
  const pool = createPool(databaseUrl, 'payment-block cli', () => {}, statementSeconds);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}
