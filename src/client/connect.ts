import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { isExhausted } from './errors.ts';

const retries = defaultGrpcRetryOptions();
// A Temporal at its limit is not called again: more calls would keep it there, and the caller gets its answer at once.
const retryUnlessExhausted = makeGrpcRetryInterceptor({
  ...retries,
  retryableDecider: (attempt, status) => !isExhausted(status) && retries.retryableDecider(attempt, status),
});

/**
 * Connects to Temporal as the standard TEMPORAL_* variables say (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
 * TEMPORAL_API_KEY, TEMPORAL_TLS_…). The connection is made at the first call, so that a service starts, and answers
 * what it can, while Temporal is down.
 */
export function connectTemporal(): Client {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  return new Client({
    connection: Connection.lazy({ ...connectionOptions, interceptors: [retryUnlessExhausted] }),
    ...(namespace === undefined ? {} : { namespace }),
  });
}
