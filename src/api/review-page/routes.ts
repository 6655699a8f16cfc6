import cookie from '@fastify/cookie';
import formBody from '@fastify/formbody';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { isStoreUnavailable } from '../../store/db/unavailable.ts';
import { isClientError } from '../http/client-error.ts';
import type { RouteDeps } from '../deps/deps.ts';
import { NotAuthenticated, ScopeMissing } from '../http/failures.ts';
import { InvalidRequest } from '../../wire/invalid-request.ts';
import { CONTENT_SECURITY_POLICY, renderFailure, renderSignIn } from './render.ts';
import { queuePageRoute } from './queue-page.ts';
import { ForeignForm, signInRoutes } from './sign-in.ts';

/** The review queue as a page. It only reads: what is decided is decided in the Temporal UI. */
export const reviewPageRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  await app.register(cookie);
  await app.register(formBody);
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      // Sent to no other site; without it a browser would not say that a form is this site's own.
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      vary: 'Accept',
    });
  });
  app.setErrorHandler(answerFailure);
  await app.register(queuePageRoute, deps);
  await app.register(signInRoutes, deps);
};

function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.type('text/html; charset=utf-8');
  if (error instanceof NotAuthenticated) {
    const problem = error.reason === 'none' ? undefined : 'You are signed out: sign in again.';
    const [, query = ''] = request.url.split('?');
    return reply.code(401).send(renderSignIn({ userId: '', query, problem }));
  }
  const { status, title, text } = reasonOf(error);
  if (status >= 500) request.log.error({ err: error }, 'the review page failed');
  return reply.code(status).send(renderFailure({ title, text, requestId: request.id }));
}

function reasonOf(error: unknown): { status: 400 | 403 | 500 | 502; title: string; text: string } {
  if (error instanceof ScopeMissing) {
    return {
      status: 403,
      title: 'Not for this user',
      text: `The review queue needs a right that this user does not have: ${error.message}. Sign in as another user, or ask the administrator of this service for the scope.`,
    };
  }
  if (error instanceof ForeignForm || error instanceof InvalidRequest || isClientError(error)) {
    return {
      status: error instanceof ForeignForm ? 403 : 400,
      title: 'Not understood',
      text: `${error.message}. Open the queue and try again.`,
    };
  }
  if (isStoreUnavailable(error)) {
    return {
      status: 502,
      title: 'Out of reach',
      text: 'The database does not answer. Nothing is lost, and the reviews go on: try again in a minute.',
    };
  }
  return {
    status: 500,
    title: 'An error here',
    text: 'The queue cannot be shown because of an error here. If it stays, give the number below to the administrator of this service.',
  };
}
