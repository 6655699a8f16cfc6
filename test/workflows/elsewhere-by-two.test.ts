import { afterAll, beforeAll, expect, test } from 'vitest';
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
  await putSettings(rig.database.pool, 'review', '*', TWO_ABOVE, { actor: 'ana', reason: 'as agreed' });
});
afterAll(async () => {
  await rig.stop();
});

const large = () => samplePayment({ amount: { minor: 250_000, currency: 'EUR' } });

function book(client: PaymentBlockClient, payment: BlockedPayment, operator: string, amount = '1000.00') {
  const gatewayReference = `re-${payment.uniqueReference}`;
  const reason = 'seen in the dashboard';
  return client.send(payment, 'bookElsewhere', { operator, reason, amount, gatewayReference });
}

async function auditOf({ uniqueReference }: BlockedPayment) {
  const { rows } = await rig.database.pool.query(
    `select action, actor, details ->> 'confirmedBy' as "confirmedBy" from audit
      where subject = $1 and action in ('proposeBookElsewhere', 'withdrawProposal', 'bookElsewhere') order by id`,
    [`payment:${uniqueReference}`],
  );
  return rows;
}

test('a large payment is booked as gone elsewhere when a second person says the same amount and reference', async () => {
  const payment = large();
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    const proposed = await book(client, payment, 'ana', '400');
    expect(proposed).toMatchObject({ bookingProposed: { operator: 'ana', amountMinor: 40_000 } });
    expect(proposed).not.toHaveProperty('elsewhereMinor');
    // Another amount is another proposal.
    await book(client, payment, 'ana');
    expect(describePayment(await client.payment(payment))).toMatch(/\*\*ana proposes: 1000.+ went elsewhere/);
    for (const operator of ['ana', ' Ana', 'АNA'])
      await expect(book(client, payment, operator)).rejects.toThrow('another operator has to send the same');
    const unblock = { operator: 'ben', reason: 'no fraud', refundAmount: false };
    await expect(client.unblockPayment(payment, unblock)).rejects.toThrow('takes it back with hold');
    expect(await book(client, payment, 'ben', '1000')).toMatchObject({ elsewhereMinor: 100_000 });
    expect((await client.payment(payment)).bookingProposed).toBeUndefined();

    const { proposal } = await client.unblockPayment(payment, unblock);
    const confirm = { confirms: proposal?.hash ?? '', operator: 'ana', reason: 'so have I' };
    await client.send(payment, 'confirmUnblock', confirm);
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
  });
  expect(await auditOf(payment)).toEqual([
    { action: 'proposeBookElsewhere', actor: 'ana', confirmedBy: null },
    { action: 'proposeBookElsewhere', actor: 'ana', confirmedBy: null },
    { action: 'bookElsewhere', actor: 'ana', confirmedBy: 'ben' },
  ]);
  const { rows } = await rig.database.pool.query(
    'select operator, confirmed_by, amount_minor from gone_elsewhere where unique_reference = $1',
    [payment.uniqueReference],
  );
  expect(rows).toEqual([{ operator: 'ana', confirmed_by: 'ben', amount_minor: 100_000 }]);
});

test('hold takes a proposed booking back, and the same words are then a new proposal', async () => {
  const payment = large();
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    await book(client, payment, 'ana');
    await client.send(payment, 'hold', { operator: 'ben', reason: 'I do not see it there' });
    expect(await book(client, payment, 'ben')).toMatchObject({ bookingProposed: { operator: 'ben' } });
    expect((await client.payment(payment)).elsewhereMinor).toBeUndefined();
  });
  expect(await auditOf(payment)).toMatchObject([
    { action: 'proposeBookElsewhere', actor: 'ana' },
    { action: 'withdrawProposal', actor: 'ben' },
    { action: 'proposeBookElsewhere', actor: 'ben' },
  ]);
});

test('one operator alone does not move the clock of a proposed unblock', async () => {
  const payment = large();
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    await client.unblockPayment(payment, { operator: 'ana', reason: 'no fraud', refundAmount: false });
    const before = await client.payment(payment);
    for (const [name, fields] of [
      ['extendReview', { hours: 72 }],
      ['pauseReview', {}],
      ['resumeReview', {}],
    ] as const) {
      const sent = client.send(payment, name, { ...fields, operator: 'ben', reason: 'later' });
      await expect(sent).rejects.toThrow('an unblock is proposed');
    }
    expect((await client.payment(payment)).reviewDueAt).toBe(before.reviewDueAt);
    await client.send(payment, 'hold', { operator: 'ben', reason: 'not yet' });
    const state = await client.send(payment, 'extendReview', { hours: 72, operator: 'ben', reason: 'later' });
    expect(state.reviewDueAt).not.toBe(before.reviewDueAt);
  });
});
