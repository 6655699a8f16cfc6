import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PaymentBlockClient } from '../../src/client/index.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { type Gateways, gatewaysOf, oneGateway } from '../../src/gateways/port/gateways.ts';
import type { GatewayAbilities } from '../../src/gateways/port/refund-gateway.ts';
import { createSandboxGateway } from '../../src/gateways/sandbox/sandbox-gateway.ts';
import { recordChargeback } from '../../src/store/refunds/chargebacks.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { samplePayment } from '../../tools/payments.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';
import { THE_GATEWAY } from '../../src/domain/people.ts';

const MINUTE = 60_000;
const anaRefunds = { refundAmount: true, operator: 'ana', reason: 'the customer confirmed it' };
const anaReleases = { refundAmount: false, operator: 'ana', reason: 'known customer' };
const byBen = { operator: 'ben', reason: 'asked the gateway' };

/** Held by the rule amount-large. */
const large = (changes: Partial<BlockedPayment> = {}) =>
  samplePayment({ amount: { minor: 250_000, currency: 'EUR' }, ...changes });

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

async function stands(client: PaymentBlockClient, payment: BlockedPayment, view: object): Promise<void> {
  await vi.waitFor(async () => expect(await client.payment(payment)).toMatchObject(view), 10_000);
}

/** Every refund of the payment that the gateway has in its books, oldest first. */
async function bookedFor(payment: BlockedPayment) {
  const { rows } = await rig.database.pool.query<{ refund_reference: string }>(
    'select refund_reference from refunds where unique_reference = $1 order by attempt',
    [payment.uniqueReference],
  );
  const booked = await Promise.all(rows.map(({ refund_reference: it }) => rig.sandbox.booked(it)));
  return booked.flat();
}

async function expectNothingLeftOver(payment: BlockedPayment): Promise<void> {
  const { balances } = await rig.onRecord(payment);
  expect(Object.values(balances).reduce((sum, balance) => sum + balance, 0)).toBe(0);
  expect(balances['blocked'] ?? 0).toBe(0);
  expect(balances['refundInTransit'] ?? 0).toBe(0);
}

describe('a refund that the gateway pays otherwise than asked', () => {
  test.each([
    { processed: { minor: 1, currency: 'EUR' }, told: '0.01 EUR instead of 2500.00 EUR' },
    { processed: { minor: 250_001, currency: 'EUR' }, told: '2500.01 EUR instead of 2500.00 EUR' },
  ])('$told is not said to be paid, and a person settles it', async ({ processed, told }) => {
    const payment = large();
    await rig.sandbox.misbehave({
      misbehave: 'processAs',
      amountMinor: processed.minor,
      currency: processed.currency,
      calls: 1,
    });
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      await stands(client, payment, {
        status: 'refundFailed',
        refundStatus: 'FAILED',
        refundStatusReason: `the gateway has paid ${told}`,
      });
      expect((await rig.onRecord(payment)).balances).toMatchObject({ refundInTransit: 250_000 });
      // Money has moved: it cannot be given up as if none had.
      await rig.lifecycle(payment).executeUpdate('giveUpRefund', { args: [byBen] });
      await stands(client, payment, { status: 'refundFailed' });
      const paid = { ...byBen, gatewayReference: `re_${payment.uniqueReference}` };
      await rig.lifecycle(payment).executeUpdate('markRefundPaid', { args: [paid] });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    await expectNothingLeftOver(payment);
  });
});

test('a refund that its gateway works on for weeks is pending, and a person finds out only after 45 days', async () => {
  const payment = large();
  await rig.sandbox.misbehave({ misbehave: 'captureLater', ms: 3_600_000, calls: 1 });
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    await client.unblockPayment(payment, anaRefunds);
    await stands(client, payment, { status: 'refunding', refundStatus: 'PENDING' });
    await rig.env.sleep('10 days');
    await stands(client, payment, { status: 'refunding', refundStatus: 'PENDING' });
    await rig.env.sleep('30 days');
    await stands(client, payment, { status: 'refunding', refundStatus: 'PENDING' });
    await rig.env.sleep('8 days');
    await stands(client, payment, { status: 'refundFailed', refundStatus: 'FAILED' });
    const paid = { ...byBen, gatewayReference: `re_${payment.uniqueReference}` };
    await rig.lifecycle(payment).executeUpdate('markRefundPaid', { args: [paid] });
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
  });
});

describe('a refund whose money has gone back another way', () => {
  const unblockContested = async (client: PaymentBlockClient, payment: BlockedPayment) => {
    await client.blockPayment(payment);
    await rig.sandbox.contest(payment.paymentOption.token, 'refundedElsewhere', 'by the shop, rf_77');
    await client.unblockPayment(payment, anaRefunds);
    await stands(client, payment, {
      status: 'refundFailed',
      refundStatus: 'FAILED',
      refundStatusReason: 'refunded elsewhere, says the gateway: by the shop, rf_77',
    });
  };

  test('is not paid, waits for a person, and tells why in the record and by mail', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await unblockContested(client, payment);
      const { refund } = await rig.onRecord(payment);
      expect(refund?.status).toBe('FAILED');
      expect(refund?.statusReason).toContain('rf_77');
      await rig.lifecycle(payment).executeUpdate('giveUpRefund', { args: [byBen] });
      await stands(client, payment, { status: 'held' });
      await client.unblockPayment(payment, anaReleases);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
    const mails = await rig.mailsAbout(payment.uniqueReference);
    const asked = mails.find(({ subject }) => subject.startsWith('Find out'));
    expect(asked?.subject).toContain('has gone back another way');
    expect(asked?.text).toContain('rf_77');
    expect(asked?.text).not.toContain('not known');
    expect(await bookedFor(payment)).toEqual([]);
    await expectNothingLeftOver(payment);
  });

  test('is booked as paid when a person says that this was the refund', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await unblockContested(client, payment);
      await rig
        .lifecycle(payment)
        .executeUpdate('markRefundPaid', { args: [{ ...byBen, gatewayReference: 'rf_77' }] });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
      // What a person found out stands, whatever the gateway says of the refund that it never saw.
      await client.refundChanged(payment);
      await rig.refundCheck(payment).result();
      expect((await rig.onRecord(payment)).refund).toMatchObject({ status: 'CAPTURED', settledBy: 'ben' });
    });
    expect(await bookedFor(payment)).toEqual([]);
    await expectNothingLeftOver(payment);
  });

  test('is looked at anew when a person asks again, and still not paid', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await unblockContested(client, payment);
      await rig.lifecycle(payment).executeUpdate('retryRefund', { args: [byBen] });
      await stands(client, payment, { status: 'refundFailed' });
      await rig.lifecycle(payment).executeUpdate('giveUpRefund', { args: [byBen] });
      await stands(client, payment, { status: 'held' });
      await client.unblockPayment(payment, anaReleases);
      await rig.lifecycle(payment).result();
    });
    expect(await bookedFor(payment)).toEqual([]);
  });

  test('by a chargeback on our own record is not even sent', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await inTransaction(rig.database.pool, (db) =>
        recordChargeback(
          db,
          payment,
          { reference: `cb-${payment.uniqueReference}`, reason: 'not ordered' },
          'bank',
        ),
      );
      await client.unblockPayment(payment, anaRefunds);
      await stands(client, payment, { status: 'refundFailed' });
      const { refund } = await rig.onRecord(payment);
      expect(refund).toMatchObject({ firstSubmittedAt: null });
      expect(refund?.statusReason).toMatch(/^charged back, reference cb-.*: not ordered$/);
      await rig
        .lifecycle(payment)
        .executeUpdate('markRefundPaid', { args: [{ ...byBen, gatewayReference: 'cb' }] });
      await rig.lifecycle(payment).result();
    });
    expect(await bookedFor(payment)).toEqual([]);
    await expectNothingLeftOver(payment);
  });
});

describe('what a gateway declares', () => {
  const able = (abilities: Partial<GatewayAbilities>): Gateways =>
    oneGateway({ ...rig.gateway, abilities: { ...rig.gateway.abilities, ...abilities } });

  test('no lookups: a refund whose answer was lost is never sent again, and two people decide', async () => {
    const payment = large();
    await rig.sandbox.misbehave({ misbehave: 'error500', when: 'beforeBooking', calls: 1 });
    await rig.tell(
      async (client) => {
        await client.blockPayment(payment);
        await client.unblockPayment(payment, anaRefunds);
        await rig.env.sleep('5 days');
        expect(await client.payment(payment)).toMatchObject({ status: 'refundFailed' });
        await rig.lifecycle(payment).executeUpdate('retryRefund', { args: [byBen] });
        await rig.env.sleep('5 days');
        expect(await client.payment(payment)).toMatchObject({ status: 'refundFailed' });
        await rig.lifecycle(payment).executeUpdate('giveUpRefund', { args: [byBen] });
        await stands(client, payment, { status: 'held' });
        await client.unblockPayment(payment, anaReleases);
        await stands(client, payment, { proposal: { operator: 'ana' } });
        const { proposal } = await client.payment(payment);
        await client.send(payment, 'confirmUnblock', { ...byBen, confirms: proposal?.hash ?? '' });
        await rig.lifecycle(payment).result();
      },
      { gateways: able({ looksUpByReference: false }) },
    );
    expect(await bookedFor(payment)).toEqual([]);
    await expectNothingLeftOver(payment);
  });

  test('no lookups: a call that surely was not taken may come again', async () => {
    const payment = large();
    await rig.sandbox.misbehave({ misbehave: 'tooMany', calls: 2 });
    await rig.tell(
      async (client) => {
        await client.blockPayment(payment);
        await client.unblockPayment(payment, anaRefunds);
        expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
      },
      { gateways: able({ looksUpByReference: false }) },
    );
    expect(await bookedFor(payment)).toHaveLength(1);
  });

  test('a currency that it does not refund in is declined before anything is sent', async () => {
    const payment = large();
    await rig.tell(
      async (client) => {
        await client.blockPayment(payment);
        await client.unblockPayment(payment, anaRefunds);
        await stands(client, payment, {
          status: 'held',
          refundStatus: 'DECLINED',
          refundStatusReason: 'sandbox does not refund in EUR',
        });
        await client.unblockPayment(payment, anaReleases);
        await rig.lifecycle(payment).result();
      },
      { gateways: able({ currencies: ['USD', 'CHF'] }) },
    );
    expect(await bookedFor(payment)).toEqual([]);
  });

  test.each([
    { minor: 500_000, currency: 'JPY' },
    { minor: 250_050, currency: 'EUR' },
    { minor: 2_500_050, currency: 'KWD' },
  ])('$minor minor units of $currency are paid as they are', async (amount) => {
    const payment = samplePayment({ amount, ipAddress: '192.0.2.9' });
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    expect(
      (await bookedFor(payment)).map(({ amountMinor, currency }) => ({ minor: amountMinor, currency })),
    ).toEqual([amount]);
    expect((await rig.onRecord(payment)).refund?.processed).toEqual(amount);
  });

  test('what it paid in another currency is kept as it said, and our books stay in the payment’s', async () => {
    const payment = large();
    await rig.sandbox.misbehave({ misbehave: 'processAs', amountMinor: 42_000_000, currency: 'JPY' });
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      await rig.lifecycle(payment).result();
    });
    expect((await rig.onRecord(payment)).refund).toMatchObject({
      processed: { minor: 42_000_000, currency: 'JPY' },
    });
    await expectNothingLeftOver(payment);
  });
});

test('a subscriber that moves to another gateway has its open refund settled where that was started', async () => {
  const payment = large();
  const old = createSandboxGateway({ name: 'old', url: rig.sandbox.url, timeoutMs: 500 });
  const next = createSandboxGateway({ name: 'next', url: 'http://127.0.0.1:1' });
  const configured = { name: 'old' };
  const gateways = gatewaysOf(
    new Map([old, next].map((gateway) => [gateway.name, gateway])),
    () => configured.name,
  );
  await rig.sandbox.misbehave({ misbehave: 'dropAnswer' }, { misbehave: 'dropAnswer', on: 'lookup' });
  await rig.tell(
    async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      await stands(client, payment, { refundStatus: 'PENDING' });
      configured.name = 'next';
      await rig.sandbox.misbehave();
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    },
    { gateways },
  );
  expect(await bookedFor(payment)).toHaveLength(1);
});

describe('news of a refund', () => {
  test('wakes a lifecycle that waits for its next lookup, once for many', async () => {
    const payment = large();
    await rig.sandbox.misbehave(
      { misbehave: 'dropAnswer' },
      { misbehave: 'error500', when: 'beforeBooking', on: 'lookup' },
    );
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      await rig.env.sleep('40m');
      await rig.sandbox.misbehave();
      const before = await rig.env.currentTimeMs();
      await Promise.all(Array.from({ length: 5 }, () => client.refundChanged(payment)));
      await stands(client, payment, { refundStatus: 'CAPTURED' });
      expect((await rig.env.currentTimeMs()) - before).toBeLessThan(MINUTE);
      await rig.lifecycle(payment).result();
    });
    expect(await bookedFor(payment)).toHaveLength(1);
  });

  test('is only looked up: what the gateway never saw is not sent any sooner, and waits no shorter for a person', async () => {
    const payment = large();
    await rig.sandbox.misbehave({ misbehave: 'error500', when: 'beforeBooking' });
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      await rig.env.sleep('10m');
      await rig.sandbox.misbehave();
      for (let time = 0; time < 30; time += 1) await client.refundChanged(payment);
      await rig.env.sleep('10s');
      expect(await client.payment(payment)).toMatchObject({ refundStatus: 'PENDING' });
      expect(await bookedFor(payment)).toEqual([]);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    expect(await bookedFor(payment)).toHaveLength(1);
  });

  test('that never ends while the gateway is away does not put off when it is asked', async () => {
    const payment = large();
    await rig.sandbox.kill();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      for (let time = 0; time < 8; time += 1) {
        await client.refundChanged(payment);
        await rig.env.sleep('55m');
      }
      const { events } = await rig.lifecycle(payment).fetchHistory();
      const asked = events?.filter(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'refund',
      );
      expect(asked?.length).toBeGreaterThan(2);
      await rig.sandbox.restart();
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    expect(await bookedFor(payment)).toHaveLength(1);
  });

  test('settles a refund that waits for a person, where the gateway has paid it after all', async () => {
    const payment = large();
    await rig.sandbox.misbehave({ misbehave: 'dropAnswer' }, { misbehave: 'dropAnswer', on: 'lookup' });
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      await rig.env.sleep('5 days');
      await client.refundChanged(payment);
      expect(await client.payment(payment)).toMatchObject({ status: 'refundFailed' });
      await rig.sandbox.misbehave();
      await client.refundChanged(payment);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    expect((await rig.onRecord(payment)).refund).toMatchObject({
      status: 'CAPTURED',
      settledBy: THE_GATEWAY,
    });
    expect(await bookedFor(payment)).toHaveLength(1);
    await expectNothingLeftOver(payment);
  });
});

describe('a refund that the gateway takes back after the payment’s end', () => {
  async function refunded(client: PaymentBlockClient, payment: BlockedPayment): Promise<void> {
    await client.blockPayment(payment);
    await client.unblockPayment(payment, anaRefunds);
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
  }
  async function reverse(payment: BlockedPayment): Promise<void> {
    const [paid] = await bookedFor(payment);
    await rig.sandbox.reverse(paid?.id ?? '', 'account closed');
  }

  test('brings the payment back to review, from where it is refunded again exactly once', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await refunded(client, payment);
      await reverse(payment);
      await client.refundChanged(payment);
      expect(await rig.refundCheck(payment).result()).toBe('reopened');
      await stands(client, payment, {
        status: 'held',
        refundStatus: 'DECLINED',
        refundStatusReason: 'reversed by the gateway: account closed',
      });
      expect(await rig.onRecord(payment)).toMatchObject({
        status: 'held',
        refund: { status: 'DECLINED', processed: null },
        balances: { blocked: 250_000, paidOut: 0 },
      });
      // The deadline must not pay by itself again.
      await rig.env.sleep('60h');
      await stands(client, payment, { status: 'held' });
      await client.unblockPayment(payment, { ...anaRefunds, operator: 'ben' });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    const { refund, balances } = await rig.onRecord(payment);
    expect(refund?.status).toBe('CAPTURED');
    expect(balances).toMatchObject({ paidOut: 250_000 });
    expect((await bookedFor(payment)).map(({ status }) => status)).toEqual(['declined', 'captured']);
    expect(await rig.subjectsAbout(payment.uniqueReference)).toContainEqual(
      expect.stringMatching(/came back/),
    );
    await expectNothingLeftOver(payment);
  });

  test('has what is noted from then on put on record too', async () => {
    const payment = large();
    const note = (text: string) =>
      rig.lifecycle(payment).executeUpdate('note', { args: [{ text, operator: 'ana' }] });
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await note('looks like fraud');
      await client.unblockPayment(payment, anaRefunds);
      await rig.lifecycle(payment).result();
      await reverse(payment);
      await client.refundChanged(payment);
      await stands(client, payment, { status: 'held' });
      await note('the account is closed');
      await client.unblockPayment(payment, anaReleases);
      await rig.lifecycle(payment).result();
    });
    const { rows } = await rig.database.pool.query(
      `select details->>'text' as text from audit where subject = $1 and action = 'note' order by id`,
      [`payment:${payment.uniqueReference}`],
    );
    expect(rows).toEqual([{ text: 'looks like fraud' }, { text: 'the account is closed' }]);
  });

  test('changes nothing as long as the gateway still says that it has paid, however often there is news', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await refunded(client, payment);
      const { runId } = await rig.lifecycle(payment).describe();
      for (let time = 0; time < 3; time += 1) {
        await client.refundChanged(payment);
        expect(await rig.refundCheck(payment).result()).toBe('unchanged');
      }
      expect((await rig.lifecycle(payment).describe()).runId).toBe(runId);
    });
    expect(await bookedFor(payment)).toHaveLength(1);
  });

  test('is taken in once, however many tell of it at once', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await refunded(client, payment);
      await reverse(payment);
      await Promise.all(Array.from({ length: 5 }, () => client.refundChanged(payment)));
      await stands(client, payment, { status: 'held' });
      await client.refundChanged(payment);
      await client.unblockPayment(payment, anaReleases);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
    const reversed = await rig.database.pool.query(
      `select from ledger_transactions where unique_reference = $1 and entry like '%:reversed'`,
      [payment.uniqueReference],
    );
    expect(reversed.rowCount).toBe(1);
    await expectNothingLeftOver(payment);
  });

  test('is not taken in a second time by a run that starts late: it ends with what has become of the payment', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await refunded(client, payment);
      await reverse(payment);
      const refundReference = (await rig.onRecord(payment)).refund?.refundReference;
      await client.refundChanged(payment);
      await stands(client, payment, { status: 'held' });
      await client.unblockPayment(payment, anaReleases);
      await rig.lifecycle(payment).result();
      await rig.env.client.workflow.start('paymentLifecycle', {
        workflowId: rig.lifecycle(payment).workflowId,
        taskQueue: rig.taskQueue,
        args: [payment, { refundReference, reason: 'account closed' }],
      });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
    await expectNothingLeftOver(payment);
  });

  test('while the run still waits to tell of its end goes on in that run', async () => {
    const payment = large();
    const told = { until: Promise.resolve() };
    let telling: () => void = () => {};
    await rig.tell(
      async (client) => {
        await client.blockPayment(payment);
        told.until = new Promise((resolve) => (telling = resolve));
        await client.unblockPayment(payment, anaRefunds);
        await stands(client, payment, { status: 'refunded' });
        await reverse(payment);
        await client.refundChanged(payment);
        await stands(client, payment, { status: 'held' });
        telling();
        await client.unblockPayment(payment, anaReleases);
        expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
      },
      { channel: { send: () => told.until } },
    );
    await expectNothingLeftOver(payment);
  });
});

test('a refund that nobody has is not looked for', async () => {
  const nobodys = { subscriberId: 'demo', uniqueReference: randomUUID() };
  await rig.tell(async (client) => {
    await client.refundChanged(nobodys);
    expect(await rig.refundCheck(nobodys).result()).toBe('unchanged');
  });
});
