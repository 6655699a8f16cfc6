import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { RouteDeps } from '../../deps/deps.ts';
import { NotAuthenticated } from '../../../failures/access.ts';
import { requiredText } from '../../../wire/fields.ts';
import { InvalidRequest } from '../../../wire/invalid-request.ts';
import { renderSignIn } from '../page/render.ts';
import { keepToken, mayRead, signOut, switchDesk } from '../page/session.ts';

const form = z.object({
  userId: requiredText(255),
  password: requiredText(128),
  query: z.string().default(''),
});

const desk = z.object({ subscriber: requiredText(64) });

const PROBLEMS: Readonly<Record<NotAuthenticated['reason'], string>> = {
  none: 'Give user and password.',
  wrong: 'User and password do not match.',
  ended: 'You are signed out: sign in again.',
  inactive: 'The user is inactive: ask the administrator of this service.',
  locked: 'The user is locked: ask the administrator of this service.',
};

/** Signing in as a service account, which only reads, and signing out. The cookie has the token that "Issue token" would give. */
export const signInRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { authenticator, tokens, identityProvider } = deps;

  app.post('/reviews/login', { schema: { hide: true } }, async (request, reply) => {
    const given = form.safeParse(request.body);
    const { userId = '', query = '' } = given.data ?? {};
    try {
      if (!given.success) throw new NotAuthenticated('none');
      const account = await authenticator.byPassword(userId, given.data.password, request.ip);
      mayRead(account.scopes);
      keepToken(request, reply, await tokens.issue(account, 'reviews'));
    } catch (error) {
      if (!(error instanceof NotAuthenticated)) throw error;
      reply.code(401).type('text/html; charset=utf-8');
      return renderSignIn({
        userId,
        query,
        problem: PROBLEMS[error.reason],
        hasProvider: identityProvider !== undefined,
      });
    }
    return reply.redirect(`/reviews?${new URLSearchParams(query).toString()}`, 303);
  });

  app.post('/reviews/subscriber', { schema: { hide: true, body: desk } }, async (request, reply) => {
    const { subscriber } = request.body;
    if (await switchDesk(request, deps, subscriber)) return reply.redirect('/reviews', 303);
    throw new InvalidRequest([{ field: 'the subscriber', text: 'is none that you have a role for' }]);
  });

  app.post('/reviews/logout', { schema: { hide: true } }, async (request, reply) => {
    await signOut(request, reply, deps);
    return reply.redirect('/reviews', 303);
  });
};
