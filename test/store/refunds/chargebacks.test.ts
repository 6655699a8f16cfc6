import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BlockedPayment } from '../../../src/domain/payment.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import { insertPayment } from '../../../src/store/payments/payments.ts';
import { chargebackOf, endChargeback, recordChargeback } from '../../../src/store/refunds/chargebacks.ts';
import { listTasks } from '../../../src/store/tasks/tasks.ts';
import { samplePayment } from '../../../tools/payments.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { steps } from '../../support/steps.ts';
import { THE_GATEWAY } from '../../../src/domain/people.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const byAna = { operator: 'ana', reason: 'known', decidedBy: 'operator' } as const;

async function blocked(): Promise<BlockedPayment> {
  const payment = samplePayment({ subscriberId: randomUUID(), amount: { minor: 10_000, currency: 'EUR' } });
  await inTransaction(database.pool, (db) => insertPayment(db, payment));
  return payment;
}

async function released(): Promise<BlockedPayment> {
  const payment = await blocked();
  await inTransaction(database.pool, (db) => steps.release(db, payment, { ...byAna, refundAmount: false }));
  return payment;
}

async function refunding(): Promise<{ payment: BlockedPayment; refundReference: string }> {
  const payment = await blocked();
  const refundReference = randomUUID();
  await inTransaction(database.pool, (db) =>
    steps.startRefund(db, payment, { refundReference, decision: { ...byAna, refundAmount: true } }),
  );
  return { payment, refundReference };
}

async function captured(): Promise<{ payment: BlockedPayment; refundReference: string }> {
  const { payment, refundReference } = await refunding();
  await capture(payment, refundReference);
  return { payment, refundReference };
}

const capture = (payment: BlockedPayment, refundReference: string) =>
  inTransaction(database.pool, (db) =>
    steps.recordRefund(db, payment, {
      refundReference,
      status: 'CAPTURED',
      outcome: { kind: 'paid', gatewayReference: `g-${refundReference}`, processed: payment.amount },
      actor: THE_GATEWAY,
    }),
  );

const chargeBack = (payment: BlockedPayment, reference: string, amountMinor?: number) =>
  inTransaction(database.pool, (db) =>
    recordChargeback(
      db,
      payment,
      { reference, reason: 'fraud', ...(amountMinor === undefined ? {} : { amountMinor }) },
      'bank',
    ),
  );

const end = (payment: BlockedPayment, reference: string, outcome: 'won' | 'lost' | 'withdrawn') =>
  inTransaction(database.pool, (db) =>
    endChargeback(db, payment, { reference, outcome, reason: 'says the bank' }, 'bank'),
  );

async function openTasks({ subscriberId }: BlockedPayment): Promise<string[]> {
  const tasks = await listTasks(database.pool, {
    subscriberId,
    kind: 'chargedBack',
    state: 'open',
    limit: 10,
  });
  return tasks.map(({ summary }) => summary);
}

describe('a chargeback', () => {
  test('after the refund is paid is a task with both references', async () => {
    const { payment, refundReference } = await captured();
    await chargeBack(payment, 'cb-1');
    expect(await openTasks(payment)).toEqual([
      `Payment ${payment.uniqueReference} was charged back under cb-1 over 100.00 EUR, and its refund ${refundReference} is paid: the customer has the money twice.`,
    ]);
  });

  test('that the refund crosses is a task once the refund is paid, too', async () => {
    const { payment, refundReference } = await refunding();
    await chargeBack(payment, 'cb-1', 2_500);
    expect(await openTasks(payment)).toEqual([expect.stringContaining('over 25.00 EUR, while its refund')]);
    await capture(payment, refundReference);
    expect(await openTasks(payment)).toEqual([expect.stringContaining('the customer has the money twice')]);
  });

  test('after the release is a task: the merchant has what the bank took', async () => {
    const payment = await released();
    await chargeBack(payment, 'cb-1');
    expect(await openTasks(payment)).toEqual([expect.stringContaining('the merchant has money')]);
  });

  test('while the money is blocked needs nobody: no refund is sent on top', async () => {
    const payment = await blocked();
    await chargeBack(payment, 'cb-1');
    expect(await openTasks(payment)).toEqual([]);
    expect(await chargebackOf(database.pool, payment)).toMatchObject({ reference: 'cb-1', status: 'opened' });
  });

  test.each(['won', 'withdrawn'] as const)(
    'that was %s contests nothing any more, and closes its task',
    async (outcome) => {
      const { payment } = await captured();
      await chargeBack(payment, 'cb-1');
      expect(await end(payment, 'cb-1', outcome)).toMatchObject({ status: outcome });
      expect(await end(payment, 'cb-1', outcome)).toMatchObject({ status: outcome });
      expect(await openTasks(payment)).toEqual([]);
      expect(await chargebackOf(database.pool, payment)).toBeUndefined();
    },
  );

  test('that was lost has taken the money: it goes on contesting, its task stays, and it cannot be won after that', async () => {
    const { payment } = await captured();
    await chargeBack(payment, 'cb-1');
    await end(payment, 'cb-1', 'lost');
    expect(await openTasks(payment)).toHaveLength(1);
    expect(await chargebackOf(database.pool, payment)).toMatchObject({ status: 'lost' });
    await expect(end(payment, 'cb-1', 'won')).rejects.toThrow('was lost already and cannot be won');
    await expect(end(payment, 'cb-2', 'won')).rejects.toThrow('has no chargeback cb-2');
  });

  test('never exceeds the payment together with the others, also at once; what was won makes room', async () => {
    const payment = await blocked();
    await chargeBack(payment, 'cb-1', 6_000);
    await expect(chargeBack(payment, 'cb-2', 4_001)).rejects.toThrow('with the 60.00 EUR of the others');
    const parts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => chargeBack(payment, `part-${n}`, 1_000)),
    );
    expect(parts.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    await end(payment, 'cb-1', 'won');
    await expect(chargeBack(payment, 'cb-3', 6_000)).resolves.toMatchObject({ status: 'opened' });
  });
});
