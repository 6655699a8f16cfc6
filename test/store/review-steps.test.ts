import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { StoreConflict } from '../../src/store/conflict.ts';
import { paymentByReference } from '../../src/store/payment-record.ts';
import { insertPayment, releasePayment } from '../../src/store/payments.ts';
import { inTransaction, type Queryable } from '../../src/store/postgres.ts';
import {
  escalateReviewOf,
  extendReviewOf,
  holdPayment,
  jotDown,
  pauseReviewOf,
  proposeUnblock,
  resumeReviewOf,
} from '../../src/store/review-steps.ts';
import { samplePayment } from '../../tools/payments.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const step = <T>(work: (db: Queryable) => Promise<T>) => inTransaction(database.pool, work);
const ana = { operator: 'ana', reason: 'papers' };
const refund = { refundAmount: true, ...ana };
const DUE = '2026-01-02T00:00:00.000Z';
const LATER = '2026-01-03T00:00:00.000Z';
const AT = '2026-01-01T12:00:00.000Z';

async function held(changes: Partial<BlockedPayment> = {}, reasons = ['why']): Promise<BlockedPayment> {
  const payment = samplePayment(changes);
  await step((db) => insertPayment(db, payment));
  await step((db) => holdPayment(db, payment, DUE, reasons));
  return payment;
}

test('every step of a review that is repeated, as after a crash, changes nothing the second time', async () => {
  const payment = await held();
  const steps: ((db: Queryable) => Promise<unknown>)[] = [
    (db) => holdPayment(db, payment, DUE, ['why'], { subscriberId: '*', version: 3 }),
    (db) => jotDown(db, payment, { kind: 'assign', number: 1, assignee: 'ben', ...ana }, 'run-1'),
    (db) => jotDown(db, payment, { kind: 'note', number: 2, text: 'x', ...ana }, 'run-1'),
    (db) => escalateReviewOf(db, payment, 'fraud-leads', 'due 1'),
    (db) => extendReviewOf(db, payment, { until: LATER, ...ana }),
    (db) => pauseReviewOf(db, payment, ana),
    (db) => resumeReviewOf(db, payment, ana, LATER),
    (db) => proposeUnblock(db, payment, refund, AT),
  ];
  for (const run of steps) expect(await step(run)).toEqual(await step(run));
  const { rows } = await database.pool.query<{ action: string }>(
    'select action from audit where subject = $1 order by id',
    [`payment:${payment.uniqueReference}`],
  );
  expect(rows.map(({ action }) => action)).toEqual([
    'block',
    'hold',
    'assign',
    'note',
    'escalate',
    'extendReview',
    'pauseReview',
    'resumeReview',
    'proposeUnblock',
  ]);
});

test("a proposal's hash is another as soon as anything is that the second operator goes by", async () => {
  const payment = await held();
  const hashes: (string | null)[] = [];
  const propose = async (proposal = refund, at = AT) => {
    hashes.push(await step((db) => proposeUnblock(db, payment, proposal, at)));
  };
  await propose();
  await propose({ ...refund, refundAmount: false });
  await propose({ ...refund, operator: 'ben' });
  await propose({ ...refund, reason: 'other papers' });
  await propose(refund, LATER);
  await step((db) => holdPayment(db, payment, LATER, ['why', 'and a blocked customer']));
  await propose();
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashes).toEqual(hashes.map(() => expect.stringMatching(/^[0-9a-f]{32}$/)));
});

test('a review that is over leaves no pause behind, and takes none', async () => {
  const payment = await held();
  await step((db) => pauseReviewOf(db, payment, ana));
  await step((db) => releasePayment(db, payment, { ...refund, refundAmount: false, decidedBy: 'operator' }));
  expect(await paymentByReference(database.pool, payment)).toMatchObject({
    status: 'released',
    pausedAt: null,
  });
  await expect(step((db) => pauseReviewOf(db, payment, ana))).rejects.toThrow(StoreConflict);
});

test('the database refuses an unblock that its own operator has confirmed', async () => {
  const payment = await held();
  const unblock = { ...refund, refundAmount: false, decidedBy: 'operator', confirmedBy: ' ANA ' } as const;
  await expect(step((db) => releasePayment(db, payment, unblock))).rejects.toThrow('four_eyes');
  await step((db) => releasePayment(db, payment, { ...unblock, confirmedBy: 'ben' }));
});
