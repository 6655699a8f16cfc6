import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { eventTypes } from '../../../notifications/events.ts';
import {
  deliveryStates,
  listNotifications,
  type Notification,
  resend,
  showNotification,
} from '../../../store/notifications/notification-log.ts';
import { inTransaction } from '../../../store/db/postgres.ts';
import { actorOf, callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { pageLimit, requiredText } from '../../../wire/fields.ts';
import {
  trailer,
  trailerFields,
  conflict,
  failures,
  notFound,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';
import { invalidParameter, type Refusal } from '../../../wire/response-codes.ts';

const params = z.object({ eventId: z.guid('is the id of no event') });

const query = z.object({
  type: z.enum(eventTypes).exactOptional(),
  state: z.enum(deliveryStates).exactOptional(),
  before: z.guid('is not the "next" of another page').exactOptional(),
  limit: pageLimit,
});

const notificationFields = z.object({
  eventId: z.string().describe('The webhook-id of its messages, on every attempt'),
  type: z.enum(eventTypes),
  occurredAt: z.string().describe('ISO 8601, UTC'),
  deliveries: z
    .array(
      z.object({
        deliveryId: z.string(),
        channel: z.enum(['email', 'webhook']),
        endpointId: z.string().nullable().describe('null: by mail'),
        state: z.enum(deliveryStates),
        attempts: z.int(),
        nextAttemptAt: z.string().nullable().describe('null: it is not tried any more'),
      }),
    )
    .describe('One for each recipient; none where there is none, or that is not settled yet'),
});

const page = z
  .object({
    notifications: z.array(notificationFields).describe('Newest first'),
    next: z
      .string()
      .nullable()
      .describe('To be given as "before" for the next page; null: this was the last'),
    ...trailerFields,
  })
  .describe('What happened, and its deliveries');

const shown = z
  .object({
    notification: notificationFields.extend({
      payload: z.unknown(),
      log: z
        .array(
          z.object({
            deliveryId: z.string(),
            at: z.string(),
            durationMs: z.int(),
            statusCode: z.int().nullable(),
            error: z.string().nullable().describe('null: it was taken'),
            answer: z.string().nullable().describe('The first 500 characters'),
          }),
        )
        .describe('Every attempt, oldest first'),
    }),
    ...trailerFields,
  })
  .describe('One event, and every attempt to deliver it');

const resendBody = z
  .object({ to: requiredText(64).exactOptional().describe('An endpointId, or "email"; left out: everybody') })
  .default({})
  .meta({ examples: [{ to: 'email' }] });

/** Events with their deliveries; and sending one again. */
export const eventRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.get(
    '/notifications',
    {
      config: { scope: 'notifications.read' },
      schema: {
        tags: ['notifications'],
        operationId: 'listNotifications',
        summary: 'Show the events and their deliveries, page by page',
        security: kontoCloudSecurity,
        querystring: query,
        response: { 200: page, ...failures },
      },
    },
    async (request) => {
      const { limit } = request.query;
      const found = await listNotifications(pool, callerOf(request).subscriberId, request.query);
      const next = found.length < limit ? null : (found.at(-1)?.eventId ?? null);
      return { notifications: found.map(notificationAnswer), next, ...trailer(request.id) };
    },
  );

  app.get(
    '/notifications/:eventId',
    {
      config: { scope: 'notifications.read' },
      schema: {
        tags: ['notifications'],
        operationId: 'showNotification',
        summary: 'Show an event and every attempt to deliver it',
        security: kontoCloudSecurity,
        params,
        response: { 200: shown, ...failures, 404: notFound.describe('0002: the caller has no such event') },
      },
    },
    async (request) => {
      const found = await showNotification(pool, callerOf(request).subscriberId, request.params.eventId);
      if (!found) throw unknownEvent();
      const log = found.log.map((attempt) => ({ ...attempt, at: attempt.at.toISOString() }));
      const notification = { ...notificationAnswer(found), payload: found.payload, log };
      return { notification, ...trailer(request.id) };
    },
  );

  app.post(
    '/notifications/:eventId/resend',
    {
      config: { scope: 'notifications.write' },
      schema: {
        tags: ['notifications'],
        operationId: 'resendNotification',
        summary: 'Send an event again',
        description: 'At once, under the same id. It is in the audit with the user of the call.',
        security: kontoCloudSecurity,
        params,
        body: resendBody,
        response: {
          200: z.object({ ...trailerFields }).describe('It is due again'),
          ...failures,
          404: notFound.describe('0002: the caller has no such event, or no such endpoint in use'),
          409: conflict.describe('0002: it has no recipient: name one, with "to"'),
        },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { subscriberId } = caller;
      const { eventId } = request.params;
      const resent = await inTransaction(pool, (db) =>
        resend(db, subscriberId, eventId, request.body.to, actorOf(caller)),
      );
      switch (resent) {
        case 'unknown':
          throw unknownEvent();
        case 'unknownEndpoint':
          throw invalidParameter(404, 'to', 'it is neither "email" nor an endpoint in use');
        case 'noRecipient':
          throw invalidParameter(409, 'to', 'such an event has no recipient; name an endpoint or "email"');
        case 'due':
          return trailer(request.id);
      }
    },
  );
};

/** One answer for an event that is not there and one of another subscriber. */
function unknownEvent(): Refusal {
  return invalidParameter(404, 'eventId', 'there is no such event');
}

function notificationAnswer({
  eventId,
  type,
  occurredAt,
  deliveries,
}: Notification): z.infer<typeof notificationFields> {
  return {
    eventId,
    type,
    occurredAt: occurredAt.toISOString(),
    deliveries: deliveries.map((delivery) => ({
      ...delivery,
      nextAttemptAt: delivery.nextAttemptAt?.toISOString() ?? null,
    })),
  };
}
