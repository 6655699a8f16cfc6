import { expect, test } from 'vitest';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import { paymentByReference } from '../../src/store/payments/payment-record.ts';
import { Caller } from '../../tools/chaos/caller.ts';
import { apis, workers } from '../../tools/chaos/plan.ts';
import { account, startWorld } from '../../tools/chaos/world.ts';
import { heldBody } from '../support/samples.ts';
import { withThrowAwayState } from '../../tools/stack/throw-away-state.ts';

test('an unblock whose worker, API and Temporal die once it is stored is carried out all the same', {
  timeout: 240_000,
}, async () => {
  const deaths: string[] = [];
  const { signal } = new AbortController();
  await withThrowAwayState('payment-block-test-update-', async (state) => {
    const world = await startWorld({
      state,
      print: () => {},
      signal,
      failpointFor: () => (deaths.length === 0 ? 'refund.afterCommit' : undefined),
      onDeath: (name) => deaths.push(name),
      newKeyPerRetry: false,
    });
    try {
      const payment = { subscriberId: account.subscriberId, uniqueReference: 'order-1' };
      const caller = new Caller(world.apis, signal);
      await caller.logIn(account);
      await caller.post(`/payment/${payment.uniqueReference}/kc-block`, heldBody());
      const answer = caller.post(`/payment/${payment.uniqueReference}/kc-unblock`, {
        partnerReference: 'unblock-1',
        refundAmount: true,
        localDate: '2026-01-11',
        localTime: '145752',
      });

      await expect.poll(() => deaths.length, { timeout: 30_000 }).toBe(1);
      // All workers: the others are still to die at the same point.
      await Promise.all([...apis, ...workers, 'Temporal'].map((name) => world.mortals.kill(name, 0)));
      expect((await paymentByReference(world.pool, payment))?.status).toBe('refunding');
      expect(await answer).toMatchObject({ status: 200 });

      const run = world.temporal.workflow.getHandle(paymentWorkflowId(payment));
      const status = async () => (await run.describe()).status.name;
      await expect.poll(status, { timeout: 90_000, interval: 1_000 }).toBe('COMPLETED');
      expect((await paymentByReference(world.pool, payment))?.status).toBe('refunded');
    } finally {
      await world.stop();
    }
  });
});
