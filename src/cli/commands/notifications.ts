import { type Command, Option } from 'commander';
import { z } from 'zod';
import { eventTypes } from '../../notifications/events.ts';
import {
  type Delivery,
  deliveryStates,
  listNotifications,
  type LoggedAttempt,
  type Notification,
  resend,
  showNotification,
} from '../../store/notifications/notification-log.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { named } from '../input/signed.ts';
import { UsageError } from '../output/exit.ts';
import { align, print, table } from '../output/output.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';

/** `notifications`: events, their recipients, and each delivery. Straight to Postgres. */
export function addNotificationCommands(program: Command): void {
  const notifications = program
    .command('notifications')
    .description('events, their recipients, and each delivery');
  addListCommand(notifications);
  addShowCommand(notifications);
  addResendCommand(notifications);
}

const WRONG: Readonly<Record<string, string>> = {
  before: '--before is the id of an event',
  limit: '--limit is a whole number from 1 to 1000',
};

const listOptions = z.object({
  type: z.enum(eventTypes).exactOptional(),
  state: z.enum(deliveryStates).exactOptional(),
  before: z.guid().exactOptional(),
  limit: z.coerce.number().int().min(1).max(1000),
});

function addListCommand(notifications: Command): void {
  notifications
    .command('list')
    .description('events and how telling them stands, newest first')
    .addOption(new Option('--type <event>', 'only these').choices(eventTypes))
    .addOption(new Option('--state <state>', 'only with a delivery in it').choices(deliveryStates))
    .option('--before <eventId>', 'only older ones: the last of the page before')
    .option('--limit <number>', '1 to 1000', '100')
    .action(async (_options: unknown, command: Command) => {
      const options = listOptions.safeParse(command.opts());
      if (!options.success) {
        const wrong = options.error.issues.map(({ path: [option = ''] }) => WRONG[String(option)]);
        throw new UsageError(wrong.join('; '));
      }
      const found = await withDatabase((pool) =>
        listNotifications(pool, subscriberOf(command), options.data),
      );
      const text =
        found.length === 0 ? 'nothing' : table(['event', 'type', 'at', 'delivery'], found.flatMap(rows));
      print(wantsJson(command), found, text);
    });
}

function addShowCommand(notifications: Command): void {
  notifications
    .command('show')
    .argument('<eventId>')
    .description('one event, and every attempt to deliver it')
    .action(async (eventId: string, _options: unknown, command: Command) => {
      mustBeId(eventId);
      const subscriber = subscriberOf(command);
      const found = await withDatabase((pool) => showNotification(pool, subscriber, eventId));
      if (!found) throw new Error('not found: this service subscriber has no such event');
      const facts = align([
        ['event', found.eventId],
        ['type', found.type],
        ['at', found.occurredAt.toISOString()],
        ['says', JSON.stringify(found.payload)],
        ...found.deliveries.map((delivery) => ['delivery', describeDelivery(delivery)] as const),
      ]);
      const attempts = table(
        ['attempt', 'to', 'ms', 'came back'],
        found.log.map((attempt) => attemptRow(attempt, found.deliveries)),
        ['ms'],
      );
      print(wantsJson(command), found, found.log.length === 0 ? facts : `${facts}\n\n${attempts}`);
    });
}

function addResendCommand(notifications: Command): void {
  named(notifications.command('resend').argument('<eventId>'))
    .description('send it again, under the same id; a worker does so at once')
    .option('--to <endpointId>', 'only this endpoint, or "email"; everybody where it is left out')
    .action(async (eventId: string, _options: unknown, command: Command) => {
      mustBeId(eventId);
      const { to } = z.object({ to: z.string().exactOptional() }).parse(command.opts());
      const subscriber = subscriberOf(command);
      const resent = await withSignature(command, 'notifications.write', (pool, { actor }) =>
        inTransaction(pool, (db) => resend(db, subscriber, eventId, to, actor)),
      );
      if (resent !== 'due') throw new Error(PROBLEMS[resent]);
      print(wantsJson(command), { eventId, due: true }, 'due again: a worker sends it at once');
    });
}

const PROBLEMS = {
  unknown: 'not found: this service subscriber has no such event',
  unknownEndpoint: 'not found: --to is neither "email" nor an endpoint in use',
  noRecipient: 'refused: such an event has no recipient; name an endpoint or "email" with --to',
};

function mustBeId(eventId: string): void {
  if (z.guid().safeParse(eventId).success) return;
  throw new UsageError('an event is named by its id, as "notifications list" shows it');
}

/** A line for each delivery; what they have in common stands in the first. */
function rows({ eventId, type, occurredAt, deliveries }: Notification): string[][] {
  const [first = 'no recipient', ...others] = deliveries.map(describeDelivery);
  return [[eventId, type, occurredAt.toISOString(), first], ...others.map((told) => ['', '', '', told])];
}

function describeDelivery({ endpointId, state, attempts, nextAttemptAt }: Delivery): string {
  const next = nextAttemptAt ? `, next at ${nextAttemptAt.toISOString()}` : '';
  return `${endpointId ?? 'email'} ${state} after ${attempts} attempt${attempts === 1 ? '' : 's'}${next}`;
}

function attemptRow(attempt: LoggedAttempt, deliveries: readonly Delivery[]): string[] {
  const delivery = deliveries.find(({ deliveryId }) => deliveryId === attempt.deliveryId);
  const back = attempt.error ?? (attempt.statusCode === null ? 'taken' : `taken (${attempt.statusCode})`);
  return [attempt.at.toISOString(), delivery?.endpointId ?? 'email', String(attempt.durationMs), back];
}
