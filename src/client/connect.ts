import { callbackify } from 'node:util';
import { credentials, Metadata, status } from '@grpc/grpc-js';
import {
  Client,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { AccessTokens, NoAccessToken } from './access-tokens.ts';
import { isExhausted } from './errors.ts';

const retries = defaultGrpcRetryOptions();
// A Temporal at its limit is not called again: more calls would keep it there, and the caller gets its answer at once.
const retryUnlessExhausted = makeGrpcRetryInterceptor({
  ...retries,
  retryableDecider: (attempt, answer) => !isExhausted(answer) && retries.retryableDecider(attempt, answer),
});

/**
 * Connects to Temporal as the standard TEMPORAL_* variables say (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
 * TEMPORAL_API_KEY, TEMPORAL_TLS_…), and with tokens where TEMPORAL_TOKEN_URL says where they come from. The connection is made at
 * the first call, so that a service starts, and answers what it can, while Temporal is down.
 * @throws Error that names the variable which is missing or wrong
 */
export function connectTemporal(): Client {
  const { connectionOptions, namespace } = temporalConnection(process.env);
  return new Client({
    connection: Connection.lazy({ ...connectionOptions, interceptors: [retryUnlessExhausted] }),
    ...(namespace === undefined ? {} : { namespace }),
  });
}

/** How to connect to the Temporal that an environment names. @throws Error that names the variable which is wrong */
export function temporalConnection(env: NodeJS.ProcessEnv): {
  readonly connectionOptions: ConnectionOptions;
  readonly namespace: string | undefined;
} {
  const overrideEnvVars: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) overrideEnvVars[name] = value;
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars });
  const tokens = AccessTokens.fromEnvironment(env);
  return {
    namespace,
    connectionOptions:
      tokens === undefined
        ? connectionOptions
        : { ...connectionOptions, tls: connectionOptions.tls ?? true, callCredentials: [bearerOf(tokens)] },
  };
}

/** Each call bears the token of its time. */
function bearerOf(tokens: AccessTokens) {
  const bearer = callbackify(async () => {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${await tokenFrom(tokens)}`);
    return metadata;
  });
  return credentials.createFromMetadataGenerator((_options, callback) => bearer(callback));
}

/** A token; else an error with the gRPC code by which a call that is refused is not made again, and others are. */
async function tokenFrom(tokens: AccessTokens): Promise<string> {
  try {
    return await tokens.current();
  } catch (error) {
    const isRefused = error instanceof NoAccessToken && error.isRefused;
    const code = isRefused ? status.UNAUTHENTICATED : status.UNAVAILABLE;
    throw Object.assign(new Error(String(error), { cause: error }), { code });
  }
}
