import { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LifecycleUnavailable, PaymentBlockClient } from '../../src/client/index.ts';
import { searchAttributes } from '../../src/temporal/search-attributes.ts';
import { ensureSchedules } from '../../src/temporal/schedules.ts';
import { checkServer } from '../../src/temporal/server-check.ts';
import { samplePayment } from '../../tools/payments.ts';
import { localEnvironment } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await localEnvironment();
});
afterAll(() => env.teardown());

const inNamespace = (namespace: string) => new Client({ connection: env.connection, namespace });

test('a server that has everything is taken', async () => {
  await expect(checkServer(inNamespace('default'))).resolves.toBeUndefined();
});

test('a namespace that is not there is named, with the command that creates it', async () => {
  await expect(checkServer(inNamespace('nowhere'))).rejects.toThrow(
    /^Temporal has no namespace "nowhere": .*\n {2}temporal operator namespace create --namespace nowhere$/,
  );
});

test('every search attribute that is missing, or of another type, is named, with the command that creates it', async () => {
  await env.connection.workflowService.registerNamespace({
    namespace: 'bare',
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  await expect
    .poll(async () => checkServer(inNamespace('bare')).catch(String), { timeout: 20_000 })
    .toMatch(
      new RegExp(
        `lacks search attributes:\\n(  \\w+ \\(\\w+\\) is missing\\n){${Object.keys(searchAttributes).length}}` +
          'Create them with\\n  temporal operator search-attribute create --namespace bare --name ServiceSubscriber --type Keyword',
      ),
    );
});

test('a call that Temporal refuses for good is not said to be worth repeating', async () => {
  const client = new PaymentBlockClient(inNamespace('nowhere'), 'no queue');
  const refused = client.blockPayment(samplePayment());
  await expect(refused).rejects.toThrow("Namespace not found: 'nowhere'");
  await expect(refused).rejects.not.toThrow(LifecycleUnavailable);
});

test('schedules follow the version that runs: its times and its task queue; a pause stays', async () => {
  const { schedule } = env.client;
  await ensureSchedules(env.client, 'the queue before');
  const handle = schedule.getHandle('check-consistency');
  // The server takes changes in after its answers, and of two at once the pause first: each waits for the one before.
  await handle.update((stored) => ({ ...stored, spec: { intervals: [{ every: '1h' }] } }));
  await expect.poll(async () => (await handle.describe()).spec.intervals?.[0]?.every).toBe(3_600_000);
  await handle.pause('for the night');
  await expect.poll(async () => (await handle.describe()).state.paused).toBe(true);
  await ensureSchedules(env.client, 'the queue now');
  expect(await handle.describe()).toMatchObject({
    action: { taskQueue: 'the queue now' },
    spec: { intervals: [{ every: 5 * 60_000 }] },
    state: { paused: true, note: 'for the night' },
  });
});
