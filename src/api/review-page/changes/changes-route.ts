import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { NotAuthenticated, ScopeMissing } from '../../../failures/access.ts';
import { uniqueReferenceParams } from '../../../wire/fields.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { Changes, type OpenPage } from './changes.ts';
import { markOfCase } from '../case/mark-of-case.ts';
import { markOfQueue } from '../queue/mark-of-queue.ts';
import { filledIn } from '../queue/queue-filters.ts';
import { signedIn } from '../page/session.ts';

/** Beyond, a page is as it was before there were any: it is loaded again by hand. */
const MOST_OPEN_PAGES = 1_000;
/** Proxies end what is silent for longer. */
const HEARTBEAT_MS = 20_000;

const seen = z.object({ seen: z.string().max(64).default('') });

/** What an open page shows, and whose it is. */
interface Shown extends Pick<OpenPage, 'key' | 'mark' | 'seen'> {
  readonly subscriberId: string;
}

/** Server-sent events that tell an open page of the desk that what it shows has changed. */
export const changesRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const changes = new Changes(deps.pool, app.log);

  app.get(
    '/reviews/payment/:uniqueReference/changes',
    { schema: { hide: true, params: uniqueReferenceParams, querystring: seen } },
    async (request, reply) => {
      const { subscriberId } = await signedIn(request, deps);
      const { uniqueReference } = request.params;
      const mark = () => markOfCase(deps, { subscriberId, uniqueReference });
      const key = `payment ${subscriberId} ${uniqueReference}`;
      return stream(request, reply, { subscriberId, key, seen: request.query.seen, mark });
    },
  );

  app.get('/reviews/changes', { schema: { hide: true } }, async (request, reply) => {
    const { subscriberId } = await signedIn(request, deps);
    const { seen: has } = seen.parse(request.query);
    const { seen: _has, ...filters } = filledIn.parse(request.query);
    const key = `queue ${subscriberId} ${JSON.stringify(filters)}`;
    const mark = () => markOfQueue(deps, subscriberId, filters);
    return stream(request, reply, { subscriberId, key, seen: has, mark });
  });

  function stream(
    request: FastifyRequest,
    reply: FastifyReply,
    { subscriberId, ...shown }: Shown,
  ): FastifyReply {
    // A browser that is answered so does not ask again.
    if (changes.openPages >= MOST_OPEN_PAGES) return reply.code(204).send();
    const events = new PassThrough();
    const end = () => events.end();
    const heartbeat = setInterval(() => events.write(':\n\n'), HEARTBEAT_MS);
    const close = changes.open({
      ...shown,
      whyEnded: () => whyEnded(request, subscriberId),
      onChange: ({ value, text }) => events.write(eventOf('changed', { seen: value, text })),
      onEnd: (text) => {
        events.end(eventOf('ended', { text }));
      },
    });
    deps.stopping.addEventListener('abort', end, { once: true });
    events.once('close', () => {
      clearInterval(heartbeat);
      close();
      deps.stopping.removeEventListener('abort', end);
    });
    events.write('retry: 3000\n\n');
    return reply.type('text/event-stream').send(events);
  }

  /** The session may have ended meanwhile, or gone on to another desk, the account been locked. */
  async function whyEnded(request: FastifyRequest, subscriberId: string): Promise<string | undefined> {
    try {
      const visitor = await signedIn(request, deps);
      return visitor.subscriberId === subscriberId
        ? undefined
        : `You are at the desk of ${visitor.subscriberId} now.`;
    } catch (error) {
      if (error instanceof NotAuthenticated || error instanceof ScopeMissing) return 'You are signed out.';
      throw error;
    }
  }
};

function eventOf(name: string, data: Readonly<Record<string, string>>): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
