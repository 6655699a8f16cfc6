import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryDeps } from '../../src/delivery/deliver-once.ts';
import { type EventPayloads, type EventType, eventTypes } from '../../src/notifications/events.ts';
import type { MailPreferences } from '../../src/notifications/email.ts';
import { newWebhookSecret } from '../../src/notifications/webhook-signature.ts';
import { claimDue } from '../../src/store/notifications/deliveries.ts';
import {
  listNotifications,
  resend,
  showNotification,
} from '../../src/store/notifications/notification-log.ts';
import { fanOut, publish } from '../../src/store/notifications/outbox.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import {
  addEndpoint,
  disableEndpoint,
  listEndpoints,
  rotateSecret,
} from '../../src/store/notifications/webhook-endpoints.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { deliverAll } from '../support/deliver-all.ts';
import { mailTo } from '../support/lifecycle-rig.ts';
import { webhookDeps } from '../support/webhooks.ts';
import { eventOf } from '../support/events.ts';
import { status, verified, WebhookReceiver } from '../support/webhook-receiver.ts';
import { listTasks } from '../../src/store/tasks/tasks.ts';

const ana = { actor: 'ana', reason: 'as agreed' };
const { sealer } = webhookDeps;

let database: TestDatabase;
let receiver: WebhookReceiver;
let subscriberId: string;
/** What was told by mail: the event and how. */
let mails: { readonly eventId: string; readonly preferences: MailPreferences }[];
let mailServer: 'up' | 'down';
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
  subscriberId = randomUUID();
  mails = [];
  mailServer = 'up';
});
afterEach(() => receiver.stop());

const deps = (): DeliveryDeps => ({
  pool: database.pool,
  channel: {
    send: async ({ eventId, subscriberId: whose }, preferences) => {
      if (mailServer === 'down') throw new Error('the mail server cannot be reached');
      if (whose === subscriberId) mails.push({ eventId, preferences });
    },
  },
  ...webhookDeps,
});

async function happens<T extends EventType>(
  type: T,
  change: Partial<EventPayloads[T]> = {},
): Promise<string> {
  return publish(database.pool, subscriberId, type, randomUUID(), eventOf(type, change).payload);
}

async function endpoint(
  to: { url: string } = receiver,
  types: readonly EventType[] | null = null,
): Promise<{ endpointId: string; secret: string }> {
  const secret = newWebhookSecret();
  const endpointId = randomUUID();
  const wanted = { endpointId, url: to.url, eventTypes: types };
  await addEndpoint(database.pool, subscriberId, wanted, sealer.seal(secret, endpointId), ana);
  return { endpointId, secret };
}

const prefer = (document: string) => putSettings(database.pool, 'notifications', subscriberId, document, ana);

/** Makes the attempts that are due, as the lanes do. */
const deliver = () => deliverAll(deps());
const deliverAndFail = async () =>
  expect(await deliver()).toContainEqual(expect.stringMatching(/answered|gone|opened|reached/));

/** As if the time had come. */
async function letTimePass(): Promise<void> {
  await database.pool.query(
    `update deliveries set next_attempt_at = now() where state = 'pending' and event_id in
       (select event_id from outbox where subscriber_id = $1)`,
    [subscriberId],
  );
}

async function shown(eventId: string) {
  const found = await showNotification(database.pool, subscriberId, eventId);
  if (!found) throw new Error(`there is no event ${eventId}`);
  return found;
}

describe('an event', () => {
  test('is told by mail and to every endpoint that wants it, each once, however many lanes try at the same time', async () => {
    const all = await endpoint();
    const held = await endpoint(receiver, ['paymentHeld']);
    await endpoint(receiver, ['rulesAlert']);
    const eventId = await happens('paymentHeld');
    await Promise.all([deliver(), deliver(), deliver()]);
    await deliver();
    expect(mails).toHaveLength(1);
    expect(receiver.received.map(({ id }) => id)).toEqual([eventId, eventId]);
    const { deliveries, log } = await shown(eventId);
    expect(deliveries.map(({ endpointId, state }) => [endpointId, state])).toEqual(
      expect.arrayContaining([
        [null, 'delivered'],
        [all.endpointId, 'delivered'],
        [held.endpointId, 'delivered'],
      ]),
    );
    expect(deliveries).toHaveLength(3);
    expect(log.map(({ statusCode, error }) => [statusCode, error])).toEqual(
      expect.arrayContaining([
        [null, null],
        [200, null],
      ]),
    );
  });

  test.each(eventTypes)('%s reaches an endpoint with all that it says', async (type) => {
    const { secret } = await endpoint();
    await happens(type);
    await deliver();
    const [received] = receiver.received;
    if (!received) throw new Error('nothing came');
    expect(verified(secret, received)).toMatchObject({ type, data: eventOf(type).payload });
  });

  test('is claimed in the order in which it happened, also where two lanes fan out at once', async () => {
    const events: string[] = [];
    for (let count = 0; count < 20; count += 1) events.push(await happens('paymentHeld'));
    const fanOutNew = () => inTransaction(database.pool, (db) => fanOut(db, 1_000, () => {}));
    await inTransaction(database.pool, async (slower) => {
      await slower.query('select from outbox where event_id = any ($1) for update', [events.slice(0, 10)]);
      await fanOutNew();
    });
    await fanOutNew();
    const claimed = await claimDue(database.pool, null, 1_000);
    const ours = claimed.filter((delivery) => delivery.subscriberId === subscriberId);
    expect(ours.map(({ event }) => event)).toMatchObject(events.map((eventId) => ({ eventId })));
  });

  test("is never told to another subscriber's endpoints", async () => {
    await endpoint();
    subscriberId = randomUUID();
    await happens('paymentHeld');
    await deliver();
    expect(receiver.received).toEqual([]);
    expect(mails).toHaveLength(1);
  });

  test('that is rolled back with its change is told to nobody', async () => {
    await endpoint();
    const change = inTransaction(database.pool, async (db) => {
      await publish(db, subscriberId, 'paymentHeld', 'x', eventOf('paymentHeld').payload);
      throw new Error('the change failed');
    });
    await expect(change).rejects.toThrow('the change failed');
    await deliver();
    expect([receiver.received, mails]).toEqual([[], []]);
  });
});

describe('who is told', () => {
  test('is by standard everybody of everything, but nobody by mail of each payment that is blocked', async () => {
    await endpoint();
    for (const type of eventTypes) await happens(type);
    await deliver();
    expect(receiver.received).toHaveLength(eventTypes.length);
    expect(mails).toHaveLength(eventTypes.length - 1);
  });

  test('is as the subscriber set it, from the next event on', async () => {
    await endpoint();
    await prefer(
      'events: { paymentHeld: { email: false }, paymentBlocked: { email: true, webhook: false } }',
    );
    await happens('paymentHeld');
    await deliver();
    const blocked = await happens('paymentBlocked');
    await deliver();
    expect(receiver.received).toHaveLength(1);
    expect(mails.map(({ eventId }) => eventId)).toEqual([blocked]);
    await prefer('events: {}');
    await happens('paymentHeld');
    await deliver();
    expect([receiver.received.length, mails.length]).toEqual([2, 2]);
  });

  test("is as '*' says where the subscriber has set nothing, also in language, zone, sender and groups", async () => {
    const document = `
language: de
timeZone: Europe/Berlin
sender: Shop <shop@example.com>
recipients: { default: [ops@example.com], supervisors: [eva@example.com] }
events: { refundFailed: { to: [default, supervisors] } }`;
    await putSettings(database.pool, 'notifications', '*', document, ana);
    await happens('paymentHeld');
    await deliver();
    await happens('refundFailed');
    await deliver();
    await prefer('language: en');
    await happens('paymentHeld');
    await deliver();
    await putSettings(database.pool, 'notifications', '*', 'events: {}', ana);
    const shops = { language: 'de', timeZone: 'Europe/Berlin', from: 'Shop <shop@example.com>' };
    expect(mails.map(({ preferences }) => preferences)).toEqual([
      { ...shops, to: ['ops@example.com'] },
      { ...shops, to: ['ops@example.com', 'eva@example.com'] },
      { language: 'en' },
    ]);
  });

  test.each([
    ['a group that does not exist', 'events: { paymentHeld: { to: [boss] } }', 'no group "boss"'],
    ['an event that does not exist', 'events: { paymentEaten: { email: false } }', 'paymentEaten'],
    ['an address that is none', 'recipients: { default: [ops] }', 'recipients.default.0'],
    ['a sender with a line of its own', '{ "sender": "a@b.example\\nBcc: c@d.example" }', 'sender'],
    ['a language that nobody has written', 'language: fr', 'language'],
  ])('cannot be set to %s', async (_what, document, says) => {
    await expect(prefer(document)).rejects.toThrow(says);
  });
});

describe('a message that is not taken', () => {
  test('is tried again later with the same id, and every attempt is on record', async () => {
    const { endpointId } = await endpoint();
    const eventId = await happens('paymentHeld');
    receiver.answer = (response, call) => status(call === 1 ? 503 : 200, {}, 'bu\0sy')(response);
    await deliverAndFail();
    await deliver();
    expect(receiver.received).toHaveLength(1);
    await letTimePass();
    await deliver();
    expect(receiver.received.map(({ id }) => id)).toEqual([eventId, eventId]);
    const { deliveries, log } = await shown(eventId);
    const delivery = deliveries.find((each) => each.endpointId === endpointId);
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 2, nextAttemptAt: null });
    expect(log.filter(({ deliveryId }) => deliveryId === delivery?.deliveryId)).toMatchObject([
      { statusCode: 503, error: 'the receiver answered 503', answer: 'busy' },
      { statusCode: 200, error: null },
    ]);
  });

  test('waits at least as long as Retry-After asks', async () => {
    await endpoint();
    const eventId = await happens('paymentHeld');
    receiver.answer = status(429, { 'retry-after': '3600' });
    await deliverAndFail();
    const { deliveries } = await shown(eventId);
    const due = deliveries.find(({ state }) => state === 'pending')?.nextAttemptAt?.getTime() ?? 0;
    expect((due - Date.now()) / 60_000).toBeGreaterThan(59);
  });

  test('for three days, while nothing else is, is given up with its endpoint, and a person is told', async () => {
    const { endpointId } = await endpoint();
    const eventId = await happens('paymentHeld');
    receiver.answer = status(500);
    await deliverAndFail();
    await database.pool.query(
      `update deliveries set attempts = 9, next_attempt_at = now() where endpoint_id = $1`,
      [endpointId],
    );
    await deliverAndFail();
    expect((await shown(eventId)).deliveries).toContainEqual(
      expect.objectContaining({ endpointId, state: 'failed', attempts: 10 }),
    );
    expect(await listEndpoints(database.pool, subscriberId)).toMatchObject([
      { disabledReason: expect.stringContaining('nothing was taken for three days') },
    ]);
    const [told] = await listNotifications(database.pool, subscriberId, {
      type: 'webhookDisabled',
      limit: 1,
    });
    await deliver();
    expect(mails.map((mail) => mail.eventId)).toContain(told?.eventId);
  });

  test('with 410 disables the endpoint at once: what else was due is dropped, nothing new is sent', async () => {
    const { endpointId } = await endpoint();
    const earlier = await happens('reviewReminder');
    receiver.answer = status(503);
    await deliverAndFail();
    await happens('paymentHeld');
    receiver.answer = status(410);
    await deliverAndFail();
    expect(await listEndpoints(database.pool, subscriberId)).toMatchObject([
      { endpointId, disabledAt: expect.any(Date), disabledReason: expect.stringContaining('410') },
    ]);
    expect((await shown(earlier)).deliveries).toContainEqual(
      expect.objectContaining({ endpointId, state: 'cancelled' }),
    );
    await happens('paymentReleased');
    await deliver();
    await letTimePass();
    await deliver();
    expect(receiver.received).toHaveLength(2);
    const [told] = await listNotifications(database.pool, subscriberId, {
      type: 'webhookDisabled',
      limit: 5,
    });
    expect(await shown(told?.eventId ?? '')).toMatchObject({
      payload: { endpointId, url: receiver.url, reason: expect.stringContaining('410') },
    });
  });

  test('because the event cannot be read is on record, and keeps no other from being told', async () => {
    await endpoint();
    const broken = await happens('paymentHeld');
    await database.pool.query(`update outbox set payload = '{}' where event_id = $1`, [broken]);
    const well = await happens('paymentReleased');
    await deliver();
    expect(receiver.received.map(({ id }) => id)).toEqual([well]);
    expect((await shown(broken)).log).toContainEqual(
      expect.objectContaining({ error: expect.stringContaining('uniqueReference') }),
    );
  });

  test('to three readers of whom one is refused and one is busy reaches the good ones once each', async () => {
    const taken: string[] = [];
    let isBusy = true;
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      onRcptTo: ({ address }, _session, done) => {
        if (address.startsWith('gone'))
          return done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
        if (address.startsWith('busy') && isBusy)
          return done(Object.assign(new Error('try later'), { responseCode: 451 }));
        return done(null);
      },
      onData: (stream, { envelope }, done) => {
        taken.push(...envelope.rcptTo.map(({ address }) => address));
        stream.on('end', () => done()).resume();
      },
    });
    const socket = server.listen(0, '127.0.0.1');
    await once(socket, 'listening');
    const address = socket.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const channel = mailTo(`smtp://127.0.0.1:${port}`);
    const readers = ['good@example.com', 'gone@example.com', 'busy@example.com'];
    await prefer(`recipients: { default: [${readers.join(', ')}] }`);
    const eventId = await happens('paymentHeld');
    for (let time = 0; time < 4; time += 1) {
      await deliverAll({ ...deps(), channel });
      isBusy = time < 1;
      await letTimePass();
    }
    expect(taken.toSorted((a, b) => a.localeCompare(b))).toEqual(['busy@example.com', 'good@example.com']);
    const { deliveries, log } = await shown(eventId);
    expect(deliveries).toMatchObject([{ state: 'delivered' }]);
    expect(log.map(({ error }) => error ?? 'taken')).toEqual([
      expect.stringMatching(
        /not taken for gone@example.com, busy@example.com.*tried again for busy@example.com/,
      ),
      expect.stringMatching(/451 try later.*It is tried again/),
      'taken',
    ]);
    channel.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  test('of a mail for three days becomes one task, also where the mail about the task is given up', async () => {
    mailServer = 'down';
    await happens('paymentHeld');
    await happens('paymentHeld');
    const lastAttempt = () =>
      database.pool.query(
        `update deliveries set attempts = 1000, next_attempt_at = now() where state = 'pending' and event_id in
           (select event_id from outbox where subscriber_id = $1)`,
        [subscriberId],
      );
    for (let time = 0; time < 3; time += 1) {
      await deliver();
      await lastAttempt();
    }
    const tasks = await listTasks(database.pool, { subscriberId, state: 'open', limit: 10 });
    expect(tasks).toMatchObject([{ kind: 'mailUndelivered', subject: 'mail' }]);
    mailServer = 'up';
  });

  test('does not hold back mail, nor mail a webhook', async () => {
    await endpoint();
    mailServer = 'down';
    await happens('paymentHeld');
    await deliverAndFail();
    expect(receiver.received).toHaveLength(1);
    mailServer = 'up';
    await letTimePass();
    await deliver();
    expect([receiver.received.length, mails.length]).toEqual([1, 1]);
  });
});

describe('a resend', () => {
  test('tells everybody again under the same id', async () => {
    await endpoint();
    const eventId = await happens('paymentHeld');
    await deliver();
    expect(await resend(database.pool, subscriberId, eventId, undefined, 'ana')).toBe('due');
    await deliver();
    expect(receiver.received.map(({ id }) => id)).toEqual([eventId, eventId]);
    expect(mails).toHaveLength(2);
    expect((await shown(eventId)).log).toHaveLength(4);
  });

  test('to one endpoint tells that one only, also one that came later or prefers other events', async () => {
    const eventId = await happens('paymentHeld');
    await deliver();
    const late = await endpoint(receiver, ['rulesAlert']);
    expect(await resend(database.pool, subscriberId, eventId, late.endpointId, 'ana')).toBe('due');
    await deliver();
    expect([receiver.received.length, mails.length]).toEqual([1, 1]);
  });

  test('needs an event, and a recipient, of the same subscriber', async () => {
    const { endpointId } = await endpoint();
    await disableEndpoint(database.pool, { subscriberId, endpointId }, ana);
    const eventId = await happens('paymentBlocked');
    const again = (to?: string) => resend(database.pool, subscriberId, eventId, to, 'ana');
    expect([await again(), await again(endpointId), await again('nobody')]).toEqual([
      'noRecipient',
      'unknownEndpoint',
      'unknownEndpoint',
    ]);
    expect(await again('email')).toBe('due');
    expect(await resend(database.pool, 'another', eventId, 'email', 'ana')).toBe('unknown');
  });
});

describe("an endpoint's secret", () => {
  test('stands sealed in the database, and opens under its key only', async () => {
    const { endpointId, secret } = await endpoint();
    const { rows } = await database.pool.query<{ row: string }>(
      'select webhook_endpoints::text as row from webhook_endpoints where endpoint_id = $1',
      [endpointId],
    );
    expect(rows[0]?.row).not.toContain(secret.slice('whsec_'.length));
  });

  test('signs beside its successor until the overlap is over', async () => {
    const { endpointId, secret } = await endpoint();
    const next = newWebhookSecret();
    const sealed = sealer.seal(next, endpointId);
    await rotateSecret(database.pool, { subscriberId, endpointId }, sealed, 24, ana);
    const signers = async () => {
      await happens('paymentHeld');
      await deliver();
      const received = receiver.received.at(-1);
      if (!received) throw new Error('nothing came');
      return [secret, next].map((each) => {
        try {
          return verified(each, received).type;
        } catch {
          return 'refused';
        }
      });
    };
    expect(await signers()).toEqual(['paymentHeld', 'paymentHeld']);
    await database.pool.query(
      `update webhook_endpoints set previous_expires_at = now() where endpoint_id = $1`,
      [endpointId],
    );
    expect(await signers()).toEqual(['refused', 'paymentHeld']);
  });

  test('that cannot be opened is told as a failed attempt, which says what to do', async () => {
    const { endpointId } = await endpoint();
    await database.pool.query(
      `update webhook_endpoints set secret = replace(secret, 'v1.', 'v1.AAAA') where endpoint_id = $1`,
      [endpointId],
    );
    const eventId = await happens('paymentHeld');
    await deliverAndFail();
    expect((await shown(eventId)).log).toContainEqual(
      expect.objectContaining({ error: expect.stringContaining('another SECRETS_KEY') }),
    );
  });
});

test('the attempt log can only grow', async () => {
  await happens('paymentHeld');
  await deliver();
  for (const change of ["update delivery_attempts set error = 'x'", 'delete from delivery_attempts']) {
    await expect(database.ownerPool.query(change)).rejects.toThrow('append-only');
  }
});
