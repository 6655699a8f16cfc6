// What people reach the Temporal UI by: only what they may do there goes on to it.
import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';
import { z } from 'zod';
import { reportReady, shutdownOnSignal } from '../runtime/parent-process.ts';
import { mayPass } from './may-pass.ts';
import { signInPageFor } from './sign-in-page.ts';

const environment = z.object({
  /** The Temporal UI, which nobody else reaches. */
  TEMPORAL_UI_UPSTREAM: z.url(),
  UI_PROXY_HOST: z.string().min(1).default('127.0.0.1'),
  UI_PROXY_PORT: z.coerce.number().int().min(0).max(65_535).default(8233),
});

try {
  const { TEMPORAL_UI_UPSTREAM, UI_PROXY_HOST, UI_PROXY_PORT } = environment.parse(process.env);
  const app = fastify({ logger: { name: 'ui-proxy', level: 'warn' } });
  await app.register(httpProxy, {
    upstream: TEMPORAL_UI_UPSTREAM,
    preHandler: ({ method, raw: { url = '/' }, log }, reply, pass) => {
      const signIn = method === 'GET' ? signInPageFor(url) : undefined;
      if (signIn !== undefined) {
        void reply.redirect(signIn);
      } else if (mayPass(method, url)) {
        pass();
      } else {
        log.warn({ method, url }, 'refused');
        void reply.code(403).send({ message: REFUSED });
      }
    },
    // The UI sends people back to the address that they came by.
    replyOptions: {
      rewriteRequestHeaders: (request, headers) => ({ ...headers, host: request.headers.host }),
    },
  });
  shutdownOnSignal(() => app.close());
  await app.listen({ host: UI_PROXY_HOST, port: UI_PROXY_PORT });
  reportReady();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

const REFUSED =
  'People read here, and send Signals, Updates and Queries to runs. Whatever else an administrator has to do is done by the ' +
  'temporal command line, with its own certificate.';
