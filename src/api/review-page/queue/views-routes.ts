import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { MOST_VIEWS, removeView, saveView, type ViewOwner } from '../../../store/reviews/saved-views.ts';
import { freeText } from '../../../wire/fields.ts';
import { InvalidRequest } from '../../../wire/invalid-request.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { signedIn, type Visitor } from '../page/session.ts';

const name = freeText(60)
  .transform((text) => text.trim())
  .refine((text) => text !== '', 'is missing');
const kept = z.object({ name, query: z.string().max(2000) });
const removed = z.object({ name });

/** Keeping the queue's filters under a name, and removing them again. Each person has their own. */
export const viewRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { pool } = deps;

  app.post('/reviews/views', { schema: { hide: true, body: kept } }, async (request, reply) => {
    const owner = ownerOf(await signedIn(request, deps));
    const view = request.body;
    if (!(await saveView(pool, owner, view)))
      throw refused(`there are ${MOST_VIEWS} views already: remove one first`);
    return reply.redirect(addressOfView(view.query), 303);
  });

  app.post('/reviews/views/remove', { schema: { hide: true, body: removed } }, async (request, reply) => {
    await removeView(pool, ownerOf(await signedIn(request, deps)), request.body.name);
    return reply.redirect('/reviews', 303);
  });
};

/** The owner of a visitor's views; undefined for a service account, which keeps none. */
export function viewOwnerOf({ person }: Visitor): ViewOwner | undefined {
  return person;
}

function ownerOf(visitor: Visitor): ViewOwner {
  const owner = viewOwnerOf(visitor);
  if (!owner) throw refused('a service account keeps none: sign in as yourself');
  return owner;
}

function refused(text: string): InvalidRequest {
  return new InvalidRequest([{ field: 'the view', text }]);
}

/** The queue with the filters of a view, of which nothing but its parameters is taken over. */
export function addressOfView(query: string): string {
  const parameters = new URLSearchParams(query).toString();
  return parameters === '' ? '/reviews' : `/reviews?${parameters}`;
}
