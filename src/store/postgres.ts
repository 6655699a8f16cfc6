import pg from 'pg';

/** Something that SQL can be sent to: the pool, or one connection inside a transaction. */
export type Queryable = pg.Pool | pg.PoolClient;

/**
 * The pool of connections to the record. Whole numbers beyond 2^53 are an error and never a rounded number: amounts
 * are capped far below (domain/money.ts), so such a number is a bug worth stopping at.
 * @param onIdleError told when an idle connection breaks (a Postgres restart); the pool replaces it by itself
 */
export function createPool(
  databaseUrl: string,
  applicationName: string,
  onIdleError: (error: Error) => void,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: applicationName,
    max: 20,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    idle_in_transaction_session_timeout: 15_000,
    types: {
      getTypeParser: (oid, format) =>
        oid === pg.types.builtins.INT8 ? parseInt8 : pg.types.getTypeParser(oid, format),
    },
  });
  pool.on('error', onIdleError);
  return pool;
}

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a whole number here`);
  return value;
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
export async function inTransaction<T>(pool: pg.Pool, work: (db: pg.PoolClient) => Promise<T>): Promise<T> {
  const db = await pool.connect();
  let broken: Error | undefined;
  try {
    await db.query('begin');
    const result = await work(db);
    await db.query('commit');
    return result;
  } catch (error) {
    await db.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    db.release(broken);
  }
}
