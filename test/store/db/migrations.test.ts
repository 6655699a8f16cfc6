import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BlockedPayment } from '../../../src/domain/payment.ts';
import type { UnblockDecision } from '../../../src/domain/payment.ts';
import { projectRoot } from '../../../src/runtime/project-files.ts';
import { ledgerOf } from '../../../src/store/books/ledger.ts';
import { migrate } from '../../../src/store/db/migrate.ts';
import { fanOut } from '../../../src/store/notifications/outbox.ts';
import { paymentByReference } from '../../../src/store/payments/payment-record.ts';
import { insertPayment } from '../../../src/store/payments/payments.ts';
import { inTransaction, type Queryable } from '../../../src/store/db/postgres.ts';
import { refundOfPayment } from '../../../src/store/refunds/refund-record.ts';
import { samplePayment } from '../../../tools/payments.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { hold, steps } from '../../support/steps.ts';
import { THE_GATEWAY } from '../../../src/domain/people.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

const step = <T>(work: (db: Queryable) => Promise<T>) => inTransaction(database.pool, work);
const byAna: UnblockDecision = {
  refundAmount: true,
  operator: 'ana',
  reason: 'fraud',
  decidedBy: 'operator',
};
const MIGRATIONS = path.join(projectRoot, 'src/store/migrations');
/** Those that the first release had: nobody goes back behind them. */
const KEPT = 4;
const DUE = '2026-01-02T00:00:00.000Z';

async function held(): Promise<BlockedPayment> {
  const payment = samplePayment();
  await step(async (db) => {
    await insertPayment(db, payment);
    return hold(db, payment, DUE, ['why']);
  });
  await step((db) => fanOut(db, 100, () => {}));
  return payment;
}

async function refunding(): Promise<BlockedPayment & { refundReference: string }> {
  const payment = await held();
  const refundReference = randomUUID();
  await step((db) =>
    steps.startRefund(db, payment, { refundReference, decision: { ...byAna, confirmedBy: 'ben' } }),
  );
  return { ...payment, refundReference };
}

async function known(
  { refundReference, ...payment }: BlockedPayment & { refundReference: string },
  status: 'CAPTURED' | 'FAILED',
): Promise<void> {
  const outcome =
    status === 'CAPTURED'
      ? {
          kind: 'paid' as const,
          gatewayReference: refundReference,
          processed: { minor: 10_000, currency: 'EUR' },
        }
      : { kind: 'unknown' as const, reason: 'no answer' };
  await step((db) =>
    steps.recordRefund(db, payment, { refundReference, status, outcome, actor: THE_GATEWAY }),
  );
}

/** A payment in every state, as a system in use has them. */
async function fill() {
  const blocked = samplePayment();
  await step((db) => insertPayment(db, blocked));
  const released = await held();
  await step((db) => steps.release(db, released, { ...byAna, refundAmount: false }));
  const paused = await held();
  await step((db) =>
    steps.recordJournalEntry(db, paused, {
      entry: { kind: 'note', number: 1, text: 'x', ...byAna },
      runId: 'run-1',
    }),
  );
  await step((db) => steps.pauseReview(db, paused, { pause: byAna }));
  const open = await refunding();
  const refunded = await refunding();
  await known(refunded, 'CAPTURED');
  const failed = await refunding();
  await known(failed, 'FAILED');
  const reversed = await refunding();
  await known(reversed, 'CAPTURED');
  await step((db) =>
    steps.reverseRefund(db, reversed, {
      refundReference: reversed.refundReference,
      reason: 'account closed',
    }),
  );
  return { blocked, released, paused, open, refunded, failed, reversed };
}

function standing(payments: Readonly<Record<string, BlockedPayment>>) {
  return Promise.all(
    Object.values(payments).map(async (payment) => ({
      status: (await paymentByReference(database.pool, payment))?.status,
      refund: (await refundOfPayment(database.pool, payment))?.status,
      ledger: await ledgerOf(database.pool, payment),
    })),
  );
}

test('a database in use goes back to an earlier schema and forth again, and no money moves by that', async () => {
  const payments = await fill();
  const before = await standing(payments);
  const back = await runner({
    databaseUrl: database.url,
    dir: MIGRATIONS,
    direction: 'down',
    count: readdirSync(MIGRATIONS).length - KEPT,
    migrationsTable: 'schema_migrations',
    log: () => {},
  });
  expect(back.map(({ name }) => name).at(-1)).toBe('0005_settings');
  await migrate(database.url);
  expect(await standing(payments)).toEqual(before);

  // What was under way goes on.
  await step((db) => hold(db, payments.blocked, DUE, ['why']));
  await known(payments.open, 'CAPTURED');
  const { rows } = await database.pool.query('select sum(amount_minor)::int as sum from postings');
  expect(rows).toEqual([{ sum: 0 }]);
});
