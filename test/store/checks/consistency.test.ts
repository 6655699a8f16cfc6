import { afterAll, beforeAll, expect, test } from 'vitest';
import { moveTo, nextPayments, recordedPayments, type Scan } from '../../../src/store/checks/consistency.ts';
import { sentRefunds } from '../../../src/store/checks/reconciliation.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

const PAYMENTS = 60_000;
const plans: string[] = [];

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
  const db = await database.pool.connect();
  await db.query('set session_replication_role = replica');
  // One of ten is under way; several end at the same moment.
  await db.query(
    `insert into payments (subscriber_id, unique_reference, partner_reference, status, amount_minor, currency,
       customer_accno, merchant_accno, invoice_guid, option_token, online_payment, three_ds, local_date, local_time,
       updated_at, ended_at)
     select 'many', 'p' || n, 'b' || n, case when n % 10 = 0 then 'held' else 'refunded' end, 100, 'EUR', 'c', 'm', 'i',
            't', true, true, '', '', now() - interval '1 day',
            case when n % 10 > 0 then now() - interval '1 hour' - n / 7 * interval '1 second' end
       from generate_series(1, ${PAYMENTS}) as n`,
  );
  await db.query(
    `insert into refunds (refund_reference, subscriber_id, unique_reference, attempt, gateway, idempotency_key,
       amount_minor, currency, status, gateway_reference, processed_minor, processed_currency, first_submitted_at)
     select md5(n::text)::uuid, 'many', 'p' || n, 1, 'sandbox', 'k' || n, 100, 'EUR', 'CAPTURED', 'g' || n, 100, 'EUR',
            now() - n * interval '1 minute'
       from generate_series(1, ${PAYMENTS}) as n where n % 10 > 0`,
  );
  await db.query('set session_replication_role = origin');
  await db.query('analyze payments, refunds');
  db.release();
}, 60_000);
afterAll(() => database.drop());

async function walk(scan: Scan, limit: number): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const batch = await nextPayments(database.pool, scan, limit);
    seen.push(...batch.map(({ uniqueReference }) => uniqueReference));
    const last = batch.at(-1);
    if (last) await moveTo(database.pool, scan, last);
    if (batch.length < limit) return seen;
  }
}

test.each<[Scan, number]>([
  ['underWay', PAYMENTS / 10],
  ['ended', (PAYMENTS / 10) * 9],
])('the scan of those %s comes by each payment once', async (scan, payments) => {
  const seen = await walk(scan, 4001);
  expect(seen).toHaveLength(payments);
  expect(new Set(seen).size).toBe(payments);
  expect(await nextPayments(database.pool, scan, 10)).toEqual([]);
  await moveTo(database.pool, scan, undefined);
  expect(await nextPayments(database.pool, scan, 10)).toHaveLength(10);
});

test('neither the scans nor the comparison read a whole table', async () => {
  const client = await database.pool.connect();
  client.on('notice', ({ message }) => plans.push(message ?? ''));
  await client.query(`load 'auto_explain'`);
  await client.query('set auto_explain.log_min_duration = 0; set client_min_messages = log');
  const batch = [
    ...(await nextPayments(client, 'underWay', 20)),
    ...(await nextPayments(client, 'ended', 20)),
  ];
  expect(await recordedPayments(client, batch)).toHaveLength(40);
  const hour = { from: new Date(Date.now() - 2 * 3600_000), to: new Date(Date.now() - 3600_000) };
  const named = { refundReferences: ['nobody'], gatewayReferences: ['g50001', 'g50002'] };
  expect(await sentRefunds(client, 'sandbox', hour, named)).toHaveLength(56);
  client.release(true);
  expect(plans).toHaveLength(4);
  for (const plan of plans)
    expect(plan).not.toMatch(/Seq Scan on (payments|refunds|postings|audit)|Sort.*ended_at/);
  expect(plans[0]).toContain('payments_under_way');
  expect(plans[1]).toContain('payments_ended');
});
