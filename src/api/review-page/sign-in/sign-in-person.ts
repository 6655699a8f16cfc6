import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Person, recordSignIn } from '../../../store/accounts/people.ts';
import { beginSession, offerSession, proveAnew } from '../../../store/accounts/sessions.ts';
import { inTransaction } from '../../../store/db/postgres.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { CALLBACK_PATH, SignInFailed } from '../../deps/identity-provider.ts';
import { renderPage } from '../page/render.ts';
import { attributesFor, keepSession, sessionOf } from '../page/session.ts';

/** What a browser keeps on its way to the log-in provider and back. */
const CHECKS_COOKIE = 'payment_block_sign_in';
const CHECKS_SECONDS = 600;

const wantedFields = {
  /** Of a command that waits for a session: what it proves itself with … */
  challenge: z
    .string()
    .regex(/^[\w-]{43}$/)
    .exactOptional(),
  /** … and where it listens on the person's machine. */
  port: z.coerce.number().int().min(1).max(65_535).exactOptional(),
  /** The person is to prove anew, and strongly, who they are. */
  stepUp: z.literal('true').exactOptional(),
};

const checksSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** The page that the person wanted. */
  next: z.string(),
  /** Whose desk the person wanted, where they have several. */
  subscriber: z.string().exactOptional(),
  ...wantedFields,
});

const asked = z.object({
  next: z
    .string()
    .regex(/^\/reviews(?![^/?])/)
    .catch('/reviews'),
  subscriber: z.string().max(64).exactOptional(),
  ...wantedFields,
});

/** People sign in at the log-in provider: to it, and back from it. */
export const personSignInRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { identityProvider, pool } = deps;
  if (!identityProvider) {
    app.get('/reviews/sign-in', { schema: { hide: true } }, () => {
      throw new SignInFailed(
        'There is no log-in provider here: the administrator of this service sets OIDC_ISSUER.',
      );
    });
    return;
  }

  app.get('/reviews/sign-in', { schema: { hide: true } }, async (request, reply) => {
    const query = asked.parse(request.query);
    const { url, checks } = await identityProvider.begin(query.stepUp !== undefined);
    reply.setCookie(CHECKS_COOKIE, JSON.stringify({ ...checks, ...query }), {
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
    const isStepUp = checks.stepUp !== undefined;
    const { person: vouched, authenticated } = await identityProvider.finish(query, checks, isStepUp);
    const subscriberId = deskOf(vouched, checks.subscriber);
    reply.clearCookie(CHECKS_COOKIE, attributesFor(request));
    const { challenge, port } = checks;
    if (challenge !== undefined) {
      const code = await inTransaction(pool, async (db) =>
        offerSession(db, await recordSignIn(db, vouched), subscriberId, challenge, authenticated),
      );
      if (port !== undefined) return reply.redirect(`http://127.0.0.1:${port}/?code=${code}`, 303);
      return reply.type('text/html; charset=utf-8').send(renderPage('./sign-in/code.eta', { code }));
    }
    const secret = sessionOf(request);
    if (isStepUp && authenticated && secret !== undefined) {
      const isTheirs = await inTransaction(pool, async (db) =>
        proveAnew(db, secret, await recordSignIn(db, vouched), authenticated),
      );
      if (!isTheirs)
        throw new SignInFailed(
          `You have proven to be ${vouched.name}, and ${vouched.name} is not signed in here: sign out, and in again.`,
        );
      return reply.redirect(checks.next, 303);
    }
    const session = await inTransaction(pool, async (db) =>
      beginSession(db, await recordSignIn(db, vouched), subscriberId, authenticated),
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
