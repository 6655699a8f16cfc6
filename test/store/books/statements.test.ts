import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertPayment } from '../../../src/store/payments/payments.ts';
import { createPool, inTransaction, type Queryable } from '../../../src/store/db/postgres.ts';
import {
  balancesOf,
  type StatementLine,
  statementOf,
  unbalancedCurrencies,
} from '../../../src/store/books/statements.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { samplePayment } from '../../../tools/payments.ts';
import { hold, steps } from '../../support/steps.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

const step = <T>(work: (db: Queryable) => Promise<T>) => inTransaction(database.pool, work);
const byAna = { refundAmount: false, operator: 'ana', reason: 'known', decidedBy: 'operator' } as const;

describe('a statement', () => {
  test('of any period and page size goes from its opening to its closing balance, and leaves nothing out', async () => {
    const subscriberId = 'statements';
    for (const minor of [100, 250, 75, 1000, 30]) {
      const payment = samplePayment({ subscriberId, amount: { minor, currency: 'EUR' } });
      await step((db) => insertPayment(db, payment));
      await step((db) => steps.release(db, payment, byAna));
    }
    await step((db) =>
      insertPayment(db, samplePayment({ subscriberId, amount: { minor: 7, currency: 'JPY' } })),
    );
    const account = { subscriberId, kind: 'merchant', ref: '444123456', currency: 'EUR' } as const;
    const whole = await statementOf(database.pool, account, { limit: 100 });
    expect(whole).toMatchObject({ opening: 0n, closing: 1455n });
    expect(whole.lines.map(({ amount, balance }) => [amount, balance])).toEqual([
      [100, 100n],
      [250, 350n],
      [75, 425n],
      [1000, 1425n],
      [30, 1455n],
    ]);
    const moments = [undefined, ...whole.lines.map(({ at }) => at)];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...moments),
        fc.constantFrom(...moments),
        fc.integer({ min: 1, max: 6 }),
        async (from, to, limit) => {
          const lines: StatementLine[] = [];
          let page = await statementOf(database.pool, account, { from, to, limit });
          const { opening, closing } = page;
          for (;;) {
            lines.push(...page.lines);
            if (page.lines.length < limit) break;
            page = await statementOf(database.pool, account, {
              from,
              to,
              limit,
              after: lines.at(-1)?.postingId,
            });
            expect(page).toMatchObject({ opening, closing });
          }
          // A moment here is cut to milliseconds; so are those that it is compared with.
          const inside = whole.lines.filter(({ at }) => !(from && at < from) && !(to && at >= to));
          expect(lines.filter(({ at }) => at.getTime() !== to?.getTime())).toEqual(inside);
          if (from && to && from >= to) return;
          expect(lines.reduce((sum, { amount }) => sum + BigInt(amount), opening)).toBe(closing);
          expect(lines.at(-1)?.balance ?? opening).toBe(closing);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is of one subscriber only, and the balances of each currency sum to zero', async () => {
    const account = { subscriberId: 'another', kind: 'merchant', ref: '444123456', currency: 'EUR' } as const;
    expect(await statementOf(database.pool, account, { limit: 9 })).toEqual({
      opening: 0n,
      lines: [],
      closing: 0n,
    });
    const balances = await balancesOf(database.pool, 'statements');
    expect(balances).toEqual([
      { kind: 'customer', currency: 'EUR', balance: -1455n },
      { kind: 'blocked', currency: 'EUR', balance: 0n },
      { kind: 'merchant', currency: 'EUR', balance: 1455n },
      { kind: 'customer', currency: 'JPY', balance: -7n },
      { kind: 'blocked', currency: 'JPY', balance: 7n },
    ]);
    expect(unbalancedCurrencies(balances)).toEqual([]);
    expect(unbalancedCurrencies(balances.slice(1))).toEqual([{ currency: 'EUR', off: 1455n }]);
  });
});

describe('the database refuses', () => {
  async function held() {
    const payment = samplePayment();
    await step((db) => insertPayment(db, payment));
    await step((db) => hold(db, payment, '2026-01-02T00:00:00.000Z', []));
    return payment;
  }

  /** A ledger transaction as a person might write it by hand. */
  function write(
    payment: { readonly subscriberId: string; readonly uniqueReference: string },
    legs: readonly (readonly [kind: string, ref: string, amount: number, currency: string])[],
    { subscriberId = payment.subscriberId, at = 'now()' } = {},
  ) {
    return step(async (db) => {
      const { rows } = await db.query<{ id: number }>(
        'insert into ledger_transactions (subscriber_id, unique_reference, entry) values ($1, $2, $3) returning id',
        [payment.subscriberId, payment.uniqueReference, randomUUID()],
      );
      for (const [kind, ref, amount, currency] of legs) {
        await db.query(
          `insert into postings (transaction_id, subscriber_id, account_kind, account_ref, amount_minor, currency, at)
           values ($1, $2, $3, $4, $5, $6, ${at})`,
          [rows[0]?.id, subscriberId, kind, ref, amount, currency],
        );
      }
    });
  }

  test('money that leaves a blocked balance while the payment stays held', async () => {
    const payment = await held();
    const legs = [
      ['blocked', payment.uniqueReference, -1, 'EUR'],
      ['merchant', 'm', 1, 'EUR'],
    ] as const;
    await expect(write(payment, legs)).rejects.toThrow('blocked balance is 9999 EUR (expected 10000 EUR)');
  });

  test('money in transit without a refund, and a blocked balance in another currency', async () => {
    const payment = await held();
    for (const [kind, currency] of [
      ['refundInTransit', 'EUR'],
      ['blocked', 'USD'],
    ] as const) {
      const legs = [
        ['merchant', 'm', -1, currency],
        [kind, payment.uniqueReference, 1, currency],
      ] as const;
      await expect(write(payment, legs)).rejects.toThrow(`${kind} balance is 1 ${currency}`);
    }
  });

  test("another payment's blocked balance, another subscriber's account, another time", async () => {
    const [payment, other] = [await held(), await held()];
    const foreign = [
      ['blocked', other.uniqueReference, -1, 'EUR'],
      ['blocked', other.uniqueReference, 1, 'EUR'],
    ] as const;
    await expect(write(payment, foreign)).rejects.toThrow('cannot move blocked:');
    const plain = [
      ['merchant', 'm', -1, 'EUR'],
      ['merchant', 'n', 1, 'EUR'],
    ] as const;
    await expect(write(payment, plain, { subscriberId: 'other' })).rejects.toThrow(
      'another subscriber or time',
    );
    await expect(write(payment, plain, { at: "now() - interval '1 day'" })).rejects.toThrow(
      'another subscriber',
    );
    await expect(write(payment, plain)).resolves.toBeUndefined();
  });

  test('a payment that is refunding without its money being in transit', async () => {
    const payment = await held();
    await step((db) =>
      steps.startRefund(db, payment, {
        refundReference: randomUUID(),
        decision: { ...byAna, refundAmount: true },
      }),
    );
    await expect(
      step((db) =>
        db.query(`update payments set status = 'held' where unique_reference = $1`, [
          payment.uniqueReference,
        ]),
      ),
    ).rejects.toThrow('is held but its');
  });
});

test('among a million postings a statement is read from the index, and a page from where the last one ended', async () => {
  const big = await testDatabase('owner');
  const patient = createPool(big.url, 'many postings', () => {}, 120);
  try {
    const client = await patient.connect();
    await client.query('set session_replication_role = replica');
    // Indexes are built faster than kept.
    const { rows } = await client.query<{ indexdef: string }>(
      `select indexdef from pg_indexes where tablename = 'postings' and indexname like 'postings_by%'`,
    );
    await client.query('drop index postings_by_account, postings_by_transaction');
    await client.query(
      `insert into ledger_transactions (subscriber_id, unique_reference, entry, at)
       select 'big', 'p' || n, 'block', now() - n * interval '10 seconds' from generate_series(1, 50000) as n`,
    );
    await client.query(
      `insert into postings (transaction_id, subscriber_id, account_kind, account_ref, amount_minor, currency, at)
       select t.id, 'big', leg.kind, case leg.kind when 'customer' then 'c' || leg.n else t.unique_reference end,
              leg.amount, 'EUR', t.at
         from ledger_transactions t,
              (select * from generate_series(1, 10) as n, (values ('customer', -5), ('blocked', 5)) as kinds (kind, amount)) as leg`,
    );
    for (const { indexdef } of rows) await client.query(indexdef);
    await client.query('vacuum analyze postings, ledger_transactions');
    await client.query('set session_replication_role = origin');

    const plans: string[] = [];
    client.on('notice', ({ message }) => plans.push(message ?? ''));
    await client.query(`load 'auto_explain'`);
    await client.query('set auto_explain.log_min_duration = 0; set client_min_messages = log');
    const day = { from: new Date(Date.now() - 2 * 86_400_000), to: new Date(Date.now() - 86_400_000) };
    const account = { subscriberId: 'big', kind: 'customer', ref: 'c7', currency: 'EUR' } as const;
    const first = await statementOf(client, account, { ...day, limit: 100 });
    const second = await statementOf(client, account, {
      ...day,
      limit: 100,
      after: first.lines.at(-1)?.postingId,
    });
    client.release(true);

    expect(second.lines[0]?.balance).toBe((first.lines.at(-1)?.balance ?? 0n) - 5n);
    expect(plans).toHaveLength(4);
    for (const plan of plans) {
      expect(plan).not.toContain('Seq Scan');
      expect(plan).toContain('postings_by_account');
    }
    // The page begins where the last one ended: the index is entered there, and not read up to there.
    expect(plans[3]).toMatch(/Index Cond: .*ROW\(p?\.?at, p?\.?id\) > ROW/);
  } finally {
    await patient.end();
    await big.drop();
  }
}, 180_000);
