// The sandbox refund gateway: a payment provider to develop and test against, with books of its own.
import { pino } from 'pino';
import { z } from 'zod';
import { shutdownOnSignal, reportReady } from '../runtime/parent-process.ts';
import { createApi } from './api.ts';
import { Books } from './books.ts';
import { postWebhook } from './webhook.ts';

const DAY_MS = 24 * 3600 * 1000;
const milliseconds = z.coerce.number().int().min(0);

const environment = z.object({
  /** Where it can be reached from: this machine only, unless it runs in a container. */
  GATEWAY_HOST: z.string().min(1).default('127.0.0.1'),
  /** 0: a free port, reported to the parent process. */
  GATEWAY_PORT: z.coerce.number().int().min(0).max(65_535),
  /** The file with the books. */
  GATEWAY_BOOKS: z.string().min(1),
  /** From accepting a refund to captured. */
  GATEWAY_SETTLE_MS: milliseconds.default(0),
  /** How long a repeated idempotency key gets the first answer again. */
  GATEWAY_KEY_LIFETIME_MS: milliseconds.default(DAY_MS),
  /** The receiver when a refund has settled or was reversed: the API's /gateways/<name>/webhook. */
  GATEWAY_WEBHOOK_URL: z.url().optional(),
  /** What that is signed with: "whsec_" and a key in base64. */
  GATEWAY_WEBHOOK_SECRET: z.string().startsWith('whsec_').optional(),
});

// Written at once: a line still waiting when standard output has broken would keep this process from ever ending.
const logger = pino({ name: 'sandbox-gateway' }, pino.destination({ dest: 1, sync: true }));

try {
  const settings = environment.parse(process.env);
  const books = new Books(settings.GATEWAY_BOOKS);
  logger.info({ books: settings.GATEWAY_BOOKS, refunds: books.all().length }, 'books read');
  if (books.tornLine !== undefined) {
    logger.warn(
      { tornLine: books.tornLine },
      'the last line was torn by a crash and is left out: it was never answered',
    );
  }

  const terms = {
    settleMs: settings.GATEWAY_SETTLE_MS,
    keyLifetimeMs: settings.GATEWAY_KEY_LIFETIME_MS,
  };
  const { GATEWAY_WEBHOOK_URL: url, GATEWAY_WEBHOOK_SECRET: secret } = settings;
  const api = createApi(books, terms, logger, (refund) => {
    if (url !== undefined && secret !== undefined) void postWebhook({ url, secret }, refund, logger);
  });
  shutdownOnSignal(async () => {
    await api.close();
    books.close();
  });
  await api.listen({ host: settings.GATEWAY_HOST, port: settings.GATEWAY_PORT });
  const address = api.server.address();
  reportReady({ port: typeof address === 'object' && address ? address.port : settings.GATEWAY_PORT });
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof z.ZodError) {
    return `The sandbox gateway's settings (environment variables) are not usable:\n${z.prettifyError(error)}`;
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return (
      `Port ${process.env['GATEWAY_PORT']} is in use by another program, and the sandbox gateway was to listen there.\n` +
      'Stop that program, or choose another port with GATEWAY_PORT.'
    );
  }
  return `The sandbox gateway cannot start. ${error instanceof Error ? error.message : String(error)}`;
}
