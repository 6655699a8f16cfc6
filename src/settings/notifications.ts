import { IANAZone } from 'luxon';
import { z } from 'zod';
import { type EventType, eventTypes, type OutboxEvent, languages } from '../notifications/events.ts';

const DEFAULT_GROUP = 'default';

const sender = z
  .string()
  .regex(/^([^\r\n<>@]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/, 'write it as Shop <shop@example.com>');

const eventPreference = z.strictObject({
  email: z.boolean().exactOptional(),
  webhook: z.boolean().exactOptional(),
  /** Groups of `recipients` that get the mail, where it is not the default one. */
  to: z.array(z.string()).min(1).exactOptional(),
});

/**
 * Recipients, by event, channel and language. Whatever is left out is as the worker was started (sender,
 * recipients), English, UTC, or as in `standard`.
 */
export const notificationSettings = z
  .strictObject({
    language: z.enum(languages).exactOptional(),
    /** The zone of the times in mails. */
    timeZone: z
      .string()
      .refine((zone) => IANAZone.isValidZone(zone), 'a time zone like Europe/Berlin')
      .exactOptional(),
    sender: sender.exactOptional(),
    /** Mail addresses by group. */
    recipients: z.record(z.string(), z.array(z.email()).min(1)).exactOptional(),
    events: z.partialRecord(z.enum(eventTypes), eventPreference).default({}),
  })
  .superRefine(({ recipients = {}, events }, context) => {
    for (const [type, { to = [] }] of Object.entries(events)) {
      for (const group of to.filter((name) => !Object.hasOwn(recipients, name))) {
        const message = `there is no group "${group}" among the recipients`;
        context.addIssue({ code: 'custom', path: ['events', type, 'to'], message });
      }
    }
  });

export type NotificationSettings = z.infer<typeof notificationSettings>;

/** What holds where nothing is set. */
export const NOTHING_SET: NotificationSettings = { events: {} };

/** The channels by which an event is delivered. */
export interface Channels {
  readonly email: boolean;
  readonly webhook: boolean;
}

/** The default: every event, but no mail for each single payment that is blocked. */
export function standardChannels(type: EventType): Channels {
  return { email: type !== 'paymentBlocked', webhook: true };
}

/** The channels by which the subscriber wants an event delivered. */
export function channelsFor({ events }: NotificationSettings, type: EventType): Channels {
  const { email, webhook } = { ...standardChannels(type), ...events[type] };
  return { email, webhook };
}

/**
 * Who gets the mail about an event: the groups set for it, else the group that it was escalated to, else the default
 * one. Undefined where the subscriber has set no recipient.
 */
export function recipientsOf(
  { recipients = {}, events }: NotificationSettings,
  { type, payload }: OutboxEvent,
): readonly string[] | undefined {
  const escalatedTo = 'escalatedTo' in payload ? payload.escalatedTo : DEFAULT_GROUP;
  const groups = events[type]?.to ?? [Object.hasOwn(recipients, escalatedTo) ? escalatedTo : DEFAULT_GROUP];
  const addresses = new Set(groups.flatMap((group) => recipients[group] ?? []));
  return addresses.size === 0 ? undefined : [...addresses];
}
