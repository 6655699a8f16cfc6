import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Person, recordSignIn } from '../../store/accounts/people.ts';
import { beginSession, offerSession } from '../../store/accounts/sessions.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import type { RouteDeps } from '../deps/deps.ts';
import { CALLBACK_PATH, SignInFailed } from '../deps/identity-provider.ts';
import { renderPage } from './render.ts';
import { attributesFor, keepSession } from './session.ts';

/** What a browser keeps on its way to the log-in provider and back. */
const CHECKS_COOKIE = 'payment_block_sign_in';
const CHECKS_SECONDS = 600;

/** Of a command that waits for a session: what it proves itself with, and where it listens on the person's machine. */
const commandLine = {
  challenge: z
    .string()
    .regex(/^[\w-]{43}$/)
    .exactOptional(),
  port: z.coerce.number().int().min(1).max(65_535).exactOptional(),
};

const checksSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** The page that the person wanted. */
  next: z.string(),
  /** Whose desk the person wanted, where they have several. */
  subscriber: z.string().exactOptional(),
  ...commandLine,
});

const asked = z.object({
  next: z
    .string()
    .regex(/^\/reviews(?![^/?])/)
    .catch('/reviews'),
  subscriber: z.string().max(64).exactOptional(),
  ...commandLine,
});

/** People sign in at the log-in provider: to it, and back from it. */
export const personSignInRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { identityProvider, pool } = deps;
  if (!identityProvider) return;

  app.get('/reviews/sign-in', { schema: { hide: true } }, async (request, reply) => {
    const wanted = asked.parse(request.query);
    const { url, checks } = await identityProvider.begin();
    reply.setCookie(CHECKS_COOKIE, JSON.stringify({ ...checks, ...wanted }), {
      ...attributesFor(request),
      // It has to come back with the provider's redirect.
      sameSite: 'lax',
      maxAge: CHECKS_SECONDS,
    });
    return reply.redirect(url.href, 303);
  });

  app.get(CALLBACK_PATH, { schema: { hide: true } }, async (request, reply) => {
    const checks = readChecks(request.cookies[CHECKS_COOKIE]);
    const [, query = ''] = request.url.split('?');
    const vouched = await identityProvider.finish(query, checks);
    const subscriberId = deskOf(vouched, checks.subscriber);
    reply.clearCookie(CHECKS_COOKIE, attributesFor(request));
    const { challenge, port } = checks;
    if (challenge !== undefined) {
      const code = await inTransaction(pool, async (db) =>
        offerSession(db, await recordSignIn(db, vouched), subscriberId, challenge),
      );
      if (port !== undefined) return reply.redirect(`http://127.0.0.1:${port}/?code=${code}`, 303);
      return reply.type('text/html; charset=utf-8').send(renderPage('./code.eta', { code }));
    }
    const session = await inTransaction(pool, async (db) =>
      beginSession(db, await recordSignIn(db, vouched), subscriberId),
    );
    keepSession(request, reply, session);
    return reply.redirect(checks.next, 303);
  });
};

function readChecks(cookie: string | undefined): z.infer<typeof checksSchema> {
  try {
    return checksSchema.parse(JSON.parse(cookie ?? ''));
  } catch (cause) {
    throw new SignInFailed('It took too long, or another page was signed in meanwhile: sign in again.', {
      cause,
    });
  }
}

/** The subscriber whose desk a person comes to: the one they want, else their first. */
function deskOf({ name, memberships }: Person, wanted: string | undefined): string {
  const desks = [...new Set(memberships.map(({ subscriberId }) => subscriberId))].toSorted();
  const subscriberId = wanted === undefined ? desks[0] : desks.find((desk) => desk === wanted);
  if (subscriberId === undefined) {
    const whose = wanted === undefined ? 'any service subscriber' : wanted;
    throw new SignInFailed(
      `${name} has no role for ${whose}: the administrator of the log-in provider adds a group like payment-block:shop:operator.`,
    );
  }
  return subscriberId;
}
