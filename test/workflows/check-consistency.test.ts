import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { PaymentBlockClient } from '../../src/client/index.ts';
import type { ConsistencyReport } from '../../src/domain/consistency.ts';
import { customerBlockWorkflowId, paymentWorkflowId } from '../../src/domain/ids.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { CHECK_CONSISTENCY, PAYMENT_LIFECYCLE } from '../../src/temporal/contract.ts';
import { insertPayment } from '../../src/store/payments/payments.ts';
import { isSealed } from '../../src/store/books/audit-seals.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { refundOfPayment } from '../../src/store/refunds/refund-record.ts';
import { listTasks } from '../../src/store/tasks/tasks.ts';
import { samplePayment } from '../../tools/payments.ts';
import { ApiRig } from '../support/api-rig.ts';

let rig: ApiRig;
let client: PaymentBlockClient;
beforeAll(async () => {
  rig = await ApiRig.start();
  client = rig.client;
});
afterAll(() => rig.stop());

// A subscriber of its own for each test.
let subscriberId: string;
beforeEach(() => {
  subscriberId = `s-${randomUUID()}`;
});

const byAna = { operator: 'ana', reason: 'looked into it' };
const runOf = (payment: BlockedPayment) =>
  rig.environment.client.workflow.getHandle(paymentWorkflowId(payment));

async function held(): Promise<BlockedPayment> {
  const payment = samplePayment({ subscriberId, amount: { minor: 200_000, currency: 'EUR' } });
  expect((await client.blockPayment(payment)).status).toBe('held');
  return payment;
}

async function ended(refundAmount: boolean): Promise<BlockedPayment> {
  const payment = await held();
  await client.unblockPayment(payment, { refundAmount, ...byAna });
  await runOf(payment).result();
  return payment;
}

/** Lets an hour pass for all that is on record, so that the check is due. */
async function anHourLater(): Promise<void> {
  await rig.database.pool.query(
    `update payments set updated_at = updated_at - interval '1 hour', ended_at = ended_at - interval '1 hour'`,
  );
}

/** Writes past every constraint, as a person with too many rights would. */
async function writeBehind(sql: string, values: readonly unknown[]): Promise<void> {
  const db = await rig.database.ownerPool.connect();
  try {
    await db.query('set session_replication_role = replica');
    await db.query(sql, [...values]);
  } finally {
    await db.query('set session_replication_role = origin');
    db.release();
  }
}

/** Checks all there is: round the payments under way, and all that have ended. */
async function check(): Promise<ConsistencyReport> {
  await rig.database.pool.query(`update consistency_cursors set ended_at = '-infinity', subscriber_id = ''`);
  return rig.environment.client.workflow.execute<() => Promise<ConsistencyReport>>(CHECK_CONSISTENCY, {
    workflowId: `check-${randomUUID()}`,
    taskQueue: rig.taskQueue,
  });
}

async function openTasks(): Promise<string[]> {
  const page = { subscriberId, state: 'open', kind: 'inconsistent', limit: 10 } as const;
  const tasks = await listTasks(rig.database.pool, page);
  return tasks.map(({ summary }) => summary);
}

test('a busy system that agrees with itself raises nothing', async () => {
  await Promise.all([held(), held(), ended(true), ended(true), ended(false)]);
  await anHourLater();
  const calm = new AbortController();
  const traffic = (async () => {
    while (!calm.signal.aborted) await ended(Math.random() < 0.5);
  })();
  for (let time = 0; time < 3; time += 1) {
    const report = await check();
    expect(report).toMatchObject({ tasksOpened: 0, tasksClosed: 0 });
    expect(report.checked).toBeGreaterThanOrEqual(5);
  }
  calm.abort();
  await traffic;
  expect(await openTasks()).toEqual([]);
}, 60_000);

describe('it is raised, and closed once it agrees again, that', () => {
  test('a held payment has no run any more', async () => {
    const payment = await held();
    await runOf(payment).terminate('by an operator');
    await anHourLater();
    await check();
    expect(await openTasks()).toEqual([
      expect.stringMatching(/is held.*, but its run in Temporal has ended/),
    ]);
    await check();
    expect(await openTasks()).toHaveLength(1);

    const putRight = `insert into postings (transaction_id, subscriber_id, account_kind, account_ref, amount_minor, currency)
      select id, subscriber_id, 'blocked', unique_reference, -200000, 'EUR' from ledger_transactions where unique_reference = $1`;
    await writeBehind(putRight, [payment.uniqueReference]);
    await writeBehind(
      `update payments set status = 'released', ended_at = now() where unique_reference = $1`,
      [payment.uniqueReference],
    );
    expect((await check()).tasksClosed).toBe(1);
    expect(await openTasks()).toEqual([]);
  });

  test("a customer's block has no run any more, and the unblock ends it all the same", async () => {
    const customer = { subscriberId, customerUuid: randomUUID() };
    const request = {
      onlinePayment: true,
      sendBlockNotification: false,
      threeDSAuthentication: true,
      actor: 'ana',
    };
    await client.blockCustomer(customer, request);
    await rig.environment.client.workflow
      .getHandle(customerBlockWorkflowId(customer))
      .terminate('by an operator');
    await rig.database.pool.query(`update customer_blocks set blocked_at = blocked_at - interval '1 hour'`);
    await check();
    expect(await openTasks()).toEqual([
      `customer ${customer.customerUuid} is blocked on record, but its run in Temporal has ended: unblock the customer, or block it again`,
    ]);
    expect(await client.unblockCustomer(customer, byAna)).toMatchObject({ customerBlocked: false });
    const { rows } = await rig.database.pool.query(
      'select ended_by from customer_blocks where customer_uuid = $1',
      [customer.customerUuid],
    );
    expect(rows).toEqual([{ ended_by: 'ana' }]);
    expect((await check()).tasksClosed).toBe(1);
    expect(await openTasks()).toEqual([]);
  });

  test('an ended payment is still being carried on', async () => {
    const payment = await held();
    const change = `update payments set status = 'released', ended_at = now() where unique_reference = $1`;
    await writeBehind(change, [payment.uniqueReference]);
    await anHourLater();
    await check();
    expect(await openTasks()).toEqual([
      expect.stringMatching(
        /blocked balance must be 0.00 EUR, but the ledger has 2000.00 EUR.*; .*still running/,
      ),
    ]);
  });

  test('a payment was never carried on', async () => {
    const payment = samplePayment({ subscriberId });
    await inTransaction(rig.database.pool, (db) => insertPayment(db, payment));
    await anHourLater();
    await check();
    expect(await openTasks()).toEqual([
      expect.stringMatching(/is blocked.*, but Temporal has no run for it/),
    ]);
    await client.blockPayment(payment);
    await runOf(payment).result();
    await check();
    expect(await openTasks()).toEqual([]);
  });

  test('blocked money is missing from the ledger', async () => {
    const payment = await held();
    const add = `insert into postings (transaction_id, subscriber_id, account_kind, account_ref, amount_minor, currency)
      select id, subscriber_id, 'blocked', unique_reference, $2, 'EUR' from ledger_transactions where unique_reference = $1`;
    await writeBehind(add, [payment.uniqueReference, -1]);
    await anHourLater();
    await check();
    expect(await openTasks()).toEqual([
      expect.stringMatching(/must be 2000.00 EUR, but the ledger has 1999.99 EUR/),
    ]);
    await writeBehind(add, [payment.uniqueReference, 1]);
    await check();
    expect(await openTasks()).toEqual([]);
  });

  test('the gateway has not paid what is captured here', async () => {
    const payment = await ended(true);
    const refund = await refundOfPayment(rig.database.pool, payment);
    const books = readFileSync(rig.sandbox.booksFile, 'utf8');
    const restartWith = async (text: string) => {
      await rig.sandbox.kill();
      writeFileSync(rig.sandbox.booksFile, text);
      await rig.sandbox.restart();
    };
    await restartWith(
      books
        .split('\n')
        .filter((line) => !line.includes(refund?.refundReference ?? ''))
        .join('\n'),
    );
    await anHourLater();
    await check();
    expect(await openTasks()).toEqual([expect.stringMatching(/is CAPTURED here, but sandbox says notFound/)]);

    // A gateway that does not answer closes nothing.
    await rig.sandbox.kill();
    await check();
    expect(await openTasks()).toHaveLength(1);
    await rig.sandbox.restart();
    await restartWith(books);
    await check();
    expect(await openTasks()).toEqual([]);
  });

  test('a run has no payment on record', async () => {
    const payment = samplePayment({ subscriberId });
    // Nobody works on this queue, so that the run never stores anything.
    const handle = await rig.environment.client.workflow.start(PAYMENT_LIFECYCLE, {
      workflowId: paymentWorkflowId(payment),
      taskQueue: `nobody-${randomUUID()}`,
      args: [payment],
    });
    // A run that was started a moment ago may not have come to its first step yet.
    await check();
    expect(await openTasks()).toEqual([]);
    vi.useFakeTimers({ now: Date.now() + 3600_000, toFake: ['Date'] });
    try {
      await expect
        .poll(async () => (await check()) && openTasks(), { timeout: 20_000, interval: 1000 })
        .toEqual([expect.stringMatching(/run in Temporal is running, but it is not on record/)]);
    } finally {
      vi.useRealTimers();
    }
    await handle.terminate();
    await check();
    expect(await openTasks()).toEqual([]);
  }, 40_000);

  const oldEvent = `
    insert into outbox (subscriber_id, event_type, payload, created_at, fanned_out_at)
    values ($1, 'customerBlocked', '{"customerUuid":"c"}', now() - interval '2 hours', $2) returning event_id`;
  const waitingMail = `
    with delivery as (
      insert into deliveries (event_id, channel, attempts, next_attempt_at)
      values ($1, 'email', 7, now() + interval '15 minutes') returning delivery_id)
    insert into delivery_attempts (delivery_id, at, duration_ms, error)
    select delivery_id, now(), 5, 'the mail server is away' from delivery`;

  test('nobody has settled who hears of an event', async () => {
    const { pool } = rig.database;
    await pool.query(oldEvent, [subscriberId, null]);
    await check();
    expect(await openTasks()).toEqual([
      expect.stringMatching(/customerBlocked\) lies in the outbox .* it was not tried/),
    ]);
    await pool.query('update outbox set fanned_out_at = now() where subscriber_id = $1', [subscriberId]);
    await check();
    expect(await openTasks()).toEqual([]);
  });

  test('a mail is not taken', async () => {
    const { pool } = rig.database;
    const { rows } = await pool.query<{ event_id: string }>(oldEvent, [subscriberId, new Date()]);
    await pool.query(waitingMail, [rows[0]?.event_id]);
    await check();
    expect(await openTasks()).toEqual([
      expect.stringMatching(/customerBlocked\) lies in the outbox .* the mail server is away/),
    ]);
    await pool.query(`update deliveries set state = 'delivered' where event_id = $1`, [rows[0]?.event_id]);
    await check();
    expect(await openTasks()).toEqual([]);
  });

  test('a webhook is due and nobody sends it, but not while its receiver is tried again by and by', async () => {
    const { pool } = rig.database;
    const { rows } = await pool.query<{ event_id: string }>(oldEvent, [subscriberId, new Date()]);
    await pool.query(
      `with endpoint as (
         insert into webhook_endpoints (endpoint_id, subscriber_id, url, secret, created_by)
         values (gen_random_uuid(), $1, 'https://receiver.example', 'sealed', 'ana') returning endpoint_id)
       insert into deliveries (event_id, channel, endpoint_id, attempts, next_attempt_at)
       select $2, 'webhook', endpoint_id, 4, now() + interval '5 hours' from endpoint`,
      [subscriberId, rows[0]?.event_id],
    );
    await check();
    expect(await openTasks()).toEqual([]);
    await pool.query(
      `update deliveries set next_attempt_at = now() - interval '2 hours' where event_id = $1`,
      [rows[0]?.event_id],
    );
    await check();
    expect(await openTasks()).toEqual([expect.stringMatching(/customerBlocked\) lies in the outbox/)]);
  });
});

test('the seal of the audit leaves the installation once a day, and the audit is held to it', async () => {
  const exported = async () =>
    (
      await rig.database.pool.query<{ payload: { hash: string } }>(
        "select payload from outbox where event_type = 'auditSealed' order by created_at",
      )
    ).rows.map(({ payload }) => payload.hash);
  await ended(false);
  await writeBehind("update audit set at = at - interval '10 minutes'", []);
  await check();
  const [first = '', ...others] = await exported();
  expect(others).toEqual([]);
  expect(await isSealed(rig.database.pool, first)).toBe(true);
  await ended(false);
  await writeBehind(
    "update audit set at = at - interval '10 minutes' where at > now() - interval '5 minutes'",
    [],
  );
  await check();
  expect(await exported()).toEqual([first]);
});
