import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RouteDeps } from '../../deps/deps.ts';
import { closeTaskRoute } from './close.ts';
import { listTasksRoute } from './list.ts';

/** Our own: what needs a person and is no held payment, in KontoCloud's manner. */
export const taskRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  await app.register(listTasksRoute, deps);
  await app.register(closeTaskRoute, deps);
};
