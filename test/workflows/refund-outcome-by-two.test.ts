import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { PaymentBlockClient } from '../../src/client/index.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { describePayment } from '../../src/temporal/payment-details.ts';
import { samplePayment } from '../../tools/payments.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';

const TWO_ABOVE =
  'reminderHours: 4\ndeadlineHours: 24\ndeadlineAction: stayHeld\nfourEyesAbove: { EUR: 1000 }';

let rig: LifecycleRig;
beforeAll(async () => {
  rig = await LifecycleRig.start();
  const by = { actor: 'ana', reason: 'as agreed' };
  await putSettings(rig.database.pool, 'review', '*', TWO_ABOVE, by);
});
afterAll(async () => {
  await rig.stop();
});
beforeEach(async () => {
  await rig.sandbox.misbehave();
});

async function decideByTwo(
  client: PaymentBlockClient,
  payment: BlockedPayment,
  refundAmount: boolean,
): Promise<void> {
  await client.unblockPayment(payment, { refundAmount, operator: 'ana', reason: 'I have looked at it' });
  const { proposal } = await client.payment(payment);
  const second = { operator: 'ben', reason: 'so have I', confirms: proposal?.hash ?? '' };
  await client.send(payment, 'confirmUnblock', second);
}

/** A refund over an amount that takes two, without outcome. */
async function withoutOutcome(client: PaymentBlockClient): Promise<BlockedPayment> {
  const payment = samplePayment({ amount: { minor: 250_000, currency: 'EUR' } });
  await rig.sandbox.misbehave(
    { misbehave: 'error500', when: 'beforeBooking' },
    { misbehave: 'error500', when: 'beforeBooking', on: 'lookup' },
  );
  await client.blockPayment(payment);
  await decideByTwo(client, payment, true);
  await rig.env.sleep('5 days');
  expect(await client.payment(payment)).toMatchObject({ status: 'refundFailed' });
  await rig.sandbox.misbehave();
  return payment;
}

async function stands(client: PaymentBlockClient, payment: BlockedPayment, view: object): Promise<void> {
  await vi.waitFor(async () => expect(await client.payment(payment)).toMatchObject(view), 10_000);
}

const seen = (payment: BlockedPayment, operator: string, reference = 'rf') => ({
  operator,
  reason: 'seen in its books',
  gatewayReference: `${reference}-${payment.uniqueReference}`,
});

test('that a refund is paid takes two who name the same reference, and the record names both', async () => {
  let payment: BlockedPayment | undefined;
  await rig.tell(async (client) => {
    payment = await withoutOutcome(client);
    await client.send(payment, 'markRefundPaid', seen(payment, 'ana'));
    await stands(client, payment, { status: 'refundFailed', refundOutcomeProposed: { operator: 'ana' } });
    expect(describePayment(await client.payment(payment))).toContain('**ana proposes: it is paid as rf-');
    for (const operator of ['ana', ' Ana', 'АNA']) {
      await expect(client.send(payment, 'markRefundPaid', seen(payment, operator))).rejects.toThrow(
        'another operator has to send the same',
      );
    }
    // Another reference is another proposal.
    await client.send(payment, 'markRefundPaid', seen(payment, 'ben', 'other'));
    await stands(client, payment, { status: 'refundFailed', refundOutcomeProposed: { operator: 'ben' } });
    await client.send(payment, 'markRefundPaid', seen(payment, 'ana', 'other'));
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
  });
  if (!payment) throw new Error('no payment');
  const { rows } = await rig.database.pool.query(
    `select action, actor, details ->> 'confirmedBy' as "confirmedBy" from audit
      where subject = $1 and action in ('proposeRefundOutcome', 'refundCAPTURED') order by id`,
    [`payment:${payment.uniqueReference}`],
  );
  expect(rows).toEqual([
    { action: 'proposeRefundOutcome', actor: 'ana', confirmedBy: null },
    { action: 'proposeRefundOutcome', actor: 'ben', confirmedBy: null },
    { action: 'refundCAPTURED', actor: 'ben', confirmedBy: 'ana' },
  ]);
});

test('that a refund is given up takes two', async () => {
  await rig.tell(async (client) => {
    const payment = await withoutOutcome(client);
    const byAna = { operator: 'ana', reason: 'it never came' };
    await client.send(payment, 'giveUpRefund', byAna);
    await stands(client, payment, {
      status: 'refundFailed',
      refundOutcomeProposed: { kind: 'giveUpRefund' },
    });
    await client.send(payment, 'giveUpRefund', { ...byAna, operator: 'ben' });
    await stands(client, payment, { status: 'held' });
    expect(await client.payment(payment)).not.toHaveProperty('refundOutcomeProposed');
    await decideByTwo(client, payment, false);
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
  });
});

test('to ask the gateway again takes one operator, and ends what another has proposed', async () => {
  await rig.tell(async (client) => {
    const payment = await withoutOutcome(client);
    await client.send(payment, 'giveUpRefund', { operator: 'ana', reason: 'it never came' });
    await client.send(payment, 'retryRefund', { operator: 'ana', reason: 'the gateway is back' });
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
  });
});
