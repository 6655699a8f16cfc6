import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MessageRefused, type PaymentBlockClient } from '../../src/client/index.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { paymentByReference } from '../../src/store/payments/payment-record.ts';
import { requireAnswered } from '../../src/store/refunds/unanswered.ts';
import { describePayment } from '../../src/temporal/payment-details.ts';
import { samplePayment } from '../../tools/payments.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';

const SECOND = 1000;
const ana = { operator: 'ana', reason: 'the customer waits' };
const ben = { operator: 'ben', reason: 'the gateway does not answer' };

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

/** A refund without outcome, at a gateway that has gone silent. @param isPaid whether it has paid before */
async function withoutOutcome(client: PaymentBlockClient, isPaid: boolean): Promise<BlockedPayment> {
  const payment = samplePayment({ amount: { minor: 250_000, currency: 'EUR' } });
  await rig.sandbox.misbehave(
    isPaid ? { misbehave: 'dropAnswer' } : { misbehave: 'error500', when: 'beforeBooking' },
    { misbehave: 'dropAnswer', on: 'lookup' },
  );
  await client.blockPayment(payment);
  await client.unblockPayment(payment, { ...ana, refundAmount: true });
  await rig.env.sleep('5 days');
  expect(await client.payment(payment)).toMatchObject({ status: 'refundFailed' });
  return payment;
}

async function givenUp(client: PaymentBlockClient, isPaid: boolean): Promise<BlockedPayment> {
  const payment = await withoutOutcome(client, isPaid);
  const { refundReference } = await client.payment(payment);
  await rig.lifecycle(payment).executeUpdate('giveUpRefund', { args: [ben] });
  await stands(client, payment, { status: 'held', unansweredRefund: refundReference });
  return payment;
}

async function stands(client: PaymentBlockClient, payment: BlockedPayment, view: object): Promise<void> {
  await vi.waitFor(async () => expect(await client.payment(payment)).toMatchObject(view), 10_000);
}

async function bookedFor({ uniqueReference }: BlockedPayment): Promise<number> {
  const { rows } = await rig.database.pool.query<{ refund_reference: string }>(
    'select refund_reference from refunds where unique_reference = $1',
    [uniqueReference],
  );
  const booked = await Promise.all(rows.map((row) => rig.sandbox.booked(row.refund_reference)));
  return booked.flat().length;
}

describe('a refund that is given up while the gateway is silent', () => {
  test('takes two to book a part as gone elsewhere, and one again once the gateway has answered', async () => {
    await rig.tell(async (client) => {
      const payment = await givenUp(client, false);
      const booking = { ...ana, amount: '40.00', gatewayReference: `re-${payment.uniqueReference}` };
      await client.send(payment, 'bookElsewhere', booking);
      await stands(client, payment, { bookingProposed: { operator: 'ana' } });
      await rig.sandbox.misbehave();
      await client.refundChanged(payment);
      await vi.waitFor(async () =>
        expect(await client.payment(payment)).not.toHaveProperty('unansweredRefund'),
      );
      await client.send(payment, 'bookElsewhere', booking);
      await stands(client, payment, { elsewhereMinor: 4_000 });
      await client.unblockPayment(payment, { ...ana, refundAmount: false });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
  });

  test.each([true, false])(
    'takes two for what follows, refundAmount %s, and shows what is risked',
    async (refundAmount) => {
      let payment: BlockedPayment | undefined;
      await rig.tell(async (client) => {
        payment = await givenUp(client, false);
        const details = describePayment(await client.payment(payment));
        expect(details).toContain('it may have been paid');
        expect(details).toContain('2500.00 EUR twice');

        const byService = { ...ana, refundAmount, partnerReference: 'unblock-1' };
        await expect(client.unblockPayment(payment, byService)).rejects.toThrow(MessageRefused);
        const stored = await paymentByReference(rig.database.pool, payment);
        if (!stored) throw new Error('no payment');
        const alone = requireAnswered(rig.database.pool, stored, {
          ...ana,
          refundAmount,
          decidedBy: 'operator',
        });
        await expect(alone).rejects.toThrow('Two operators have to agree');

        await client.unblockPayment(payment, { ...ana, refundAmount });
        await stands(client, payment, { status: 'held', proposal: { operator: 'ana' } });
        const { proposal } = await client.payment(payment);
        const confirmation = { ...ben, confirms: proposal?.hash ?? '' };
        await expect(
          client.send(payment, 'confirmUnblock', { ...confirmation, operator: 'Ana' }),
        ).rejects.toThrow('another operator has to confirm it');
        await rig.sandbox.misbehave();
        await client.send(payment, 'confirmUnblock', confirmation);
        const status = refundAmount ? 'refunded' : 'released';
        expect(await rig.lifecycle(payment).result()).toMatchObject({ status });
      });
      expect(payment && (await bookedFor(payment))).toBe(refundAmount ? 1 : 0);
    },
  );

  test('and was paid ends as refunded as soon as the gateway answers; there is no second one', async () => {
    let payment: BlockedPayment | undefined;
    await rig.tell(async (client) => {
      payment = await givenUp(client, true);
      await rig.sandbox.misbehave();
      await client.refundChanged(payment);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    if (!payment) throw new Error('no payment');
    expect(await bookedFor(payment)).toBe(1);
    const { refund, balances, status } = await rig.onRecord(payment);
    expect([status, refund?.status]).toEqual(['refunded', 'CAPTURED']);
    expect(balances).toMatchObject({ blocked: 0, refundInTransit: 0, paidOut: 250_000 });
    expect(await rig.subjectsAbout(payment.uniqueReference)).toContainEqual(
      expect.stringMatching(/^Refunded/),
    );
  });

  test('and was paid is found when an operator decides again', async () => {
    await rig.tell(async (client) => {
      const payment = await givenUp(client, true);
      await rig.sandbox.misbehave();
      await client.unblockPayment(payment, { ...ana, refundAmount: false });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
      expect(await bookedFor(payment)).toBe(1);
    });
  });

  test('and was not paid is one operator’s to decide again, once the gateway says so', async () => {
    await rig.tell(async (client) => {
      const payment = await givenUp(client, false);
      await rig.sandbox.misbehave();
      await client.refundChanged(payment);
      await vi.waitFor(async () =>
        expect(await client.payment(payment)).not.toHaveProperty('unansweredRefund'),
      );
      await client.unblockPayment(payment, { ...ana, refundAmount: true });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
      expect(await bookedFor(payment)).toBe(1);
    });
  });
});

test('a person’s command does not wait for a lookup at a gateway that is away', async () => {
  await rig.tell(async (client) => {
    const payment = await withoutOutcome(client, true);
    await client.refundChanged(payment);
    await vi.waitFor(async () => {
      const { events } = await rig.lifecycle(payment).fetchHistory();
      const asked = events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
      expect(asked).toContain('recheckRefund');
    });
    const before = Date.now();
    const paid = { ...ben, gatewayReference: `rf_by_hand_${payment.uniqueReference}` };
    await rig.lifecycle(payment).executeUpdate('markRefundPaid', { args: [paid] });
    await stands(client, payment, { status: 'refunded' });
    expect(Date.now() - before).toBeLessThan(5 * SECOND);
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
  });
});
