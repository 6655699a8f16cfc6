import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RouteDeps } from '../../deps/deps.ts';
import { queueRoute } from './queue.ts';
import { statisticsRoute } from './statistics.ts';

/** Our own: what waits for a person, in KontoCloud's manner. */
export const reviewRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  await app.register(queueRoute, deps);
  await app.register(statisticsRoute, deps);
};
