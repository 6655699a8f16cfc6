import { z } from 'zod';
import { eventTypes } from '../../../notifications/events.ts';
import type { Queryable } from '../../db/postgres.ts';
import {
  addEndpoint,
  enableEndpoint,
  endpointOnRecord,
  rotateSecret,
} from '../../notifications/webhook-endpoints.ts';
import { defineChange } from '../change-kind.ts';

const subject = ({ endpointId }: { readonly endpointId: string }) => `webhook:${endpointId}`;

/** A path or a query may hold a secret. */
const hostOf = (url: string | undefined) => (url === undefined ? 'nowhere' : new URL(url).host);

/** Where events are sent from then on. The secret is that of its messages, sealed. */
export const addWebhookChange = defineChange({
  name: 'addWebhook',
  area: () => 'credentials',
  content: z.object({
    endpointId: z.guid(),
    url: z.string(),
    eventTypes: z.array(z.enum(eventTypes)).readonly().nullable(),
  }),
  subject,
  summary: async (_db, subscriberId, { url, eventTypes: types }) =>
    `send ${types === null ? 'every event' : types.join(', ')} of ${subscriberId} to ${hostOf(url)}`,
  now: async () => null,
  carryOut: (db, subscriberId, endpoint, by, sealed) =>
    addEndpoint(db, subscriberId, endpoint, secretOf(sealed), by),
});

/** A new secret, sealed. */
export const rotateWebhookSecretChange = defineChange({
  name: 'rotateWebhookSecret',
  area: () => 'credentials',
  content: z.object({ endpointId: z.guid(), overlapHours: z.number() }),
  subject,
  summary: async (db, subscriberId, { endpointId, overlapHours }) =>
    `give the webhook to ${await hostOnRecord(db, subscriberId, endpointId)} a new secret, with the old one for ${overlapHours} hours more`,
  async now(db, subscriberId, { endpointId }) {
    const endpoint = await endpointOnRecord(db, { subscriberId, endpointId });
    return endpoint && { url: endpoint.url, previousSecretUntil: endpoint.previousSecretUntil };
  },
  carryOut: (db, subscriberId, { endpointId, overlapHours }, by, sealed) =>
    rotateSecret(db, { subscriberId, endpointId }, secretOf(sealed), overlapHours, by),
});

/** An endpoint that is sent events again. To disable or to remove one takes one person: it may be urgent. */
export const enableWebhookChange = defineChange({
  name: 'enableWebhook',
  area: () => 'credentials',
  content: z.object({ endpointId: z.guid() }),
  subject,
  summary: async (db, subscriberId, { endpointId }) =>
    `send events to ${await hostOnRecord(db, subscriberId, endpointId)} again`,
  async now(db, subscriberId, { endpointId }) {
    const endpoint = await endpointOnRecord(db, { subscriberId, endpointId });
    return endpoint?.disabledAt ? { url: endpoint.url, disabledReason: endpoint.disabledReason } : undefined;
  },
  carryOut: (db, subscriberId, { endpointId }, by) => enableEndpoint(db, { subscriberId, endpointId }, by),
});

async function hostOnRecord(db: Queryable, subscriberId: string, endpointId: string): Promise<string> {
  return hostOf((await endpointOnRecord(db, { subscriberId, endpointId }))?.url);
}

function secretOf(sealed: string | undefined): string {
  if (sealed === undefined) throw new Error('there is no secret');
  return sealed;
}
