import { readFileSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PaymentBlockClient } from '../../src/client/index.ts';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import type { ReconciliationReport } from '../../src/domain/reconciliation.ts';
import type { ReconcileRequest } from '../../src/temporal/contract.ts';
import { ensureSchedules } from '../../src/temporal/schedules.ts';
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

const command = { refundAmount: true, operator: 'ana', reason: 'fraud' };
const NOW = () => new Date(Date.now() + 60_000).toISOString();

/** A payment that the gateway has paid back; its refund's reference. */
async function refunded(payment: BlockedPayment): Promise<string> {
  await client.blockPayment(payment);
  await client.unblockPayment(payment, command);
  await rig.environment.client.workflow.getHandle(paymentWorkflowId(payment)).result();
  return (await refundOfPayment(rig.database.pool, payment))?.refundReference ?? '';
}

const heldPayment = () =>
  samplePayment({ subscriberId: 'shop', amount: { minor: 200_000, currency: 'EUR' } });

async function reconcile(request: ReconcileRequest = { to: NOW() }): Promise<ReconciliationReport> {
  const [report] = await client.reconcile(request, () => {});
  if (!report) throw new Error('no gateway was compared');
  return report;
}

/** Changes the gateway's books behind its back, and opens it again. */
async function cookTheBooks(change: (lines: string[]) => string[]): Promise<void> {
  await rig.sandbox.kill();
  const lines = readFileSync(rig.sandbox.booksFile, 'utf8').trimEnd().split('\n');
  writeFileSync(
    rig.sandbox.booksFile,
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
  await rig.sandbox.restart();
}

async function openTasks() {
  const tasks = await listTasks(rig.database.pool, { state: 'open', limit: 100 });
  return tasks.map(({ kind, subject, subscriberId }) => ({ kind, subject, subscriberId }));
}

test('what both sides have agrees; every difference is a task that tells what to do, and closes once it is gone', async () => {
  const last = heldPayment();
  const [good, gone, changed, reversed] = await Promise.all(
    [heldPayment(), heldPayment(), heldPayment(), last].map(refunded),
  );
  const agreed = await reconcile();
  expect(agreed).toMatchObject({ gateway: 'sandbox', tasksOpened: 0, differences: [] });
  expect(agreed.totals).toEqual([
    { outcome: 'matched', currency: 'EUR', refunds: 4, ours: 800_000, theirs: 800_000 },
  ]);

  const books = readFileSync(rig.sandbox.booksFile, 'utf8');
  const unknown = randomUUID();
  await cookTheBooks((lines) => {
    const template = lines.find((line) => line.includes(good ?? '')) ?? '';
    return [
      ...lines
        .filter((line) => !line.includes(gone ?? ''))
        .map((line) =>
          line.includes(changed ?? '')
            ? line.replace('"amountMinor":200000', '"amountMinor":200001')
            : line.includes(reversed ?? '')
              ? line.replace('"settlesAs":"captured"', '"settlesAs":"declined"')
              : line,
        ),
      template
        .replace(/"id":"[^"]*"/, `"id":"${unknown}"`)
        .replace(good ?? '', 'nobody')
        .replace(/"idempotencyKey":"[^"]*"/, '"idempotencyKey":"k"'),
    ];
  });
  const differing = await reconcile();
  expect(differing.counts).toEqual({
    matched: 1,
    missingHere: 1,
    missingThere: 1,
    amountDiffers: 1,
    statusDiffers: 1,
  });
  expect(differing.tasksOpened).toBe(4);
  const expected = [
    { kind: 'statusDiffers', subject: `refund:${reversed}`, subscriberId: 'shop' },
    { kind: 'amountDiffers', subject: `refund:${changed}`, subscriberId: 'shop' },
    { kind: 'missingThere', subject: `refund:${gone}`, subscriberId: 'shop' },
    { kind: 'missingHere', subject: `gatewayRefund:sandbox:${unknown}`, subscriberId: '*' },
  ];
  expect(await openTasks()).toEqual(expect.arrayContaining(expected));
  for (const { nextStep } of differing.differences) expect(nextStep).not.toBe('');

  // A payment that is told of what the gateway took back is held again, and then both sides agree.
  await expect
    .poll(async () => (await refundOfPayment(rig.database.pool, last))?.status, { timeout: 20_000 })
    .toBe('DECLINED');
  expect(await reconcile()).toMatchObject({ tasksOpened: 0, tasksClosed: 1 });
  // The same day's run again repeats nothing.
  expect(await reconcile()).toMatchObject({ tasksOpened: 0, tasksClosed: 0 });
  expect(await openTasks()).toHaveLength(3);

  const asReversed = (line: string) =>
    line.includes(reversed ?? '') ? line.replace('"settlesAs":"captured"', '"settlesAs":"declined"') : line;
  await cookTheBooks(() => books.trimEnd().split('\n').map(asReversed));
  expect(await reconcile()).toMatchObject({ counts: agreed.counts, tasksClosed: 2 });
  // What the gateway no longer has is nothing that was compared: a person has to say what it was.
  expect(await openTasks()).toEqual([expected[3]]);

  const { rows } = await rig.database.pool.query<{ matched: number }>(
    'select matched from reconciliation_runs order by finished_at',
  );
  expect(rows.map(({ matched }) => matched)).toEqual([4, 1, 2, 2, 4]);
  await client.unblockPayment(last, { ...command, refundAmount: false });
});

test('a gateway that is not configured is told by its name', async () => {
  await expect(reconcile({ gateway: 'elsewhere' })).rejects.toThrow(
    'elsewhere could not be compared: no gateway is called elsewhere in the configuration',
  );
});

test('it runs by a daily schedule, the check by one every few minutes, and neither beside itself', async () => {
  const { schedule } = rig.environment.client;
  await ensureSchedules(rig.environment.client, rig.taskQueue);
  await ensureSchedules(rig.environment.client, rig.taskQueue);
  const before = await runsOnRecord();
  for (const scheduleId of ['reconcile', 'check-consistency']) {
    expect((await schedule.getHandle(scheduleId).describe()).policies.overlap).toBe('SKIP');
  }
  await schedule.getHandle('reconcile').trigger();
  await expect.poll(runsOnRecord, { timeout: 20_000 }).toBe(before + 1);
});

async function runsOnRecord(): Promise<number> {
  return (await rig.database.pool.query('select from reconciliation_runs')).rowCount ?? 0;
}
