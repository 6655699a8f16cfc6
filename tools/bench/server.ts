import { z } from 'zod';
import { apiParts } from '../../src/assembly/api.ts';
import { buildApp } from '../../src/api/app.ts';
import { Authenticator, callerOf, requireScope } from '../../src/api/http/authentication.ts';
import { identify } from '../../src/api/formats/kpayment/credentials.ts';
import { Tokens } from '../../src/api/http/tokens.ts';
import { connectTemporal } from '../../src/client/connect.ts';
import { readApiConfig } from '../../src/config.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { shutdownOnSignal, reportReady } from '../../src/runtime/parent-process.ts';

/** The API as it is served, and beside it the floor: the same authentication and one insert. */
const config = readApiConfig(process.env);
const log = createLogger('bench', config.LOG_LEVEL);
const pool = createPool(config.DATABASE_URL, 'payment-block bench', (error) => log.warn({ err: error }));
const temporal = connectTemporal();
const parts = await apiParts(config, { pool, temporal, log });
const app = await buildApp(parts);
const authenticator = new Authenticator(pool, new Tokens(config.TOKEN_SECRET, config.TOKEN_LIFETIME_SECONDS));

app.post(
  '/floor',
  {
    config: { scope: 'payment.rules.payisland' },
    onRequest: requireScope((request) => identify(request, authenticator)),
    schema: { body: z.record(z.string(), z.unknown()) },
  },
  async (request) => {
    await pool.query('insert into bench_floor (subscriber_id, body) values ($1, $2)', [
      callerOf(request).subscriberId,
      request.body,
    ]);
    return {};
  },
);

shutdownOnSignal(async () => {
  await app.close();
  await temporal.connection.close();
  await pool.end();
});
await app.listen({ host: config.API_HOST, port: config.API_PORT });
reportReady();
