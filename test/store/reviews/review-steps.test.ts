import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BlockedPayment } from '../../../src/domain/payment.ts';
import { StoreConflict } from '../../../src/store/db/errors.ts';
import { paymentByReference } from '../../../src/store/payments/payment-record.ts';
import { insertPayment } from '../../../src/store/payments/payments.ts';
import { inTransaction, type Queryable } from '../../../src/store/db/postgres.ts';
import { samplePayment } from '../../../tools/payments.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { hold, steps, terms } from '../../support/steps.ts';

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
  await step((db) => hold(db, payment, DUE, reasons));
  return payment;
}

test('every step of a review that is repeated, as after a crash, changes nothing the second time', async () => {
  const payment = await held();
  const clock = { due: Date.parse(DUE) };
  const now = Date.parse(AT);
  const story: ((db: Queryable) => Promise<unknown>)[] = [
    (db) => hold(db, payment, DUE, ['why']),
    (db) =>
      steps.recordJournalEntry(db, payment, {
        entry: { kind: 'assign', number: 1, assignee: 'ben', ...ana },
        runId: 'run-1',
      }),
    (db) =>
      steps.recordJournalEntry(db, payment, {
        entry: { kind: 'note', number: 2, text: 'x', ...ana },
        runId: 'run-1',
      }),
    (db) => steps.escalateReview(db, payment, { escalateTo: 'fraud-leads', occasion: 'due 1' }),
    (db) => steps.extendReview(db, payment, { extension: { until: LATER, ...ana }, terms, clock, now }),
    (db) => steps.pauseReview(db, payment, { pause: ana }),
    (db) => steps.resumeReview(db, payment, { resume: ana, terms, stopped: { clock, at: now }, now }),
    (db) =>
      steps.proposeUnblock(db, payment, {
        callProposes: false,
        proposal: { kind: 'proposeUnblock', at: AT, ...refund },
      }),
  ];
  for (const run of story) expect(await step(run)).toEqual(await step(run));
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
    hashes.push(
      await step((db) =>
        steps.proposeUnblock(db, payment, {
          callProposes: false,
          proposal: { kind: 'proposeUnblock', at, ...proposal },
        }),
      ),
    );
  };
  await propose();
  await propose({ ...refund, refundAmount: false });
  await propose({ ...refund, operator: 'ben' });
  await propose({ ...refund, reason: 'other papers' });
  await propose(refund, LATER);
  await step((db) => hold(db, payment, LATER, ['why', 'and a blocked customer']));
  await propose();
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashes).toEqual(hashes.map(() => expect.stringMatching(/^[0-9a-f]{32}$/)));
});

test('a review that is over leaves no pause behind, and takes none', async () => {
  const payment = await held();
  await step((db) => steps.pauseReview(db, payment, { pause: ana }));
  await step((db) => steps.release(db, payment, { ...refund, refundAmount: false, decidedBy: 'operator' }));
  expect(await paymentByReference(database.pool, payment)).toMatchObject({
    status: 'released',
    pausedAt: null,
  });
  await expect(step((db) => steps.pauseReview(db, payment, { pause: ana }))).rejects.toThrow(StoreConflict);
});

test('the database refuses an unblock that its own operator has confirmed', async () => {
  const payment = await held();
  const unblock = { ...refund, refundAmount: false, decidedBy: 'operator', confirmedBy: ' ANA ' } as const;
  await expect(step((db) => steps.release(db, payment, unblock))).rejects.toThrow('four_eyes');
  await step((db) => steps.release(db, payment, { ...unblock, confirmedBy: 'ben' }));
});
