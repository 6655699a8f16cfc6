import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { deliveryLanes } from '../../src/domain/delivery-lane.ts';
import { DELIVER_NOTIFICATIONS } from '../../src/temporal/contract.ts';
import { publish } from '../../src/store/notifications/outbox.ts';
import { eventOf } from '../support/events.ts';
import { MailCatcherProcess } from '../support/mail-catcher-process.ts';
import { type CompiledProcess, startCompiled } from '../support/compiled-process.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { localEnvironment } from '../support/temporal.ts';
import { SECRETS } from '../support/secrets.ts';

let env: TestWorkflowEnvironment;
let database: TestDatabase;
let mail: MailCatcherProcess;
beforeAll(async () => {
  [env, database, mail] = await Promise.all([localEnvironment(), testDatabase(), MailCatcherProcess.start()]);
}, 60_000);
afterAll(async () => {
  await env.teardown();
  await mail.remove();
  await database.drop();
});

const startWorker = (): Promise<CompiledProcess> =>
  startCompiled('src/worker.ts', {
    DATABASE_URL: database.url,
    ...SECRETS,
    TEMPORAL_ADDRESS: env.address,
    GATEWAY_URL: 'http://127.0.0.1:9',
    SMTP_URL: mail.smtpUrl,
  });

/** Publishes an event. @returns after how many milliseconds it was delivered */
async function deliveryTime(withinMs: number): Promise<number> {
  const { payload } = eventOf('paymentHeld');
  const published = Date.now();
  const eventId = await publish(database.pool, 'shop', 'paymentHeld', randomUUID(), payload);
  await vi.waitFor(
    async () => {
      const { rowCount } = await database.pool.query(
        `select from deliveries where event_id = $1 and state = 'delivered'`,
        [eventId],
      );
      expect(rowCount).toBe(1);
    },
    { timeout: withinMs, interval: 50 },
  );
  return Date.now() - published;
}

/** The runs that deliver, and the lanes that a worker is at. */
async function lanesAtWork(): Promise<{ readonly runs: number; readonly lanes: number }> {
  const query = `WorkflowType = '${DELIVER_NOTIFICATIONS}' AND ExecutionStatus = 'Running'`;
  const runs = [];
  for await (const run of env.client.workflow.list({ query })) runs.push(run);
  const handles = runs.map(({ workflowId }) => env.client.workflow.getHandle(workflowId));
  const descriptions = await Promise.all(handles.map((handle) => handle.describe()));
  const pending = descriptions.flatMap(({ raw }) => raw.pendingActivities ?? []);
  return { runs: runs.length, lanes: pending.filter(({ lastStartedTime }) => lastStartedTime).length };
}

const allAtWork = () =>
  vi.waitFor(
    async () => expect(await lanesAtWork()).toEqual({ runs: 1, lanes: deliveryLanes.length }),
    20_000,
  );

test('lanes start with the first worker, and move to another one when theirs is killed or stopped', async () => {
  const first = await startWorker();
  await allAtWork();
  expect(await deliveryTime(5_000)).toBeLessThan(1_000);

  const second = await startWorker();
  await allAtWork();
  await first.end('SIGKILL');
  const afterKill = await deliveryTime(15_000);

  const third = await startWorker();
  await second.end('SIGTERM');
  const afterStop = await deliveryTime(5_000);
  await allAtWork();
  expect(await third.end()).toBe(0);
  console.log(`told ${afterKill} ms after a kill, ${afterStop} ms after a stop`);
}, 120_000);

test('a run that was terminated is started again by the next worker at once', async () => {
  const query = `WorkflowType = '${DELIVER_NOTIFICATIONS}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of env.client.workflow.list({ query })) {
    await env.client.workflow.getHandle(workflowId).terminate();
  }
  const worker = await startWorker();
  await deliveryTime(5_000);
  expect(await worker.end()).toBe(0);
}, 60_000);
