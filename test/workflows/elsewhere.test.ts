import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { PaymentBlockClient } from '../../src/client/index.ts';
import { disagreementsOf } from '../../src/domain/consistency.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { recordedPayments } from '../../src/store/checks/consistency.ts';
import { describePayment } from '../../src/temporal/payment-details.ts';
import { samplePayment } from '../../tools/payments.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';

const signed = { operator: 'ana', reason: 'refunded in the dashboard' };

let rig: LifecycleRig;
beforeAll(async () => {
  rig = await LifecycleRig.start();
});
afterAll(async () => {
  await rig.stop();
});
beforeEach(async () => {
  await rig.sandbox.misbehave();
});

const large = () => samplePayment({ amount: { minor: 250_000, currency: 'EUR' } });

async function book(client: PaymentBlockClient, payment: BlockedPayment, amount: string, reference = 're_1') {
  const gatewayReference = `${reference}-${payment.uniqueReference}`;
  return client.send(payment, 'bookElsewhere', { ...signed, amount, gatewayReference });
}

async function booksAgree(payment: BlockedPayment): Promise<void> {
  const [recorded] = await recordedPayments(rig.database.pool, [payment]);
  const run = recorded?.status === 'held' ? 'running' : 'ended';
  expect(disagreementsOf(recorded, run, new Date())).toEqual([]);
  const { balances } = await rig.onRecord(payment);
  expect(Object.values(balances).reduce((sum, balance) => sum + balance, 0)).toBe(0);
}

test.each([true, false])(
  'what went elsewhere is booked, and only the rest moves: refundAmount %s',
  async (refundAmount) => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await book(client, payment, '1000.00');
      await book(client, payment, '0.50', 're_2');
      expect(describePayment(await client.payment(payment))).toContain(
        '1000.50 EUR went elsewhere; **1499.50 EUR is left**',
      );
      await booksAgree(payment);
      await client.unblockPayment(payment, { ...signed, refundAmount });
      await rig.lifecycle(payment).result();
    });
    const { balances, refund } = await rig.onRecord(payment);
    expect(balances).toMatchObject({
      customer: -250_000,
      blocked: 0,
      elsewhere: 100_050,
      ...(refundAmount ? { paidOut: 149_950, refundInTransit: 0 } : { merchant: 149_950 }),
    });
    const booked = await rig.sandbox.booked(refund?.refundReference ?? 'none');
    expect(booked.map(({ amountMinor }) => amountMinor)).toEqual(refundAmount ? [149_950] : []);
    expect(refund?.processed?.minor).toBe(refundAmount ? 149_950 : undefined);
    await booksAgree(payment);
  },
);

test('what cannot have gone elsewhere is refused with the reason, and a repetition changes nothing', async () => {
  const payment = large();
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    for (const [amount, why] of [
      ['2500.00', 'is not less than the 2500.00 EUR that is left'],
      ['0', 'is none that EUR can hold'],
      ['1.005', 'is none that EUR can hold'],
      ['-1', 'is missing or no amount'],
      ['1e3', 'is missing or no amount'],
    ] as const)
      await expect(book(client, payment, amount)).rejects.toThrow(why);
    await book(client, payment, '10');
    await book(client, payment, '10.00');
    await expect(book(client, payment, '11')).rejects.toThrow('is booked already, over 10.00 EUR');
    expect(await client.payment(payment)).toMatchObject({ status: 'held', elsewhereMinor: 1_000 });
    await client.unblockPayment(payment, { ...signed, refundAmount: false });
    await rig.lifecycle(payment).result();
    await booksAgree(payment);
  });
});

test('a refund of the rest that a person finds paid, declined or taken back keeps the books right', async () => {
  await rig.tell(async (client) => {
    const payment = large();
    await client.blockPayment(payment);
    await book(client, payment, '1000.00');
    await rig.sandbox.misbehave({ misbehave: 'decline', calls: 1 });
    await client.unblockPayment(payment, { ...signed, refundAmount: true });
    await vi.waitFor(async () =>
      expect(await client.payment(payment)).toMatchObject({ refundStatus: 'DECLINED' }),
    );
    await booksAgree(payment);
    await rig.sandbox.misbehave(
      { misbehave: 'error500', when: 'beforeBooking' },
      { misbehave: 'error500', when: 'beforeBooking', on: 'lookup' },
    );
    await client.unblockPayment(payment, { ...signed, refundAmount: true });
    await rig.env.sleep('5 days');
    await rig.sandbox.misbehave();
    const paid = { ...signed, gatewayReference: `by hand ${payment.uniqueReference}` };
    await client.send(payment, 'markRefundPaid', paid);
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    expect((await rig.onRecord(payment)).balances).toMatchObject({ elsewhere: 100_000, paidOut: 150_000 });
    await booksAgree(payment);
  });
  await rig.tell(async (client) => {
    const payment = large();
    await client.blockPayment(payment);
    await book(client, payment, '1000.00');
    await client.unblockPayment(payment, { ...signed, refundAmount: true });
    await rig.lifecycle(payment).result();
    const { refund } = await rig.onRecord(payment);
    await rig.sandbox.reverse(refund?.gatewayReference ?? '', 'the account is closed');
    await client.refundChanged(payment);
    await vi.waitFor(
      async () =>
        expect(await client.payment(payment)).toMatchObject({ status: 'held', elsewhereMinor: 100_000 }),
      10_000,
    );
    await booksAgree(payment);
    await client.unblockPayment(payment, { ...signed, refundAmount: false });
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    expect((await rig.onRecord(payment)).balances).toMatchObject({
      elsewhere: 100_000,
      merchant: 150_000,
      paidOut: 0,
    });
    await booksAgree(payment);
  });
});
