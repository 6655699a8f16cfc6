import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type pg from 'pg';
import { z } from 'zod';
import { readWebhookConfig } from '../../config.ts';
import { eventTypes, isEventType } from '../../notifications/events.ts';
import { createWebhookChannel, testMessage, type WebhookChannel } from '../../notifications/webhook.ts';
import { newWebhookSecret } from '../../notifications/webhook-signature.ts';
import type { Signed } from '../../domain/people.ts';
import type { Made } from '../../domain/proposed-change.ts';
import {
  addWebhookChange,
  enableWebhookChange,
  rotateWebhookSecretChange,
} from '../../store/changes/kinds/webhooks.ts';
import { makeChange } from '../../store/changes/make-change.ts';
import { printMade } from '../output/changes-text.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import { createSealer, type Sealer } from '../../store/db/sealing.ts';
import {
  disableEndpoint,
  type EndpointRef,
  listEndpoints,
  removeEndpoint,
  targetOf,
  type WebhookEndpoint,
} from '../../store/notifications/webhook-endpoints.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { EXIT, UsageError } from '../output/exit.ts';
import { align, print } from '../output/output.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';
import { signed } from '../input/signed.ts';

/** `webhooks`: where a subscriber's events are sent. Straight to Postgres. */
export function addWebhookCommands(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description("where a subscriber's events are sent")
    .addHelpText(
      'after',
      '\nDATABASE_URL says which database, SECRETS_KEY seals the secrets: the same as for worker and API.',
    );
  addAddCommand(webhooks);
  addListCommand(webhooks);
  addRotateCommand(webhooks);
  addChangeCommand(
    webhooks,
    'disable',
    'send nothing there any more; what is still due is dropped',
    alone(disableEndpoint),
  );
  addChangeCommand(
    webhooks,
    'enable',
    'send there again, from now on',
    (pool, { subscriberId, endpointId }, by) =>
      makeChange(pool, enableWebhookChange, subscriberId, { endpointId }, by),
  );
  addChangeCommand(webhooks, 'remove', 'take it away for good; the record stays', alone(removeEndpoint));
  addTestCommand(webhooks);
}

const SHOWN_ONCE = 'Give the secret to the receiver now: it is shown this once.';

function addAddCommand(webhooks: Command): void {
  signed(webhooks.command('add').argument('<url>', 'https://…'))
    .description('send events there from now on; prints the secret that they are signed with')
    .option('--events <a,b>', 'only these events; all where it is left out')
    .action(async (url: string, _options: unknown, command: Command) => {
      const events = readEvents(z.object({ events: z.string().default('') }).parse(command.opts()).events);
      const subscriber = subscriberOf(command);
      await withWebhooks(async ({ sealer, channel }) => {
        const problem = channel.problemOf(url);
        if (problem) throw new UsageError(`the url ${problem}`);
        const content = { endpointId: randomUUID(), url, eventTypes: events };
        const secret = newWebhookSecret();
        const sealed = sealer.seal(secret, content.endpointId);
        const made = await withSignature(command, 'notifications.write', (pool, by) =>
          makeChange(pool, addWebhookChange, subscriber, content, by, sealed),
        );
        printWithSecret(command, made, secret);
      });
    });
}

function addListCommand(webhooks: Command): void {
  webhooks
    .command('list')
    .description('every endpoint, oldest first')
    .action(async (_options: unknown, command: Command) => {
      const subscriber = subscriberOf(command);
      const endpoints = await withDatabase((pool) => listEndpoints(pool, subscriber));
      const text = endpoints.map((endpoint) => describe(endpoint)).join('\n\n');
      print(wantsJson(command), endpoints, text === '' ? `${subscriber} has no webhook endpoints` : text);
    });
}

function addRotateCommand(webhooks: Command): void {
  signed(webhooks.command('rotate').argument('<endpointId>'))
    .description('a new secret; the one before signs as well while the receiver changes over')
    .option('--overlap-hours <number>', 'for how long, 0 to 168; 0 where it has leaked', '24')
    .action(async (endpointId: string, _options: unknown, command: Command) => {
      const { overlapHours } = z.object({ overlapHours: z.coerce.number() }).parse(command.opts());
      if (!(overlapHours >= 0 && overlapHours <= 168)) throw new UsageError('--overlap-hours is 0 to 168');
      const ref = refOf(command, endpointId);
      await withWebhooks(async ({ sealer }) => {
        const secret = newWebhookSecret();
        const sealed = sealer.seal(secret, endpointId);
        const content = { endpointId, overlapHours };
        const made = await withSignature(command, 'notifications.write', (pool, by) =>
          makeChange(pool, rotateWebhookSecretChange, ref.subscriberId, content, by, sealed),
        );
        printWithSecret(command, made, secret);
      });
    });
}

/** A secret is known here alone, also that of an endpoint that is only proposed. */
function printWithSecret(command: Command, made: Made<WebhookEndpoint | undefined>, secret: string): void {
  const more = { json: { secret }, text: `secret  ${secret}\n\n${SHOWN_ONCE}` };
  printMade(
    wantsJson(command),
    made,
    (changed) => {
      const endpoint = found(changed);
      print(wantsJson(command), { endpoint, secret }, `${describe(endpoint, secret)}\n\n${SHOWN_ONCE}`);
    },
    more,
  );
}

function addChangeCommand(webhooks: Command, name: string, description: string, change: Change): void {
  signed(webhooks.command(name).argument('<endpointId>'))
    .description(description)
    .action(async (endpointId: string, _options: unknown, command: Command) => {
      const ref = refOf(command, endpointId);
      const made = await withSignature(command, 'notifications.write', (pool, by) => change(pool, ref, by));
      printMade(wantsJson(command), made, (changed) => {
        const endpoint = found(changed);
        print(wantsJson(command), endpoint, describe(endpoint));
      });
    });
}

type Change = (pool: pg.Pool, ref: EndpointRef, by: Signed) => Promise<Made<WebhookEndpoint | undefined>>;

/** What takes one person: it may be urgent, and sends nothing anywhere. */
function alone(change: typeof removeEndpoint): Change {
  return async (pool, ref, by) => ({ done: await inTransaction(pool, (db) => change(db, ref, by)) });
}

function addTestCommand(webhooks: Command): void {
  webhooks
    .command('test')
    .argument('<endpointId>')
    .description('send it a message of the type "test" now, from here, and show what comes back')
    .action(async (endpointId: string, _options: unknown, command: Command) => {
      const ref = refOf(command, endpointId);
      await withWebhooks(async ({ sealer, channel }) => {
        const target = found(await withDatabase((pool) => targetOf(pool, sealer, ref)));
        const { error, statusCode, answer } = await channel.send(testMessage(), target);
        const text = align([
          ['taken', error === null ? 'yes' : 'no'],
          ['why', error ?? undefined],
          ['status', statusCode === null ? undefined : String(statusCode)],
          ['answer', answer ?? undefined],
        ]);
        print(wantsJson(command), { taken: error === null, statusCode, error, answer }, text);
        if (error !== null) process.exitCode = EXIT.refused;
      });
    });
}

/** @throws UsageError where the environment does not say what webhooks need */
async function withWebhooks(
  work: (webhooks: { sealer: Sealer; channel: WebhookChannel }) => Promise<void>,
): Promise<void> {
  const config = webhookConfig();
  const channel = createWebhookChannel({ allowLoopback: config.ALLOW_LOOPBACK_WEBHOOKS });
  try {
    await work({ sealer: createSealer(config.SECRETS_KEY), channel });
  } finally {
    await channel.close();
  }
}

function webhookConfig(): ReturnType<typeof readWebhookConfig> {
  try {
    return readWebhookConfig(process.env);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function refOf(command: Command, endpointId: string): EndpointRef {
  if (!z.guid().safeParse(endpointId).success)
    throw new UsageError('an endpoint is named by its id, as "webhooks list" shows it');
  return { subscriberId: subscriberOf(command), endpointId };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not found: this service subscriber has no such endpoint in use');
  return value;
}

function readEvents(list: string) {
  if (list === '') return null;
  return list.split(',').map((name) => {
    if (isEventType(name)) return name;
    throw new UsageError(`there is no event "${name}"; there are ${eventTypes.join(', ')}`);
  });
}

function describe(endpoint: WebhookEndpoint, secret?: string): string {
  return align([
    ['endpoint', endpoint.endpointId],
    ['url', endpoint.url],
    ['events', endpoint.eventTypes?.join(', ') ?? 'all'],
    ['added', `${endpoint.createdAt.toISOString()} by ${endpoint.createdBy}`],
    [
      'disabled',
      endpoint.disabledAt ? `${endpoint.disabledAt.toISOString()}: ${endpoint.disabledReason}` : undefined,
    ],
    [
      'old secret',
      endpoint.previousSecretUntil ? `signs until ${endpoint.previousSecretUntil.toISOString()}` : undefined,
    ],
    ['secret', secret],
  ]);
}
