import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PaymentBlockClient } from '../../src/client/index.ts';
import { createAssertions } from '../../src/identity/assertions.ts';
import { samplePayment } from '../../tools/payments.ts';
import { costOf } from '../../tools/bench/history-cost.ts';
import { localEnvironment } from '../support/temporal.ts';
import { SECRETS } from '../support/secrets.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';

let rig: LifecycleRig;
beforeAll(async () => {
  rig = await LifecycleRig.start(localEnvironment);
});
afterAll(() => rig.stop());

async function costOfRun(run: WorkflowHandle) {
  const history = await run.fetchHistory();
  const upserts = (history.events ?? []).filter(
    (event) => event.upsertWorkflowSearchAttributesEventAttributes,
  ).length;
  const { historySize } = await run.describe();
  return { ...costOf(history), upserts, historySize };
}

const { vouch } = createAssertions(SECRETS.SECRETS_KEY);

test.each([
  ['typed', 8, undefined],
  ['signed in', 8.25, { by: 'signedIn', door: 'api' }],
] as const)(
  'a payment that is held, and refunded by an operator who is %s, costs at most 26 events, %s KiB, 3 workflow tasks, 1 regular activity, 10 actions',
  async (_how, kib, known) => {
    const payment = samplePayment({ amount: { minor: 250_000, currency: 'EUR' } });
    await rig.tell(async () => {
      const client = new PaymentBlockClient(rig.env.client, rig.taskQueue, { vouch });
      await client.blockPayment(payment);
      const command = { refundAmount: true, operator: 'ana', reason: 'confirmed' };
      await client.unblockPayment(payment, { ...command, ...(known && { known }) });
      await rig.lifecycle(payment).result();
    });
    const cost = await costOfRun(rig.lifecycle(payment));
    expect(cost.events).toBeLessThanOrEqual(26);
    expect(cost.historySize).toBeLessThanOrEqual(kib * 1024);
    expect(cost.workflowTasks).toBe(3);
    expect(cost.regularActivities).toBe(1);
    expect(cost.actions).toBeLessThanOrEqual(10);
    expect(cost.upserts).toBeLessThanOrEqual(3);
  },
);

test('a payment that the rules release costs at most 12 events, 1 workflow task, no regular activity', async () => {
  const payment = samplePayment();
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    await rig.lifecycle(payment).result();
  });
  const cost = await costOfRun(rig.lifecycle(payment));
  expect(cost.events).toBeLessThanOrEqual(12);
  expect(cost.workflowTasks).toBe(1);
  expect(cost.regularActivities).toBe(0);
});
