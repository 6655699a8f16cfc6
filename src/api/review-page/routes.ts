import cookie from '@fastify/cookie';
import formBody from '@fastify/formbody';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RouteDeps } from '../deps/deps.ts';
import { SignInFailed } from '../deps/identity-provider.ts';
import { NotAuthenticated } from '../../failures/access.ts';
import { NotLetIn } from '../../store/accounts/people.ts';
import { failureOf } from '../../failures/failure.ts';
import { PAGE_HEADERS, pageScript, renderFailure, renderSignIn } from './page/render.ts';
import { bulkPageRoute } from './queue/bulk-page.ts';
import { casePageRoutes } from './case/case-page.ts';
import { changesRoutes } from './changes/changes-route.ts';
import { customerPageRoutes } from './customers/customer-page.ts';
import { queueCsvRoute } from './queue/queue-csv.ts';
import { queuePageRoute } from './queue/queue-page.ts';
import { personSignInRoutes } from './sign-in/sign-in-person.ts';
import { isOwnForm, OtherDesk } from './page/session.ts';
import { signInRoutes } from './sign-in/sign-in.ts';
import { tasksPageRoutes } from './tasks/tasks-page.ts';
import { viewRoutes } from './queue/views-routes.ts';

/** The desk: the queue, and each case with the decisions that it allows. */
export const reviewPageRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  await app.register(cookie);
  await app.register(formBody);
  app.addHook('onSend', async (_request, reply) => void reply.headers(PAGE_HEADERS));
  app.addHook('onRequest', async (request) => {
    if (request.method === 'POST' && !isOwnForm(request)) throw new ForeignForm();
  });
  const hasProvider = deps.identityProvider !== undefined;
  app.setErrorHandler((error, request, reply) => answerFailure(error, request, reply, hasProvider));
  await app.register(queuePageRoute, deps);
  await app.register(queueCsvRoute, deps);
  await app.register(casePageRoutes, deps);
  await app.register(bulkPageRoute, deps);
  await app.register(viewRoutes, deps);
  await app.register(changesRoutes, deps);
  await app.register(tasksPageRoutes, deps);
  await app.register(customerPageRoutes, deps);
  await app.register(personSignInRoutes, deps);
  await app.register(signInRoutes, deps);
  app.get('/reviews/page.js', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(pageScript),
  );
  // Where a browser begins, and what its address bar has after a wrong password.
  for (const url of ['/', '/reviews/login', '/reviews/logout'])
    app.get(url, { schema: { hide: true } }, (_request, reply) => reply.redirect('/reviews', 303));
};

/** A form that another site's page has sent. */
class ForeignForm extends Error {
  override readonly name = 'ForeignForm';

  constructor() {
    super('The form was sent by the page of another site');
  }
}

function answerFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  hasProvider: boolean,
): FastifyReply {
  reply.type('text/html; charset=utf-8');
  if (error instanceof NotAuthenticated) {
    const problem = error.reason === 'none' ? undefined : 'You are signed out: sign in again.';
    const [, query = ''] = request.url.split('?');
    const next = request.method === 'GET' ? { next: request.url } : {};
    return reply.code(401).send(renderSignIn({ userId: '', query, problem, hasProvider, ...next }));
  }
  const { status, title, text } = error instanceof ForeignForm ? notUnderstood(403, error) : reasonOf(error);
  if (status >= 500) request.log.error({ err: error }, 'the review page failed');
  return reply.code(status).send(renderFailure({ title, text, requestId: request.id }));
}

interface Reason {
  readonly status: 400 | 403 | 404 | 409 | 429 | 500 | 502 | 503;
  readonly title: string;
  readonly text: string;
}

function reasonOf(error: unknown): Reason {
  if (error instanceof OtherDesk) return { status: 409, title: 'At another desk', text: error.message };
  if (error instanceof SignInFailed || error instanceof NotLetIn)
    return { status: 403, title: 'Not signed in', text: error.message };
  const failure = failureOf(error);
  switch (failure.kind) {
    case 'forbidden':
      return {
        status: 403,
        title: 'Not for this user',
        text: `The review queue needs a right that this user does not have: ${failure.error.message}. Sign in as another user, or ask the administrator of this service for the scope.`,
      };
    case 'tooManyAttempts':
      return {
        status: 429,
        title: 'Too many attempts',
        text: `Too many passwords were tried from here. Try again in ${failure.error.retryAfterSeconds} seconds.`,
      };
    case 'invalid':
    case 'unreadable':
    case 'refused':
      return notUnderstood(400, failure.error);
    case 'unavailable':
      return {
        status: 502,
        title: 'Out of reach',
        text: 'The database or the workers do not answer. Nothing is lost, and the reviews go on: look at the case again in a minute, before you decide once more.',
      };
    case 'overloaded':
      return {
        status: 503,
        title: 'Too busy',
        text: 'There are more calls than can be carried. Nothing is lost, and the reviews go on: try again in a minute.',
      };
    case 'notFound':
      return {
        status: 404,
        title: 'No such payment',
        text: 'There is no payment with this reference on your desk. Open the queue and look for it there.',
      };
    // The desk changes no rule set and no settings; what a payment refuses is shown on its page.
    case 'notAuthenticated':
    case 'alreadyBlocked':
    case 'messageRefused':
    case 'ruleSetRefused':
    case 'settingsRefused':
    case 'changeRefused':
    case 'fault':
      return {
        status: 500,
        title: 'An error here',
        text: 'The queue cannot be shown because of an error here. If it stays, give the number below to the administrator of this service.',
      };
  }
}

function notUnderstood(status: 400 | 403, { message }: Error): Reason {
  return { status, title: 'Not understood', text: `${message}. Open the queue and try again.` };
}
