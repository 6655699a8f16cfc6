import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RouteDeps } from '../../deps/deps.ts';
import { eventRoutes } from './events.ts';
import { webhookRoutes } from './webhooks.ts';

/** Our own: a subscriber's events and endpoints, in KontoCloud's manner (docs/notifications.md). */
export const notificationRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  await app.register(webhookRoutes, deps);
  await app.register(eventRoutes, deps);
};
