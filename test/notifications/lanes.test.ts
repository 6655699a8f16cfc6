import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DeliveryDeps } from '../../src/delivery/deliver-once.ts';
import { runLane, runLanes } from '../../src/delivery/lane.ts';
import { deliveryLanes, laneOfEndpoint } from '../../src/domain/delivery-lane.ts';
import { newWebhookSecret } from '../../src/notifications/webhook-signature.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import {
  listNotifications,
  resend,
  showNotification,
} from '../../src/store/notifications/notification-log.ts';
import { publish } from '../../src/store/notifications/outbox.ts';
import { addEndpoint } from '../../src/store/notifications/webhook-endpoints.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { SECRETS } from '../support/secrets.ts';
import { webhookDeps } from '../support/webhooks.ts';
import { eventOf } from '../support/events.ts';
import { status, WebhookReceiver } from '../support/webhook-receiver.ts';

let database: TestDatabase;
let receiver: WebhookReceiver;
let subscriberId: string;
/** When each event was told by mail. */
let mails: Map<string, number>;
let stop: AbortController;
beforeEach(async () => {
  database = await testDatabase();
  receiver = await WebhookReceiver.start();
  subscriberId = randomUUID();
  mails = new Map();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await receiver.stop();
  await database.drop();
});

const deps = (): DeliveryDeps => ({
  pool: database.pool,
  channel: { send: async ({ eventId }) => void mails.set(eventId, Date.now()) },
  ...webhookDeps,
});

async function happens(): Promise<string> {
  return publish(database.pool, subscriberId, 'paymentHeld', randomUUID(), eventOf('paymentHeld').payload);
}

async function endpoint(to: WebhookReceiver = receiver): Promise<string> {
  const endpointId = randomUUID();
  const sealed = webhookDeps.sealer.seal(newWebhookSecret(), endpointId);
  const by = { actor: 'ana', reason: 'as agreed' };
  await addEndpoint(database.pool, subscriberId, { endpointId, url: to.url, eventTypes: null }, sealed, by);
  return endpointId;
}

async function listeners(): Promise<number[]> {
  const { rows } = await database.pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and query = 'listen outbox'`,
  );
  return rows.map(({ pid }) => pid);
}

const allListen = () => vi.waitFor(async () => expect(await listeners()).toHaveLength(3), 10_000);

/** Publishes one event after the other. @returns how long each took to be told by mail, sorted, in milliseconds */
async function mailDelays(events: number, apartMs: number): Promise<number[]> {
  const published = new Map<string, number>();
  for (let count = 0; count < events; count += 1) {
    const eventId = await happens();
    published.set(eventId, Date.now());
    await pause(apartMs);
  }
  await vi.waitFor(
    () => expect([...mails.keys()]).toEqual(expect.arrayContaining([...published.keys()])),
    15_000,
  );
  return [...published]
    .map(([eventId, at]) => (mails.get(eventId) ?? Infinity) - at)
    .toSorted((a, b) => a - b);
}

const median = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)];

test('an event is told within a second at the median, by mail and webhook', async () => {
  await endpoint();
  const running = runLanes(deps(), stop.signal);
  await allListen();
  const delays = await mailDelays(100, 25);
  expect(median(delays)).toBeLessThan(1_000);
  console.log(`told by mail: p50 ${median(delays)} ms, p99 ${delays[98]} ms`);
  await vi.waitFor(() => expect(receiver.received).toHaveLength(100), 10_000);
  stop.abort();
  await running;
}, 60_000);

test('a burst of events from many transactions at once is told completely, each once', async () => {
  await endpoint();
  const running = runLanes(deps(), stop.signal);
  const events = await Promise.all(Array.from({ length: 300 }, happens));
  await vi.waitFor(() => expect([mails.size, receiver.received.length]).toEqual([300, 300]), 20_000);
  expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set(events));
  stop.abort();
  await running;
}, 60_000);

test('a lane that runs twice tells nothing twice', async () => {
  await endpoint();
  const other = new AbortController();
  const running = [runLanes(deps(), stop.signal), runLanes(deps(), other.signal)];
  const events = await Promise.all(Array.from({ length: 100 }, happens));
  await vi.waitFor(() => expect(mails.size).toBe(100), 20_000);
  await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThanOrEqual(100), 20_000);
  stop.abort();
  other.abort();
  await Promise.all(running);
  expect(receiver.received.map(({ id }) => id).toSorted()).toEqual(events.toSorted());
}, 60_000);

test('a dead endpoint delays no other, nor mail', async () => {
  const dead = await WebhookReceiver.start();
  dead.answer = () => {};
  const stuck = await endpoint(dead);
  // In the same lane as the dead one.
  let well = await endpoint();
  while (laneOfEndpoint(well) !== laneOfEndpoint(stuck)) {
    await database.pool.query('update webhook_endpoints set removed_at = now() where endpoint_id = $1', [
      well,
    ]);
    well = await endpoint();
  }
  const running = runLanes(deps(), stop.signal);
  await allListen();
  for (let count = 0; count < 20; count += 1) await happens();
  await vi.waitFor(() => expect(dead.received.length).toBeGreaterThanOrEqual(4), 10_000);
  const delays = await mailDelays(20, 50);
  expect(median(delays)).toBeLessThan(1_000);
  await vi.waitFor(() => expect(receiver.received).toHaveLength(40), 2_000);
  stop.abort();
  await running;
  await dead.stop();
}, 60_000);

test('an endpoint that fails is tried by one attempt at a time', async () => {
  let [open, most] = [0, 0];
  await endpoint();
  receiver.answer = (response) => {
    most = Math.max(most, (open += 1));
    setTimeout(() => {
      open -= 1;
      status(503)(response);
    }, 50);
  };
  const running = runLanes(deps(), stop.signal);
  await happens();
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1), 10_000);
  await pause(200);
  for (let count = 0; count < 10; count += 1) await happens();
  await vi.waitFor(() => expect(receiver.received).toHaveLength(11), 10_000);
  expect(most).toBe(1);
  stop.abort();
  await running;
}, 60_000);

test('410 on many attempts at once disables the endpoint once, and each event comes to an end', async () => {
  await endpoint();
  const events = await Promise.all(Array.from({ length: 8 }, happens));
  receiver.answer = (response) => void setTimeout(() => status(410)(response), 200);
  const running = runLanes(deps(), stop.signal);
  await vi.waitFor(async () => {
    const open = await listNotifications(database.pool, subscriberId, { type: 'paymentHeld', limit: 100 });
    const states = open.map(({ deliveries }) => deliveries.find((each) => each.endpointId !== null)?.state);
    expect(states).toHaveLength(events.length);
    expect(new Set(states)).toEqual(new Set(['failed', 'cancelled']));
  }, 10_000);
  stop.abort();
  await running;
  expect(receiver.received).toHaveLength(4);
  const page = { type: 'webhookDisabled', limit: 100 } as const;
  expect(await listNotifications(database.pool, subscriberId, page)).toHaveLength(1);
}, 60_000);

test('what is due again is sent within seconds: a retry by the clock, a resend by the wake-up call', async () => {
  const endpointId = await endpoint();
  const running = runLanes(deps(), stop.signal);
  receiver.answer = (response, call) => status(call === 1 ? 503 : 200)(response);
  const eventId = await happens();
  await vi.waitFor(() => expect(receiver.received).toHaveLength(2), 10_000);
  expect(await resend(database.pool, subscriberId, eventId, endpointId, 'ana')).toBe('due');
  await vi.waitFor(() => expect(receiver.received).toHaveLength(3), 1_500);
  expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set([eventId]));
  stop.abort();
  await running;
}, 60_000);

test('lanes whose connections are cut go on, and listen again; each says so once', async () => {
  const problems: string[] = [];
  const running = deliveryLanes.map((lane) =>
    runLane(deps(), {
      lane,
      signal: stop.signal,
      onLook: () => {},
      onProblem: (what) => problems.push(`${lane}: ${what}`),
    }),
  );
  await allListen();
  const cut = await listeners();
  // As a restart of Postgres does it.
  await database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await happens();
  await vi.waitFor(() => expect(mails.size).toBe(1), 5_000);
  await allListen();
  expect((await listeners()).filter((pid) => cut.includes(pid))).toEqual([]);
  const delays = await mailDelays(10, 50);
  expect(median(delays)).toBeLessThan(500);
  expect(problems.filter((problem) => problem.includes('no longer listens'))).toHaveLength(3);
  expect(new Set(problems).size).toBe(problems.length);
  stop.abort();
  await Promise.all(running);
  expect(await listeners()).toEqual([]);
}, 60_000);

test('a lane that is ended while a receiver keeps it waiting hands over within seconds', async () => {
  await endpoint();
  receiver.answer = () => {};
  const running = runLanes(deps(), stop.signal);
  await happens();
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1), 10_000);
  const ended = Date.now();
  stop.abort();
  await running;
  expect(Date.now() - ended).toBeLessThan(3_000);
}, 60_000);

test('a process that dies after it has sent, and before that is recorded, is followed by the same message', async () => {
  const endpointId = await endpoint();
  const eventId = await happens();
  // The receiver has the message, and the sender dies before the answer.
  const sender = runLanesInAProcess();
  receiver.answer = (response) => {
    sender.kill('SIGKILL');
    response.end();
  };
  await once(sender, 'close');
  expect(receiver.received.map(({ id }) => id)).toEqual([eventId]);
  receiver.answer = undefined;
  const running = runLanes(deps(), stop.signal);
  await pause(2_000);
  expect(receiver.received).toHaveLength(1);
  // As if the claim's time were over.
  await database.pool.query('update deliveries set next_attempt_at = now()');
  await vi.waitFor(() => expect(receiver.received.map(({ id }) => id)).toEqual([eventId, eventId]), 5_000);
  const shown = await showNotification(database.pool, subscriberId, eventId);
  expect(shown?.deliveries.find((each) => each.endpointId === endpointId)).toMatchObject({ attempts: 2 });
  stop.abort();
  await running;
}, 60_000);

/** The lanes in a process of its own, compiled as it ships; it has no mail. */
function runLanesInAProcess() {
  const from = (file: string) => JSON.stringify(path.join(projectRoot, 'dist/src', file));
  const script = `
    const { runLanes } = await import(${from('delivery/lane.js')});
    const { createWebhookChannel } = await import(${from('notifications/webhook.js')});
    const { createPool } = await import(${from('store/db/postgres.js')});
    const { createSealer } = await import(${from('store/db/sealing.js')});
    const pool = createPool(process.env.DATABASE_URL, 'doomed', () => {});
    const webhooks = createWebhookChannel({ allowLoopback: true });
    const sealer = createSealer(process.env.SECRETS_KEY);
    const channel = { send: () => Promise.resolve() };
    await runLanes({ pool, channel, webhooks, sealer }, new AbortController().signal);`;
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url, ...SECRETS },
    stdio: 'inherit',
  });
}
