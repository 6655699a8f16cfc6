import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { eventTypes } from '../../../notifications/events.ts';
import { testMessage } from '../../../notifications/webhook.ts';
import { newWebhookSecret } from '../../../notifications/webhook-signature.ts';
import type { Signed } from '../../../domain/people.ts';
import type { Made } from '../../../domain/proposed-change.ts';
import {
  addWebhookChange,
  enableWebhookChange,
  rotateWebhookSecretChange,
} from '../../../store/changes/kinds/webhooks.ts';
import { makeChange } from '../../../store/changes/make-change.ts';
import { proposedAnswer, proposedAnswerOf } from '../changes/change.ts';
import { inTransaction } from '../../../store/db/postgres.ts';
import {
  disableEndpoint,
  type EndpointRef,
  listEndpoints,
  removeEndpoint,
  targetOf,
  type WebhookEndpoint,
} from '../../../store/notifications/webhook-endpoints.ts';
import { actorOf, callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { InvalidRequest } from '../../../wire/invalid-request.ts';
import { freeText, requiredText } from '../../../wire/fields.ts';
import {
  trailer,
  trailerFields,
  failures,
  notFound,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';
import { invalidParameter, type Refusal } from '../../../wire/response-codes.ts';

const params = z.object({ endpointId: z.guid('is the id of no endpoint') });
const reason = freeText(500).min(1).describe('Why, for the audit');

const types = z.array(z.enum(eventTypes));

const endpointFields = z.object({
  endpointId: z.string(),
  url: z.string(),
  eventTypes: types.readonly().nullable().describe('null: every event'),
  createdBy: z.string(),
  createdAt: z.string().describe('ISO 8601, UTC'),
  disabledAt: z.string().nullable().describe('null: it is in use'),
  disabledReason: z.string().nullable(),
  previousSecretUntil: z.string().nullable().describe('Until then the secret before this one signs as well'),
});

const addBody = z
  .object({
    url: requiredText(2000).describe('https, without user, password and fragment'),
    eventTypes: types.min(1).nullable().default(null).describe('Left out or null: every event'),
    reason,
  })
  .meta({
    examples: [
      { url: 'https://shop.example/hooks', eventTypes: ['paymentHeld'], reason: 'the till listens' },
    ],
  });

const rotateBody = z
  .object({
    overlapHours: z
      .number()
      .refine((hours) => hours >= 0 && hours <= 168, 'is not from 0 to 168')
      .default(24)
      .describe('How long the secret before signs as well; 0: it leaked'),
    reason,
  })
  .meta({ examples: [{ overlapHours: 24, reason: 'yearly rotation' }] });

const signedBody = z.object({ reason }).meta({ examples: [{ reason: 'maintenance' }] });

const one = z.object({ endpoint: endpointFields, ...trailerFields }).describe('The endpoint as it is now');
const withSecret = one
  .extend({ secret: z.string().describe('whsec_…: shown this once, keep it') })
  .describe('The endpoint, and the secret that its messages are signed with from now on');

const proposedWithSecret = proposedAnswer
  .extend({
    secret: z.string().describe('whsec_…: shown this once, keep it; it signs once the change is confirmed'),
  })
  .describe(
    'Nothing has changed yet: it takes two people. Another one confirms it with POST /changes/{changeId}/confirm',
  );

const unknown = notFound.describe('0002: the caller has no such endpoint');

type Change = (pool: pg.Pool, ref: EndpointRef, by: Signed) => Promise<Made<WebhookEndpoint | undefined>>;

/** What takes one person: it may be urgent, and sends nothing anywhere. */
function alone(change: typeof removeEndpoint): Change {
  return async (pool, ref, by) => ({ done: await inTransaction(pool, (db) => change(db, ref, by)) });
}

const CHANGES = [
  {
    name: 'disable',
    operationId: 'disableWebhook',
    summary: 'Disable a webhook endpoint',
    description: 'Nothing is sent there any more; what is still due is dropped and can be resent.',
    change: alone(disableEndpoint),
  },
  {
    name: 'enable',
    operationId: 'enableWebhook',
    summary: 'Enable a webhook endpoint again',
    description: 'It is sent what happens from now on; what it has missed can be resent.',
    change: ((pool, { subscriberId, endpointId }, by) =>
      makeChange(pool, enableWebhookChange, subscriberId, { endpointId }, by)) satisfies Change,
  },
  {
    name: 'remove',
    operationId: 'removeWebhook',
    summary: 'Remove a webhook endpoint',
    description: 'It is gone for good; the record of what was sent to it stays.',
    change: alone(removeEndpoint),
  },
] as const;

/** Where a subscriber's events are sent. Every change is in the audit with the user of the call and the reason. */
export const webhookRoutes: FastifyPluginAsyncZod<RouteDeps> = async (
  app,
  { pool, sealer, webhookChannel },
) => {
  app.post(
    '/webhooks',
    {
      config: { scope: 'notifications.write' },
      schema: {
        tags: ['notifications'],
        operationId: 'addWebhook',
        summary: 'Add a webhook endpoint',
        description: 'Events are sent there from now on, signed as in the Standard Webhooks specification.',
        security: kontoCloudSecurity,
        body: addBody,
        response: { 200: withSecret, 202: proposedWithSecret, ...failures },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { reason: why, ...wanted } = request.body;
      const problem = webhookChannel.problemOf(wanted.url);
      if (problem) throw new InvalidRequest([{ field: 'url', text: problem }]);
      const content = { endpointId: randomUUID(), ...wanted };
      const by = { actor: actorOf(caller), reason: why };
      const secret = newWebhookSecret();
      const sealed = sealer.seal(secret, content.endpointId);
      const made = await makeChange(pool, addWebhookChange, caller.subscriberId, content, by, sealed);
      if ('proposed' in made)
        return reply.code(202).send({ ...proposedAnswerOf(made.proposed, request.id), secret });
      return { endpoint: endpointAnswer(made.done), secret, ...trailer(request.id) };
    },
  );

  app.get(
    '/webhooks',
    {
      config: { scope: 'notifications.read' },
      schema: {
        tags: ['notifications'],
        operationId: 'listWebhooks',
        summary: 'Show the webhook endpoints',
        security: kontoCloudSecurity,
        response: {
          200: z.object({ endpoints: z.array(endpointFields), ...trailerFields }).describe('Oldest first'),
          ...failures,
        },
      },
    },
    async (request) => {
      const endpoints = await listEndpoints(pool, callerOf(request).subscriberId);
      return { endpoints: endpoints.map(endpointAnswer), ...trailer(request.id) };
    },
  );

  app.post(
    '/webhooks/:endpointId/rotate',
    {
      config: { scope: 'notifications.write' },
      schema: {
        tags: ['notifications'],
        operationId: 'rotateWebhookSecret',
        summary: 'Give a webhook endpoint a new secret',
        description:
          'Both secrets sign during the overlap, so that no message is refused while the receiver changes over.',
        security: kontoCloudSecurity,
        params,
        body: rotateBody,
        response: { 200: withSecret, 202: proposedWithSecret, ...failures, 404: unknown },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { endpointId } = request.params;
      const { overlapHours, reason: why } = request.body;
      const content = { endpointId, overlapHours };
      const by = { actor: actorOf(caller), reason: why };
      const secret = newWebhookSecret();
      const sealed = sealer.seal(secret, endpointId);
      const made = await makeChange(
        pool,
        rotateWebhookSecretChange,
        caller.subscriberId,
        content,
        by,
        sealed,
      );
      if ('proposed' in made)
        return reply.code(202).send({ ...proposedAnswerOf(made.proposed, request.id), secret });
      if (!made.done) throw unknownEndpoint();
      return { endpoint: endpointAnswer(made.done), secret, ...trailer(request.id) };
    },
  );

  for (const { name, operationId, summary, description, change } of CHANGES) {
    app.post(
      `/webhooks/:endpointId/${name}`,
      {
        config: { scope: 'notifications.write' },
        schema: {
          tags: ['notifications'],
          operationId,
          summary,
          description,
          security: kontoCloudSecurity,
          params,
          body: signedBody,
          response: { 200: one, 202: proposedAnswer, ...failures, 404: unknown },
        },
      },
      async (request, reply) => {
        const caller = callerOf(request);
        const ref = { subscriberId: caller.subscriberId, endpointId: request.params.endpointId };
        const made = await change(pool, ref, { actor: actorOf(caller), reason: request.body.reason });
        if ('proposed' in made) return reply.code(202).send(proposedAnswerOf(made.proposed, request.id));
        if (!made.done) throw unknownEndpoint();
        return { endpoint: endpointAnswer(made.done), ...trailer(request.id) };
      },
    );
  }

  app.post(
    '/webhooks/:endpointId/test',
    {
      config: { scope: 'notifications.write' },
      schema: {
        tags: ['notifications'],
        operationId: 'testWebhook',
        summary: 'Send a webhook endpoint a test message',
        description: 'At once and once, of the type "test"; what came back is answered and not kept.',
        security: kontoCloudSecurity,
        params,
        response: {
          200: z
            .object({
              taken: z.boolean(),
              statusCode: z.int().nullable(),
              error: z.string().nullable(),
              answer: z.string().nullable().describe('The first 500 characters'),
              ...trailerFields,
            })
            .describe('What came of it'),
          ...failures,
          404: notFound.describe('0002: the caller has no such endpoint, or it is disabled'),
        },
      },
    },
    async (request) => {
      const { subscriberId } = callerOf(request);
      const target = await targetOf(pool, sealer, { subscriberId, endpointId: request.params.endpointId });
      if (!target) throw unknownEndpoint();
      const { error, statusCode, answer } = await webhookChannel.send(testMessage(), target);
      return { taken: error === null, statusCode, error, answer, ...trailer(request.id) };
    },
  );
};

/** One answer for an endpoint that is not there and one of another subscriber. */
function unknownEndpoint(): Refusal {
  return invalidParameter(404, 'endpointId', 'there is no such webhook endpoint in use');
}

function endpointAnswer(endpoint: WebhookEndpoint): z.infer<typeof endpointFields> {
  const { subscriberId: _known, ...fields } = endpoint;
  return {
    ...fields,
    createdAt: endpoint.createdAt.toISOString(),
    disabledAt: endpoint.disabledAt?.toISOString() ?? null,
    previousSecretUntil: endpoint.previousSecretUntil?.toISOString() ?? null,
  };
}
