import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Disposition } from '../../src/domain/decision.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { StoreConflict } from '../../src/store/db/errors.ts';
import { ledgerOf } from '../../src/store/books/ledger.ts';
import { paymentByReference } from '../../src/store/payments/payment-record.ts';
import { inTransaction, type Queryable } from '../../src/store/db/postgres.ts';
import { takeIn, type TakeInDeps } from '../../src/store/take-in.ts';
import { samplePayment } from '../../tools/payments.ts';
import { ruleSetOf } from '../support/rule-sets.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { steps, takeInDeps } from '../support/steps.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const NOW = Date.UTC(2026, 0, 1);
const effects = { HOLD: ['hold'], REFUND: ['decline'], RELEASE: ['notify'] } as const;
const deciding = (disposition: Disposition): TakeInDeps =>
  takeInDeps(ruleSetOf([{ id: 'all', when: 'true', then: effects[disposition] }]));
const take = (payment: BlockedPayment, deps: TakeInDeps, reasonsToHold: readonly string[] = []) =>
  inTransaction(database.pool, (db) => takeIn(db, { payment, reasonsToHold, now: NOW }, deps));

/** Everything on record about the payment. */
async function recordOf(payment: BlockedPayment) {
  const ref = [payment.subscriberId, payment.uniqueReference];
  const count = async (text: string) => (await database.pool.query<{ n: number }>(text, ref)).rows[0]?.n;
  return {
    status: (await paymentByReference(database.pool, payment))?.status,
    ledger: (await ledgerOf(database.pool, payment)).length,
    decisions: await count(
      'select count(*)::int as n from decisions where subscriber_id = $1 and unique_reference = $2',
    ),
    refunds: await count(
      'select count(*)::int as n from refunds where subscriber_id = $1 and unique_reference = $2',
    ),
    events: await count(
      "select count(*)::int as n from outbox where subscriber_id = $1 and payload->>'uniqueReference' = $2",
    ),
  };
}

test.each([
  ['HOLD', 'held', { refunds: 0 }],
  ['RELEASE', 'released', { refunds: 0 }],
  ['REFUND', 'refunding', { refunds: 1 }],
] as const)(
  'a payment that the rules %s is %s on record with its decision; asked again, the answer is the same and nothing is added',
  async (disposition, status, expected) => {
    const payment = samplePayment();
    const first = await take(payment, deciding(disposition));
    expect(first).toMatchObject({ ruled: disposition, disposition, status });
    const record = await recordOf(payment);
    expect(record).toMatchObject({ status, decisions: 1, ...expected });
    // By then another version of the rules may be in force.
    expect(await take(payment, deciding('HOLD'))).toEqual(first);
    expect(await recordOf(payment)).toEqual(record);
  },
);

test.each(['HOLD', 'RELEASE', 'REFUND'] as const)(
  'a payment that an operator asked to review is held, also where the rules %s it',
  async (disposition) => {
    const payment = samplePayment();
    const reason = 'review asked for by the customer block';
    const taken = await take(payment, deciding(disposition), [reason]);
    expect(taken).toMatchObject({ ruled: disposition, disposition: 'HOLD', status: 'held' });
    expect(taken.reasons).toContain(reason);
  },
);

test.each(['HOLD', 'RELEASE', 'REFUND'] as const)(
  'taking in a payment that the rules %s leaves nothing on record where it cannot be committed',
  async (disposition) => {
    const payment = samplePayment();
    const failing = inTransaction(database.pool, async (db: Parameters<typeof takeIn>[0]) => {
      await takeIn(db, { payment, reasonsToHold: [], now: NOW }, deciding(disposition));
      throw new Error('the connection is lost');
    });
    await expect(failing).rejects.toThrow('the connection is lost');
    expect(await recordOf(payment)).toMatchObject({ status: undefined, decisions: 0, refunds: 0, events: 0 });
  },
);

test('only a rule set that enforces blocks the customer, and a later one blocks nobody for a decision made before it', async () => {
  const blocking = (enforce: boolean) =>
    takeInDeps(ruleSetOf([{ id: 'all', when: 'true', then: ['hold', 'blockOnlinePayment'] }], { enforce }));
  const [one, other] = [samplePayment(), samplePayment()];
  expect(await take(one, blocking(false))).toMatchObject({ blockCustomer: false });
  expect(await take(other, blocking(true))).toMatchObject({ blockCustomer: true });
  expect(await take(other, blocking(true))).toMatchObject({ blockCustomer: true });
  const later = blocking(true);
  const inForce = { active: { ...later.inForce.active, hash: 'a later version' } };
  expect(await take(other, { ...later, inForce })).toMatchObject({ blockCustomer: false });
});

test('a reference that is on record under another call is refused, as is a payment that has gone further', async () => {
  const payment = samplePayment();
  await take(payment, deciding('HOLD'));
  const other = { ...payment, partnerReference: 'another call' };
  await expect(take(other, deciding('HOLD'))).rejects.toThrow(StoreConflict);
  const byAna = { refundAmount: false, operator: 'ana', reason: '', decidedBy: 'operator' } as const;
  await inTransaction(database.pool, (db: Queryable) => steps.release(db, payment, byAna));
  await expect(take(payment, deciding('HOLD'))).rejects.toThrow(/is released on record/);
});
