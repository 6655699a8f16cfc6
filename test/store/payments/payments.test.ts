import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import {
  paymentStatuses,
  statesBefore,
  type BlockedPayment,
  type PaymentStatus,
} from '../../../src/domain/payment.ts';
import type { UnblockDecision } from '../../../src/domain/payment.ts';
import { StoreConflict } from '../../../src/store/db/errors.ts';
import { ledgerOf } from '../../../src/store/books/ledger.ts';
import { paymentByReference } from '../../../src/store/payments/payment-record.ts';
import { insertPayment } from '../../../src/store/payments/payments.ts';
import { inTransaction, type Queryable } from '../../../src/store/db/postgres.ts';
import { refundOfPayment } from '../../../src/store/refunds/refund-record.ts';
import { type RefundKnowledge } from '../../../src/store/refunds/refunds.ts';
import { markSubmitted } from '../../../src/store/refunds/submission.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { samplePayment } from '../../../tools/payments.ts';
import { hold, steps } from '../../support/steps.ts';
import { THE_GATEWAY } from '../../../src/domain/people.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(async () => {
  await database.drop();
});

const byAna: UnblockDecision = {
  refundAmount: true,
  operator: 'ana',
  reason: 'fraud',
  decidedBy: 'operator',
};
const step = <T>(work: (db: Queryable) => Promise<T>) => inTransaction(database.pool, work);

async function blocked(changes: Partial<BlockedPayment> = {}): Promise<BlockedPayment> {
  const payment = samplePayment(changes);
  await step((db) => insertPayment(db, payment));
  return payment;
}

test('a payment comes back from the record as it went in', async () => {
  const payment = await blocked({ customerFirstName: 'Zoë', ipAddress: '2001:db8::1' });
  expect(await paymentByReference(database.pool, payment)).toMatchObject(payment);
});

test('the same reference of two subscribers is two payments', async () => {
  const one = await blocked();
  await blocked({ ...one, subscriberId: 'other' });
  expect(
    (await paymentByReference(database.pool, { ...one, subscriberId: 'third' }))?.status,
  ).toBeUndefined();
  expect((await paymentByReference(database.pool, { ...one, subscriberId: 'other' }))?.status).toBe(
    'blocked',
  );
});

test('every step that is repeated, as after a crash, changes nothing the second time', async () => {
  const story: ((db: Queryable, payment: BlockedPayment, refund: string) => Promise<unknown>)[] = [
    (db, payment) => insertPayment(db, payment),
    (db, payment) => hold(db, payment, '2026-01-02T00:00:00.000Z', ['why']),
    (db, payment, refund) => steps.startRefund(db, payment, { refundReference: refund, decision: byAna }),
    (db, payment, refund) =>
      steps.recordRefund(db, payment, {
        refundReference: refund,
        status: 'PENDING',
        outcome: { kind: 'unknown', reason: 'no answer' },
        actor: THE_GATEWAY,
      }),
    (db, payment, refund) =>
      steps.recordRefund(db, payment, {
        refundReference: refund,
        status: 'CAPTURED',
        outcome: {
          kind: 'paid',
          gatewayReference: `g-${refund}`,
          processed: payment.amount,
        },
        actor: THE_GATEWAY,
      }),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 5 }),
      async (repeats) => {
        const payment = samplePayment();
        const refund = randomUUID();
        for (const [index, run] of story.entries()) {
          for (let time = 0; time < (repeats[index] ?? 1); time += 1) {
            await step((db) => run(db, payment, refund));
          }
        }
        const ledger = await ledgerOf(database.pool, payment);
        expect(ledger.map(({ account, money }) => `${account} ${money.minor}`)).toEqual([
          `customer:${payment.customerAccno} -10000`,
          `blocked:${payment.uniqueReference} 10000`,
          `blocked:${payment.uniqueReference} -10000`,
          `refundInTransit:${payment.uniqueReference} 10000`,
          `refundInTransit:${payment.uniqueReference} -10000`,
          `paidOut:${payment.paymentOption.token} 10000`,
        ]);
        expect((await refundOfPayment(database.pool, payment))?.status).toBe('CAPTURED');
        const audit = await database.pool.query('select action from audit where subject = $1 order by id', [
          `payment:${payment.uniqueReference}`,
        ]);
        expect(audit.rows.map((row: { action: string }) => row.action)).toEqual([
          'block',
          'hold',
          'unblockAndRefund',
          'refundPENDING',
          'refundCAPTURED',
        ]);
        for (const type of ['paymentBlocked', 'paymentHeld', 'refundCaptured']) {
          expect(await eventsOf(payment, type)).toBe(1);
        }
      },
    ),
    { numRuns: 8 },
  );
});

test('a declined refund puts the money back into the blocked balance, and another one may follow', async () => {
  const payment = await blocked();
  const [first, second] = [randomUUID(), randomUUID()];
  await step((db) => steps.startRefund(db, payment, { refundReference: first, decision: byAna }));
  await step((db) =>
    steps.recordRefund(db, payment, {
      refundReference: first,
      status: 'DECLINED',
      outcome: { kind: 'declined', reason: 'card closed' },
      actor: THE_GATEWAY,
    }),
  );
  expect((await paymentByReference(database.pool, payment))?.status).toBe('held');
  await step((db) => steps.startRefund(db, payment, { refundReference: second, decision: byAna }));
  expect(await refundOfPayment(database.pool, payment)).toMatchObject({
    refundReference: second,
    status: 'RECEIVED',
  });
});

test('a refund that has settled cannot be settled otherwise', async () => {
  const payment = await blocked();
  const refund = randomUUID();
  await step((db) => steps.startRefund(db, payment, { refundReference: refund, decision: byAna }));
  await step((db) =>
    steps.recordRefund(db, payment, {
      refundReference: refund,
      status: 'DECLINED',
      outcome: { kind: 'declined', reason: 'no' },
      actor: THE_GATEWAY,
    }),
  );
  await expect(
    step((db) =>
      steps.recordRefund(db, payment, {
        refundReference: refund,
        status: 'FAILED',
        outcome: { kind: 'unknown', reason: '' },
        actor: THE_GATEWAY,
      }),
    ),
  ).rejects.toThrow(StoreConflict);
});

test('a refund that the gateway takes back blocks the money again, once, and another one may follow', async () => {
  const payment = await blocked();
  const [first, second] = [randomUUID(), randomUUID()];
  const reversal = { refundReference: first, reason: 'account closed' };
  await step((db) => steps.startRefund(db, payment, { refundReference: first, decision: byAna }));
  await expect(step((db) => steps.reverseRefund(db, payment, reversal))).resolves.toBeUndefined();
  await step((db) => steps.recordRefund(db, payment, captured(first, payment)));
  const reasons = await Promise.all(
    [1, 2, 3].map(() => step((db) => steps.reverseRefund(db, payment, reversal))),
  );
  expect(new Set(reasons)).toEqual(new Set(['reversed by the gateway: account closed']));
  expect(await eventsOf(payment, 'refundReversed')).toBe(1);
  expect(await paymentByReference(database.pool, payment)).toMatchObject({ status: 'held', endedAt: null });
  expect(await refundOfPayment(database.pool, payment)).toMatchObject({
    status: 'DECLINED',
    statusReason: 'reversed by the gateway: account closed',
    processed: null,
  });

  await step((db) => steps.startRefund(db, payment, { refundReference: second, decision: byAna }));
  await step((db) => steps.recordRefund(db, payment, captured(second, payment)));
  // It comes late: what it tells of is over.
  await expect(step((db) => steps.reverseRefund(db, payment, reversal))).resolves.toBeUndefined();
  const paidOut = (await ledgerOf(database.pool, payment)).filter(({ account }) =>
    account.startsWith('paidOut'),
  );
  expect(paidOut.map(({ money }) => money.minor)).toEqual([10_000, -10_000, 10_000]);
});

test.each(['ben', 'gateway'])(
  'what a person called %s has found paid is not taken back by the gateway',
  async (actor) => {
    const payment = await blocked();
    const refund = randomUUID();
    await step((db) => steps.startRefund(db, payment, { refundReference: refund, decision: byAna }));
    await step((db) => steps.recordRefund(db, payment, { ...captured(refund, payment), actor }));
    const taken = await step((db) =>
      steps.reverseRefund(db, payment, { refundReference: refund, reason: 'never seen' }),
    );
    expect(taken).toBeUndefined();
    expect((await paymentByReference(database.pool, payment))?.status).toBe('refunded');
  },
);

function captured(refundReference: string, { amount }: BlockedPayment): RefundKnowledge {
  const outcome = { kind: 'paid', gatewayReference: `g-${refundReference}`, processed: amount } as const;
  return { refundReference, status: 'CAPTURED', outcome, actor: THE_GATEWAY };
}

async function eventsOf({ uniqueReference }: BlockedPayment, type: string): Promise<number> {
  const { rowCount } = await database.pool.query(
    `select from outbox where event_type = $2 and payload->>'uniqueReference' = $1`,
    [uniqueReference, type],
  );
  return rowCount ?? 0;
}

test('a second refund beside a live one is refused by the database itself', async () => {
  const payment = await blocked();
  await step((db) => steps.startRefund(db, payment, { refundReference: randomUUID(), decision: byAna }));
  await expect(
    database.pool.query(
      `insert into refunds (refund_reference, subscriber_id, unique_reference, attempt, gateway, idempotency_key,
         amount_minor, currency, status) values (gen_random_uuid(), $1, $2, 2, 'sandbox', $2, 1, 'EUR', 'RECEIVED')`,
      [payment.subscriberId, payment.uniqueReference],
    ),
  ).rejects.toThrow('refunds_one_live');
});

test('of many that release and refund one payment at once, one wins and the money moves once', async () => {
  const payment = await blocked();
  const attempts = Array.from({ length: 10 }, (_, index) =>
    index % 2 === 0
      ? step((db) => steps.startRefund(db, payment, { refundReference: randomUUID(), decision: byAna })).then(
          () => 'refunding',
        )
      : step((db) => steps.release(db, payment, { ...byAna, refundAmount: false })).then(() => 'released'),
  );
  const outcomes = await Promise.allSettled(attempts);
  const winners = new Set(
    outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
  );
  expect(winners.size).toBe(1);
  const moved = (await ledgerOf(database.pool, payment)).filter(({ account }) =>
    account.startsWith('blocked'),
  );
  expect(moved.map(({ money }) => money.minor)).toEqual([10_000, -10_000]);
});

test('the database refuses what would break the books, from any writer', async () => {
  const payment = await blocked();
  const attempt = (sql: string) => step((db) => db.query(sql));
  const id = `subscriber_id = 'demo' and unique_reference = '${payment.uniqueReference}'`;
  await expect(
    attempt(`update payments set status = 'released', ended_at = now() where ${id}`),
  ).rejects.toThrow('blocked balance');
  await expect(attempt(`update payments set amount_minor = 1 where ${id}`)).rejects.toThrow('never change');
  await expect(attempt(`update postings set amount_minor = 1`)).rejects.toThrow('append-only');
  await expect(attempt(`delete from ledger_transactions`)).rejects.toThrow('append-only');
  await expect(attempt(`delete from audit`)).rejects.toThrow('append-only');
  await expect(attempt(`truncate postings`)).rejects.toThrow('append-only');
  await expect(
    attempt(
      `insert into ledger_transactions (subscriber_id, unique_reference, entry)
     values ('demo', '${payment.uniqueReference}', 'nothing in it')`,
    ),
  ).rejects.toThrow('no postings');
  await expect(
    attempt(
      `insert into postings (transaction_id, subscriber_id, account_kind, account_ref, amount_minor, currency)
     select max(id), 'demo', 'merchant', 'm', 1, 'EUR' from ledger_transactions`,
    ),
  ).rejects.toThrow('does not sum to zero');
});

test('the database and the domain allow the same moves', async () => {
  const allowed = new Set<string>();
  for (const from of paymentStatuses) {
    for (const to of paymentStatuses) {
      if (from !== to && (await databaseAllows(from, to))) allowed.add(`${from} ${to}`);
    }
  }
  const expected = paymentStatuses.flatMap((to) => statesBefore(to).map((from) => `${from} ${to}`));
  expect([...allowed].toSorted()).toEqual(expected.toSorted());
});

async function databaseAllows(from: PaymentStatus, to: PaymentStatus): Promise<boolean> {
  const payment = await blocked();
  const db = await database.pool.connect();
  const set = (status: PaymentStatus) =>
    db.query(
      `update payments set status = $2, ended_at = case when $2 in ('released', 'refunded') then now() end
       where unique_reference = $1`,
      [payment.uniqueReference, status],
    );
  try {
    await db.query('begin');
    // Walks to where the move begins; the balances are checked at commit, which never comes.
    const path: Record<PaymentStatus, PaymentStatus[]> = {
      blocked: [],
      held: ['held'],
      refunding: ['refunding'],
      released: ['released'],
      refunded: ['refunding', 'refunded'],
      refundFailed: ['refunding', 'refundFailed'],
    };
    for (const status of path[from]) await set(status);
    await set(to);
    return true;
  } catch (error) {
    if (String(error).includes(`cannot go from ${from} to ${to}`)) return false;
    throw error;
  } finally {
    await db.query('rollback');
    db.release();
  }
}

test('only the first submission of a refund is the first', async () => {
  const payment = await blocked();
  const refund = randomUUID();
  await step((db) => steps.startRefund(db, payment, { refundReference: refund, decision: byAna }));
  const marks = await Promise.all(Array.from({ length: 5 }, () => markSubmitted(database.pool, refund)));
  expect(marks.filter(({ first }) => first)).toHaveLength(1);
  expect(new Set(marks.map(({ firstSubmittedAt }) => firstSubmittedAt.getTime())).size).toBe(1);
});
