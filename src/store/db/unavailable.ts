/**
 * Whether Postgres could not be reached, or could not take a call now; repeating may help. Anything else that a query
 * fails with is a fault of ours.
 */
export function isStoreUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isStoreUnavailable);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return NETWORK.has(code) || SQLSTATES.test(code) || MESSAGES.test(error.message);
}

/** Whether Postgres, or the pool of connections to it, is at its limit. */
export function isStoreOverloaded(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message === POOL_EXHAUSTED || ('code' in error && error.code === TOO_MANY_CONNECTIONS);
}

const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';
const TOO_MANY_CONNECTIONS = '53300';

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE']);
// Connection exceptions, shutdown and start-up, too many connections, out of resources (PostgreSQL, appendix A).
const SQLSTATES = /^(08...|57P0[1-5]|53...)$/;
// The pool and the driver have no codes of their own.
const MESSAGES =
  /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout|timeout expired)/;
