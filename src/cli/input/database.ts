import type { Command } from 'commander';
import type pg from 'pg';
import type { Signed } from '../../domain/people.ts';
import { type Right, rightsOf, rolesWith } from '../../domain/rights.ts';
import { ScopeMissing } from '../../failures/access.ts';
import { personOfSession } from '../../store/accounts/sessions.ts';
import { createPool } from '../../store/db/postgres.ts';
import { UsageError } from '../output/exit.ts';
import { signedInFor } from './session.ts';
import { ENDED } from './signed-in.ts';
import { signatureOf } from './signed.ts';

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

/**
 * Works with the database in the name of who signs the command: the person who is signed in, who needs the right, or
 * else who is named.
 * @throws UsageError where it is not signed, or the session has ended; ScopeMissing where the person has not the right
 */
export async function withSignature<T>(
  command: Command,
  right: Right,
  work: (pool: pg.Pool, by: Signed) => Promise<T>,
): Promise<T> {
  const session = signedInFor(command);
  if (!session) {
    const by = signatureOf(command, undefined);
    return withDatabase((pool) => work(pool, by));
  }
  return withDatabase(async (pool) => {
    const person = await personOfSession(pool, session.secret);
    if (!person) throw new UsageError(ENDED);
    if (!rightsOf(new Set(person.roles)).has(right)) throw new ScopeMissing(right, rolesWith(right));
    return work(pool, signatureOf(command, person));
  });
}
