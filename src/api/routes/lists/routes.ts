import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RouteDeps } from '../../deps/deps.ts';
import { changeRoutes } from './change.ts';
import { importRoute } from './import.ts';
import { readRoutes } from './read.ts';

/** Our own: the lists of what is blocked and allowed, in KontoCloud's manner (docs/lists.md). */
export const listRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  await app.register(changeRoutes, deps);
  await app.register(readRoutes, deps);
  await app.register(importRoute, deps);
};
