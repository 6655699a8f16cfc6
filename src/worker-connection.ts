import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { AccessTokens } from './client/access-tokens.ts';

/**
 * Connects a worker to Temporal as connectTemporal connects a client: by the same variables. Where these name a source of tokens,
 * the connection gets each new one well before the end of the one before, until the signal is aborted.
 * @throws Error that says what is wrong with a variable, or that Temporal does not answer
 */
export async function connectWorker(options: {
  readonly log: Logger;
  readonly signal: AbortSignal;
}): Promise<{ readonly connection: NativeConnection; readonly namespace: string }> {
  const { log, signal } = options;
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const tokens = AccessTokens.fromEnvironment(process.env);
  const apiKey = await tokens?.current();
  const connection = await NativeConnection.connect({
    ...connectionOptions,
    ...(apiKey === undefined ? {} : { apiKey }),
  }).catch((cause: unknown) => {
    const { address = '127.0.0.1:7233' } = connectionOptions;
    throw new Error(`Temporal does not answer at ${address}: is it up, and TEMPORAL_ADDRESS right?`, {
      cause,
    });
  });
  const onFailure = (err: unknown): void => log.warn({ err }, 'no new token for Temporal; trying again');
  void tokens?.handOn((token) => connection.setApiKey(token), { signal, onFailure });
  return { connection, namespace };
}
