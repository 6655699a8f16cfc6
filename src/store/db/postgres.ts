import pg from 'pg';
import { failpoint } from '../../runtime/failpoints.ts';
import { DataRefused, isConnectionStale, isRefusedData } from './errors.ts';

/** Something that SQL can be sent to: the pool, or one connection inside a transaction. */
export type Queryable = pg.Pool | pg.PoolClient;

/** How many connections a process has at most. */
export const POOL_SIZE = 20;

/**
 * The pool of connections to the record. Whole numbers beyond 2^53 are an error and never a rounded number: amounts
 * are capped far below (domain/money.ts), so such a number is a bug worth stopping at.
 * @param onBroken called when a connection breaks (a Postgres restart); the pool replaces it by itself
 * @param statementSeconds how long one statement may take; the default suits calls with a waiting caller
 */
export function createPool(
  databaseUrl: string,
  applicationName: string,
  onBroken: (error: Error) => void,
  statementSeconds = 10,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: applicationName,
    max: POOL_SIZE,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementSeconds * 1000,
    query_timeout: (statementSeconds + 2) * 1000,
    idle_in_transaction_session_timeout: 15_000,
    types: {
      getTypeParser: (oid, format) =>
        oid === pg.types.builtins.INT8 ? parseInt8 : pg.types.getTypeParser(oid, format),
    },
  });
  pool.on('error', onBroken);
  // The pool listens to idle connections only; one that breaks in the hands of a transaction would end the process.
  pool.on('connect', (client) => client.on('error', onBroken));
  return pool;
}

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a whole number here`);
  return value;
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects.
 * @throws DataRefused where the database refuses the data itself: repeating it would be refused for ever
 */
export async function inTransaction<T>(pool: pg.Pool, work: (db: pg.PoolClient) => Promise<T>): Promise<T> {
  const db = await pool.connect();
  let broken: Error | undefined;
  try {
    await db.query('begin');
    const result = await work(db);
    await failpoint('Commit', () => db.query('commit'));
    return result;
  } catch (error) {
    if (isConnectionStale(error)) broken = error;
    await db.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw isRefusedData(error) ? new DataRefused(error.message, { cause: error }) : error;
  } finally {
    db.release(broken);
  }
}
