import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type CustomerRef,
  type PaymentRef,
  paymentWorkflowId,
  customerBlockWorkflowId,
} from '../../src/domain/ids.ts';
import { recordChargeback } from '../../src/store/refunds/chargebacks.ts';
import { PAYMENT_LIFECYCLE } from '../../src/temporal/contract.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { samplePayment } from '../../tools/payments.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';
import { localEnvironmentOfShortRuns } from '../support/temporal.ts';

const byAna = { operator: 'ana', reason: 'asked the customer' };
const anaReleases = { ...byAna, refundAmount: false };

let rig: LifecycleRig;
beforeAll(async () => {
  rig = await LifecycleRig.start(() => localEnvironmentOfShortRuns(80));
  await putSettings(
    rig.database.pool,
    'review',
    'four-eyes',
    'reminderHours: 4\ndeadlineHours: 24\ndeadlineAction: stayHeld\nfourEyesAbove: { "*": 1000 }\n',
    { actor: 'ana', reason: 'test' },
  );
});
afterAll(async () => {
  await rig.stop();
});

const large = (subscriberId = 'demo') =>
  samplePayment({ subscriberId, amount: { minor: 250_001, currency: 'EUR' } });

async function runsOf(workflowId: string): Promise<number> {
  const { count } = await rig.env.client.workflow.count(`WorkflowId = '${workflowId}'`);
  return count;
}

async function auditOf({ subscriberId, uniqueReference }: PaymentRef, action: string) {
  const { rows } = await rig.database.pool.query<{ details: Record<string, unknown> }>(
    'select details from audit where subscriber_id = $1 and subject = $2 and action = $3 order by id',
    [subscriberId, `payment:${uniqueReference}`, action],
  );
  return rows.map(({ details }) => details);
}

describe('a payment whose run becomes long goes on in a new one', () => {
  test('with its review, its proposal, who looks after it, and every note once', {
    timeout: 120_000,
  }, async () => {
    await rig.tell(async (client) => {
      const payment = large('four-eyes');
      const { reviewDueAt } = await client.blockPayment(payment);
      const { proposal } = await client.unblockPayment(payment, anaReleases);
      await client.send(payment, 'assign', { ...byAna, assignee: 'ben' });
      const texts = Array.from({ length: 60 }, (_, n) => `note ${n}`);
      const half = texts.length / 2;
      // Signals and Updates cross the end of each run.
      await Promise.all([
        ...texts.slice(0, half).map((text) => rig.lifecycle(payment).signal('note', { ...byAna, text })),
        ...texts.slice(half).map((text) => client.send(payment, 'note', { ...byAna, text })),
      ]);
      await vi.waitFor(async () => {
        const notes = await auditOf(payment, 'note');
        expect(notes).toHaveLength(texts.length);
        expect(new Set(notes.map(({ text }) => text))).toEqual(new Set(texts));
      }, 30_000);
      await vi.waitFor(
        async () => expect(await runsOf(paymentWorkflowId(payment))).toBeGreaterThan(2),
        10_000,
      );

      const view = await client.payment(payment);
      expect(view).toMatchObject({ status: 'held', assignedTo: 'ben', reviewDueAt, proposal });
      expect(view.messages).toHaveLength(20);
      const confirm = { operator: 'ben', reason: 'agreed', confirms: proposal?.hash ?? '' };
      expect(await client.confirmUnblock(payment, confirm)).toMatchObject({ status: 'released' });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
  });

  test('with 12,000 messages', { timeout: 240_000 }, async () => {
    await rig.tell(async (client) => {
      const payment = large();
      await client.blockPayment(payment);
      // Without a pause the server itself takes no more than 10,000 signals a run.
      for (let thousand = 1; thousand <= 12; thousand += 1) {
        const note = rig.lifecycle(payment).signal('note', { ...byAna, text: `thousand ${thousand}` });
        const holds = Array.from({ length: 999 }, () => rig.lifecycle(payment).signal('hold', byAna));
        await Promise.all([note, ...holds]);
        await vi.waitFor(async () => expect(await auditOf(payment, 'note')).toHaveLength(thousand), 60_000);
      }
      expect(await runsOf(paymentWorkflowId(payment))).toBeGreaterThan(2);
      expect(await client.unblockPayment(payment, anaReleases)).toMatchObject({ status: 'released' });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
  });

  test('after 5,000 messages that no worker was there for', { timeout: 120_000 }, async () => {
    const payment = large();
    await rig.env.client.workflow.start(PAYMENT_LIFECYCLE, {
      workflowId: paymentWorkflowId(payment),
      taskQueue: 'not yet there',
      args: [payment],
    });
    for (let sent = 0; sent < 5_000; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => rig.lifecycle(payment).signal('hold', byAna)));
    }
    await rig.tell(
      async (client) => {
        await vi.waitFor(
          async () => expect(await client.payment(payment)).toMatchObject({ status: 'held' }),
          {
            timeout: 60_000,
            interval: 500,
          },
        );
        expect(await client.unblockPayment(payment, anaReleases)).toMatchObject({ status: 'released' });
        expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
      },
      {},
      'not yet there',
    );
  });

  test('while its refund waits for a person, who then settles it', { timeout: 120_000 }, async () => {
    await rig.tell(async (client) => {
      const payment = large();
      await client.blockPayment(payment);
      const chargeback = { reference: randomUUID(), reason: 'fraud' };
      await recordChargeback(rig.database.pool, payment, chargeback, 'ana');
      const { refundReference } = await client.unblockPayment(payment, { ...byAna, refundAmount: true });
      await vi.waitFor(async () => {
        expect(await client.payment(payment)).toMatchObject({ status: 'refundFailed' });
      }, 20_000);
      for (let n = 0; n < 30; n += 1) await client.send(payment, 'note', { ...byAna, text: `${n}` });
      await vi.waitFor(
        async () => expect(await runsOf(paymentWorkflowId(payment))).toBeGreaterThan(1),
        10_000,
      );
      expect(await client.payment(payment)).toMatchObject({ status: 'refundFailed', refundReference });
      await client.send(payment, 'markRefundPaid', { ...byAna, gatewayReference: `re_${randomUUID()}` });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded', refundReference });
    });
  });
});

test('a customer who is blocked 60 times is held once a payment, goes on in new runs, and is unblocked', {
  timeout: 120_000,
}, async () => {
  await rig.tell(async (client) => {
    const customer: CustomerRef = { subscriberId: 'demo', customerUuid: randomUUID() };
    const payment = { ...large(), ...customer };
    await client.blockPayment(payment);
    const request = {
      onlinePayment: true,
      sendBlockNotification: false,
      threeDSAuthentication: true,
      actor: 'ana',
    };
    for (let n = 0; n < 60; n += 1) {
      await client.blockCustomer(customer, { ...request, invoiceGUID: `invoice-${n}` });
    }
    expect(await runsOf(customerBlockWorkflowId(customer))).toBeGreaterThan(2);
    const { messages } = await client.payment(payment);
    expect(messages.filter(({ name }) => name === 'hold')).toHaveLength(1);
    expect(await client.unblockCustomer(customer, byAna)).toMatchObject({ customerBlocked: false });
    const { rows } = await rig.database.pool.query(
      'select count(*)::int as invoices from customer_block_invoices where subscriber_id = $1 and invoice_guid like $2',
      ['demo', 'invoice-%'],
    );
    expect(rows).toEqual([{ invoices: 60 }]);
    await client.unblockPayment(payment, anaReleases);
    await rig.lifecycle(payment).result();
  });
});
