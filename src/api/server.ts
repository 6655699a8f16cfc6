import { apiParts } from '../assembly/api.ts';
import { connectTemporal } from '../client/connect.ts';
import { readApiConfig } from '../config.ts';
import { createLogger } from '../runtime/logger.ts';
import { reportReady, shutdownOnSignal } from '../runtime/parent-process.ts';
import { createPool } from '../store/db/postgres.ts';
import { buildApp } from './app.ts';

try {
  const config = readApiConfig(process.env);
  const log = createLogger('api', config.LOG_LEVEL);
  const pool = createPool(config.DATABASE_URL, 'payment-block api', (error) => {
    log.warn({ err: error }, 'a Postgres connection broke; the pool opens another');
  });
  const temporal = connectTemporal();
  const parts = await apiParts(config, { pool, temporal, log });
  const app = await buildApp(parts);
  shutdownOnSignal(async () => {
    await app.close();
    await parts.webhookChannel.close();
    await temporal.connection.close();
    await pool.end();
  });
  // Building the description takes a quarter of a second, which no call should wait for.
  await app.ready();
  app.swagger();
  await app.listen({ host: config.API_HOST, port: config.API_PORT });
  const address = app.server.address();
  reportReady({ port: typeof address === 'object' && address ? address.port : config.API_PORT });
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return (
      `The API cannot listen: ${error.message}.\n` +
      'Stop the program that listens there, or choose another port with API_PORT.'
    );
  }
  return error instanceof Error ? error.message : String(error);
}
