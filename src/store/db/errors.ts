import pg from 'pg';

/** The record contradicts what a step assumes. Repeating cannot help; a person must look. */
export class StoreConflict extends Error {
  override readonly name: string = 'StoreConflict';
}

/** The database refuses the data itself: a text that it cannot hold, a constraint that is broken. */
export class DataRefused extends StoreConflict {
  override readonly name = 'DataRefused';
}

/** Whether the record refuses what was asked of it: repeating is refused for ever. */
export function isRefused(error: unknown): error is StoreConflict {
  return error instanceof StoreConflict;
}

/**
 * Whether the database refuses the data: SQLSTATE classes 22 (it cannot be held), 23 (a constraint is broken) and 54
 * (larger than an index or a row may be).
 */
export function isRefusedData(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(22|23|54)/.test(error.code ?? '');
}

/**
 * Whether Postgres could not be reached, could not take a call now, or asks for its repetition. Anything else that a
 * query fails with is a fault of ours.
 */
export function isStoreUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isStoreUnavailable);
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  return NETWORK.has(code) || REPEAT.test(code) || MESSAGES.test(error.message);
}

/** Whether Postgres, or the pool of connections to it, is at its limit. */
export function isStoreOverloaded(error: unknown): boolean {
  return (
    error instanceof Error && (error.message === POOL_EXHAUSTED || codeOf(error) === TOO_MANY_CONNECTIONS)
  );
}

/** Whether a connection is of no use any more, although it still answers: its server is a standby, or shuts down. */
export function isConnectionStale(error: unknown): error is Error {
  return error instanceof Error && /^(25006|57P0[1-5])$/.test(codeOf(error));
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';
const TOO_MANY_CONNECTIONS = '53300';

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE']);
// PostgreSQL, appendix A: connection exceptions; a server that became read-only; serialization failure and deadlock; out of
// resources; a lock or a statement that took too long; shutdown and start-up.
const REPEAT = /^(08...|25006|40001|40P01|53...|55P03|57014|57P0[1-5])$/;
// The pool and the driver have no codes of their own.
const MESSAGES =
  /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout|timeout expired)/;
