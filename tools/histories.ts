import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import { PaymentBlockClient } from '../src/client/index.ts';
import { customerBlockWorkflowId, paymentWorkflowId, refundCheckWorkflowId } from '../src/domain/ids.ts';
import type { BlockedPayment } from '../src/domain/payment.ts';
import type { OperatorIdentity, Vouch } from '../src/domain/sender.ts';
import { createAssertions } from '../src/identity/assertions.ts';
import { projectRoot } from '../src/runtime/project-files.ts';
import { createPool } from '../src/store/db/postgres.ts';
import { putSettings } from '../src/store/settings/settings.ts';
import { CHECK_CONSISTENCY, DELIVER_NOTIFICATIONS, RECONCILE } from '../src/temporal/contract.ts';
import { samplePayment } from './payments.ts';
import { freePorts } from './stack/ports.ts';
import { abortWhenAsked } from './processes/signals.ts';
import { type Stack, startStack } from './stack/stack.ts';
import { clearState, secretsKey, stateFolder } from './stack/state.ts';
import { print } from './command-line.ts';

const TASK_QUEUE = 'payment-block';
const SUBSCRIBER = 'demo';
const ana = { operator: 'ana', reason: 'recorded' };
const anaRefunds = { refundAmount: true, ...ana };
const anaReleases = { refundAmount: false, ...ana };
const SIGNED_IN = { by: 'signedIn', door: 'desk' } as const;

/** What a story needs: the client, the run's handle for what the client has no call for, switches and settings. */
interface Scene {
  readonly client: PaymentBlockClient;
  readonly run: (workflowId: string) => WorkflowHandle;
  /** Starts what a schedule starts. */
  readonly begin: (workflowType: string) => Promise<string>;
  /** Runs what a schedule starts, to its end. */
  readonly onSchedule: (workflowType: string) => Promise<string>;
  readonly misbehave: (switches: readonly unknown[]) => Promise<void>;
  /** Where the gateway serves: for what happens there without us. */
  readonly gateway: string;
  readonly setReviews: (subscriberId: string, document: string) => Promise<void>;
}

/** Every kind of life that is recorded; each resolves with the run whose history is kept. */
const stories: Readonly<Record<string, (scene: Scene) => Promise<string>>> = {
  async 'released-by-rules'({ client, run }) {
    const payment = samplePayment();
    await client.blockPayment(payment);
    return ended(run, payment);
  },
  async 'refunded-by-rules'({ client, run }) {
    const payment = samplePayment({ ipAddress: '192.0.2.9' });
    await client.blockPayment(payment);
    return ended(run, payment);
  },
  async 'held-refunded-by-operator'({ client, run }) {
    const payment = largePayment();
    await client.blockPayment(payment);
    await client.unblockPayment(payment, anaRefunds);
    return ended(run, payment);
  },
  async 'held-refunded-by-signed-in-operator'({ client, run }) {
    const payment = largePayment();
    await client.blockPayment(payment);
    await client.unblockPayment(payment, { ...anaRefunds, known: SIGNED_IN });
    return ended(run, payment);
  },
  async 'held-released-by-signal-after-slips'({ client, run }) {
    const payment = largePayment();
    await client.blockPayment(payment);
    const handle = run(paymentWorkflowId(payment));
    await handle.signal('unblock');
    await handle.signal('unlock', anaReleases);
    await handle.signal('hold', ana);
    await handle.cancel();
    await handle.signal('unblock', anaReleases);
    return ended(run, payment);
  },
  // Takes a minute: a review cannot be extended by less.
  async 'held-extended-then-deadline'({ client, run, setReviews }) {
    const payment = largePayment({ subscriberId: 'soon-due' });
    await setReviews(
      payment.subscriberId,
      'reminderHours: 0.0003\ndeadlineHours: 0.005\ndeadlineAction: refund\n',
    );
    await client.blockPayment(payment);
    await run(paymentWorkflowId(payment)).signal('extendReview', { hours: 0.017, ...ana });
    return ended(run, payment);
  },
  async 'held-paused-proposed-and-confirmed'({ client, run, setReviews }) {
    const payment = largePayment({ subscriberId: 'two-agree' });
    await setReviews(
      payment.subscriberId,
      `reminderHours: 0.0003
escalation: { hours: 0.0006, to: leads }
deadlineHours: 1
deadlineAction: refund
fourEyesAbove: { "*": 0 }
`,
    );
    await client.blockPayment(payment);
    const handle = run(paymentWorkflowId(payment));
    await sleep(4_000);
    await handle.executeUpdate('assign', { args: [{ assignee: 'ben', ...ana }] });
    await handle.executeUpdate('note', { args: [{ text: 'recorded', ...ana }] });
    await handle.executeUpdate('pauseReview', { args: [ana] });
    await handle.executeUpdate('resumeReview', { args: [ana] });
    await handle.executeUpdate('extendReview', { args: [{ hours: 2, ...ana }] });
    const { proposal } = await client.unblockPayment(payment, anaReleases);
    const confirm = { confirms: proposal?.hash, operator: 'ben', reason: 'recorded' };
    await handle.executeUpdate('confirmUnblock', { args: [confirm] });
    return ended(run, payment);
  },
  async 'held-booked-by-two-then-released'({ client, run, setReviews }) {
    const payment = largePayment({ subscriberId: 'two-book' });
    await setReviews(
      payment.subscriberId,
      'reminderHours: 1\ndeadlineHours: 2\ndeadlineAction: refund\nfourEyesAbove: { "*": 0 }\n',
    );
    await client.blockPayment(payment);
    const booking = { amount: '40.00', gatewayReference: 're_recorded', reason: 'recorded' };
    await client.send(payment, 'bookElsewhere', { ...booking, operator: 'ana' });
    await client.send(payment, 'bookElsewhere', { ...booking, operator: 'ben' });
    await client.unblockPayment(payment, anaReleases);
    const { proposal } = await client.payment(payment);
    const confirm = { confirms: proposal?.hash ?? '', operator: 'ben', reason: 'recorded' };
    await client.send(payment, 'confirmUnblock', confirm);
    return ended(run, payment);
  },
  async 'refund-declined-then-released'({ client, run, misbehave }) {
    const payment = largePayment();
    await misbehave([{ misbehave: 'decline', paymentOptionToken: payment.paymentOption.token, calls: 1 }]);
    await client.blockPayment(payment);
    await client.unblockPayment(payment, anaRefunds);
    while ((await client.payment(payment)).status !== 'held') await sleep(100);
    await client.unblockPayment(payment, anaReleases);
    return ended(run, payment);
  },
  async 'refund-answer-lost'({ client, run, misbehave }) {
    const payment = largePayment();
    await misbehave([{ misbehave: 'dropAnswer', paymentOptionToken: payment.paymentOption.token, calls: 1 }]);
    await client.blockPayment(payment);
    await client.unblockPayment(payment, anaRefunds);
    return ended(run, payment);
  },
  async 'refund-woken-by-hint'({ client, run, misbehave }) {
    const payment = largePayment();
    const { token: paymentOptionToken } = payment.paymentOption;
    await misbehave([
      { misbehave: 'dropAnswer', paymentOptionToken },
      { misbehave: 'dropAnswer', on: 'lookup', paymentOptionToken },
    ]);
    await client.blockPayment(payment);
    await client.unblockPayment(payment, anaRefunds);
    while ((await client.payment(payment)).refundStatus !== 'PENDING') await sleep(100);
    await client.refundChanged(payment);
    await misbehave([]);
    await client.refundChanged(payment);
    return ended(run, payment);
  },
  async 'refund-contested-then-given-up'({ client, run, gateway }) {
    const payment = largePayment();
    const { token: paymentOptionToken } = payment.paymentOption;
    await client.blockPayment(payment);
    const contest = { paymentOptionToken, contested: 'chargedBack', reason: 'not ordered' };
    await sendTo(`${gateway}/contests`, 'POST', contest);
    await client.unblockPayment(payment, anaRefunds);
    while ((await client.payment(payment)).status !== 'refundFailed') await sleep(100);
    await client.refundChanged(payment);
    await run(paymentWorkflowId(payment)).executeUpdate('giveUpRefund', { args: [ana] });
    while ((await client.payment(payment)).status !== 'held') await sleep(100);
    await client.unblockPayment(payment, anaReleases);
    return ended(run, payment);
  },
  async 'refund-reversed-then-released'(scene) {
    const payment = await reversed(scene);
    await scene.client.unblockPayment(payment, anaReleases);
    return ended(scene.run, payment);
  },
  async 'refund-check-finds-reversal'(scene) {
    const payment = await reversed(scene);
    await scene.client.unblockPayment(payment, anaReleases);
    await ended(scene.run, payment);
    const handle = scene.run(refundCheckWorkflowId(payment));
    await handle.result();
    return handle.workflowId;
  },
  async 'customer-blocked-and-unblocked'({ client, run }) {
    const customer = { subscriberId: SUBSCRIBER, customerUuid: randomUUID() };
    const request = {
      onlinePayment: true,
      sendBlockNotification: true,
      threeDSAuthentication: false,
      actor: 'ana',
    };
    const held = largePayment({ customerUuid: customer.customerUuid });
    await client.blockPayment(held);
    await client.blockCustomer(customer, request);
    await client.blockCustomer(customer, { ...request, ccLastFour: '4242', cardHolder: 'Erika Muster' });
    await client.unblockCustomer(customer, ana);
    await client.unblockPayment(held, anaReleases);
    const handle = run(customerBlockWorkflowId(customer));
    await handle.result();
    return handle.workflowId;
  },
  async 'customer-block-expired'({ client, run }) {
    const customer = { subscriberId: SUBSCRIBER, customerUuid: randomUUID() };
    await client.blockCustomer(customer, {
      onlinePayment: true,
      sendBlockNotification: false,
      threeDSAuthentication: false,
      actor: 'ana',
      expiresAt: new Date(Date.now() + 3_000).toISOString(),
    });
    const handle = run(customerBlockWorkflowId(customer));
    await handle.result();
    return handle.workflowId;
  },
  async 'held-released-by-operator'({ client, run }) {
    const payment = largePayment();
    await client.blockPayment(payment);
    await client.unblockPayment(payment, anaReleases);
    return ended(run, payment);
  },
  async 'notifications-delivered'({ run, begin }) {
    const workflowId = await begin(DELIVER_NOTIFICATIONS);
    // It never ends: recorded with its lanes at work.
    while (
      (await run(workflowId).fetchHistory()).events?.at(-1)?.activityTaskScheduledEventAttributes == null
    )
      await sleep(100);
    return workflowId;
  },
  async reconciled({ client, run, onSchedule }) {
    const payment = samplePayment({ ipAddress: '192.0.2.9' });
    await client.blockPayment(payment);
    await ended(run, payment);
    return onSchedule(RECONCILE);
  },
  async 'consistency-checked'({ onSchedule }) {
    return onSchedule(CHECK_CONSISTENCY);
  },
};

/** The same where only proven senders count (`OPERATOR_IDENTITY=principal`). */
const provenStories: typeof stories = {
  async 'held-typed-signal-refused-then-signed-in'({ client, run }) {
    const payment = largePayment();
    await client.blockPayment(payment);
    const handle = run(paymentWorkflowId(payment));
    await handle.signal('hold', ana);
    await handle.signal('unblock', anaRefunds);
    await client.unblockPayment(payment, { ...anaReleases, known: SIGNED_IN });
    return ended(run, payment);
  },
};

/**
 * Records test/replay/histories/<story>.json of every story that has none, on a stack of its own. By hand, for new stories: what
 * is recorded stays, for runs that began so may still be under way. A change of the workflows that no longer replays
 * it is guarded with patched(), or follows from data that it does not have.
 */
export async function main(): Promise<number> {
  await recordOn('typed', stories);
  await recordOn('principal', provenStories);
  return 0;
}

async function recordOn(identity: OperatorIdentity, wanted: typeof stories): Promise<void> {
  const missing = Object.entries(wanted).filter(([name]) => !existsSync(fileOf(name)));
  if (missing.length === 0) return;
  const state = stateFolder(mkdtempSync(path.join(os.tmpdir(), 'payment-block-histories-')));
  const stack = await startStack({
    ports: await freePorts(),
    state,
    // Reviews of seconds: a reminder after two, the deadline after five.
    environment: {
      ...process.env,
      OPERATOR_IDENTITY: identity,
      REVIEW_REMINDER_HOURS: '0.0006',
      REVIEW_DEADLINE_HOURS: '0.0014',
    },
    print,
    signal: abortWhenAsked(print),
  });
  try {
    await record(stack, createAssertions(secretsKey(state)).vouch, missing);
  } finally {
    await stack.stop();
    await clearState(state);
    rmSync(state.folder, { recursive: true, force: true });
  }
}

function fileOf(story: string): string {
  return path.join(projectRoot, 'test/replay/histories', `${story}.json`);
}

async function record(
  stack: Stack,
  vouch: Vouch,
  missing: readonly (readonly [string, (scene: Scene) => Promise<string>])[],
): Promise<void> {
  const connection = await Connection.connect(stack.temporal.connection);
  const pool = createPool(stack.databaseUrl, 'payment-block histories', () => {});
  const { workflow } = new Client({ connection, namespace: stack.temporal.namespace });
  const begin = async (workflowType: string) => {
    const workflowId = `recorded:${workflowType}`;
    await workflow.start(workflowType, { workflowId, taskQueue: TASK_QUEUE });
    return workflowId;
  };
  const scene: Scene = {
    client: new PaymentBlockClient(
      new Client({ connection, namespace: stack.temporal.namespace }),
      TASK_QUEUE,
      { vouch },
    ),
    run: (workflowId) => workflow.getHandle(workflowId),
    begin,
    onSchedule: async (workflowType) => {
      const workflowId = await begin(workflowType);
      await workflow.getHandle(workflowId).result();
      return workflowId;
    },
    misbehave: (switches) => sendTo(`${stack.gateway}/switches`, 'PUT', switches),
    gateway: stack.gateway,
    setReviews: async (subscriberId, document) => {
      await putSettings(pool, 'review', subscriberId, document, { actor: 'ana', reason: 'recorded' });
    },
  };
  for (const [name, story] of missing) {
    const file = fileOf(name);
    mkdirSync(path.dirname(file), { recursive: true });
    const workflowId = await story(scene);
    const history = await workflow.getHandle(workflowId).fetchHistory();
    writeFileSync(file, withoutMachine(historyToJSON(history)));
    print(`  ${name.padEnd(40)} ${String(history.events?.length).padStart(3)} events`);
  }
  await pool.end();
  await connection.close();
}

async function sendTo(url: string, method: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
}

/** A payment that has ended refunded, and is held again because the gateway took the refund back. */
async function reversed({ client, run, gateway }: Scene): Promise<BlockedPayment> {
  const payment = largePayment();
  await client.blockPayment(payment);
  await client.unblockPayment(payment, anaRefunds);
  await ended(run, payment);
  const { refundReference } = await client.payment(payment);
  const found = await fetch(`${gateway}/refunds?reference=${refundReference}`);
  const { refunds } = z.object({ refunds: z.array(z.object({ id: z.string() })) }).parse(await found.json());
  await sendTo(`${gateway}/refunds/${refunds[0]?.id}/reverse`, 'POST', { reason: 'account closed' });
  await client.refundChanged(payment);
  while ((await client.payment(payment)).status !== 'held') await sleep(100);
  return payment;
}

async function ended(run: Scene['run'], payment: BlockedPayment): Promise<string> {
  const handle = run(paymentWorkflowId(payment));
  await handle.result();
  return handle.workflowId;
}

function largePayment(changes: Partial<BlockedPayment> = {}): BlockedPayment {
  return samplePayment({ amount: { minor: 250_000, currency: 'EUR' }, ...changes });
}

/** The history without what belongs to the machine it was recorded on: process names, and paths in stack traces. */
function withoutMachine(json: string): string {
  const scrubbed: unknown = JSON.parse(json, (key, value: unknown) => {
    if (key === 'identity') return 'recorded';
    return key === 'stackTrace' ? '' : value;
  });
  return `${JSON.stringify(scrubbed, null, 1)}\n`;
}
