import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewTask } from '../../../src/domain/task.ts';
import { insertPayment } from '../../../src/store/payments/payments.ts';
import { inTransaction, type Queryable } from '../../../src/store/db/postgres.ts';
import type { RefundKnowledge } from '../../../src/store/refunds/refunds.ts';
import {
  closeTask,
  closeTaskByHand,
  listTasks,
  openFound,
  openTask,
} from '../../../src/store/tasks/tasks.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { samplePayment } from '../../../tools/payments.ts';
import { steps } from '../../support/steps.ts';
import { type Actor, THE_GATEWAY } from '../../../src/domain/people.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const step = <T>(work: (db: Queryable) => Promise<T>) => inTransaction(database.pool, work);
const open = (task: NewTask) => step((db) => openTask(db, task));
const tasksOf = (subscriberId: string, state: 'open' | 'closed' | 'all' = 'all') =>
  listTasks(database.pool, { subscriberId, state, limit: 10 });

function difference(changes: Partial<NewTask> = {}): NewTask {
  return {
    subscriberId: `subscriber-${randomUUID()}`,
    kind: 'missingThere',
    subject: 'refund:r',
    summary: 'it is not there',
    details: { here: 'CAPTURED' },
    ...changes,
  };
}

test('what one check finds is one event a subscriber, which names the new ones; a single one says what to do', async () => {
  const [one, other] = [difference().subscriberId, difference().subscriberId];
  await open(difference({ subscriberId: one, subject: 'refund:known' }));
  const found = Array.from({ length: 25 }, (_, index) =>
    difference({ subscriberId: one, subject: `refund:${index}` }),
  );
  const check = [
    ...found,
    difference({ subscriberId: one, subject: 'refund:known' }),
    difference({ subscriberId: other }),
  ];
  expect(await step((db) => openFound(db, check))).toBe(26);
  const eventsOf = async (subscriberId: string) =>
    (
      await database.pool.query<{ event_type: string; payload: { taskIds?: unknown[] } }>(
        'select event_type, payload from outbox where subscriber_id = $1 order by created_at',
        [subscriberId],
      )
    ).rows;
  expect(await eventsOf(one)).toMatchObject([
    { event_type: 'taskOpened' },
    { event_type: 'tasksOpened', payload: { total: 25 } },
  ]);
  expect((await eventsOf(one))[1]?.payload.taskIds).toHaveLength(20);
  expect(await eventsOf(other)).toMatchObject([
    {
      event_type: 'taskOpened',
      payload: { kind: 'missingThere', nextStep: expect.stringContaining('gateway') },
    },
  ]);
});

test('what is found again every day, also by many at once, is one task and one mail', async () => {
  const task = difference();
  const found = await Promise.all(Array.from({ length: 8 }, () => open(task)));
  expect(found.filter((isNew) => isNew)).toHaveLength(1);
  expect(await open({ ...task, summary: 'it is still not there', details: { here: 'DECLINED' } })).toBe(
    false,
  );
  expect(await tasksOf(task.subscriberId)).toMatchObject([
    { summary: 'it is still not there', closedAt: null },
  ]);
  const { rows } = await database.pool.query('select event_type from outbox where subscriber_id = $1', [
    task.subscriberId,
  ]);
  expect(rows).toEqual([{ event_type: 'taskOpened' }]);
});

test('a task whose cause is gone closes with that as its end, and the same again is a new one', async () => {
  const task = difference();
  await open(task);
  const close = () => step((db) => closeTask(db, task, 'reconciliation', 'it is there now'));
  expect([await close(), await close()]).toEqual([true, false]);
  expect(await open(task)).toBe(true);
  expect(await tasksOf(task.subscriberId)).toMatchObject([
    { closedAt: null },
    { closedBy: 'reconciliation', closingReason: 'it is there now' },
  ]);
});

test("a person's word holds as long as nothing new is known, and stands in the audit", async () => {
  const task = difference();
  await open(task);
  const [opened] = await tasksOf(task.subscriberId);
  const taskId = opened?.taskId ?? 0;
  const close = (subscriberId: string) =>
    step((db) =>
      closeTaskByHand(db, subscriberId, taskId, {
        operator: 'ana',
        reason: 'paid by transfer',
        user: 'till',
      }),
    );
  expect(await close('another')).toBeUndefined();
  expect(await close(task.subscriberId)).toMatchObject({ closed: true, task: { closedBy: 'ana' } });
  expect(await close(task.subscriberId)).toMatchObject({
    closed: false,
    task: { closingReason: 'paid by transfer' },
  });
  expect(await open(task)).toBe(false);
  expect(await open({ ...task, details: { here: 'DECLINED' } })).toBe(true);
  const { rows } = await database.pool.query(
    `select action, actor, details ->> 'user' as "user" from audit where subscriber_id = $1 and subject = $2 order by id`,
    [task.subscriberId, `task:${taskId}`],
  );
  expect(rows).toEqual([
    { action: 'openTask', actor: 'worker', user: null },
    { action: 'closeTask', actor: 'ana', user: 'till' },
  ]);
  await expect(database.pool.query('delete from tasks')).rejects.toThrow('never deleted');
  await expect(
    database.pool.query(`update tasks set closing_reason = 'x' where id = $1`, [taskId]),
  ).rejects.toThrow('never changes');
});

test('a refund is a task for as long as it is FAILED, and only what settles it closes the task', async () => {
  const payment = samplePayment({ subscriberId: 'failing' });
  const refundReference = randomUUID();
  await step((db) => insertPayment(db, payment));
  await step((db) =>
    steps.startRefund(db, payment, {
      refundReference,
      decision: {
        refundAmount: true,
        operator: 'ana',
        reason: 'fraud',
        decidedBy: 'operator',
      },
    }),
  );
  const record = (status: RefundKnowledge['status'], actor: Actor, outcome: RefundKnowledge['outcome']) =>
    step((db) => steps.recordRefund(db, payment, { refundReference, status, outcome, actor }));
  const nothing = { kind: 'unknown', reason: 'no answer' } as const;
  await record('FAILED', THE_GATEWAY, nothing);
  await record('FAILED', THE_GATEWAY, nothing);
  const [task] = await tasksOf('failing', 'open');
  expect(task).toMatchObject({
    kind: 'refundFailed',
    subject: `refund:${refundReference}`,
    summary: expect.stringContaining('no answer'),
  });
  const byHand = { operator: 'ana', reason: 'never mind' };
  expect(await step((db) => closeTaskByHand(db, 'failing', task?.taskId ?? 0, byHand))).toMatchObject({
    closed: false,
  });
  await expect(
    database.pool.query(
      `update tasks set closed_at = now(), closed_by = 'ana', closing_reason = 'x', closed_by_hand = true where id = $1`,
      [task?.taskId],
    ),
  ).rejects.toThrow('check constraint');

  await record('PENDING', 'ben', nothing);
  await record('FAILED', THE_GATEWAY, nothing);
  await record('CAPTURED', 'carla', { kind: 'paid', gatewayReference: 'g', processed: payment.amount });
  expect(await tasksOf('failing')).toMatchObject([
    { closedBy: 'carla', closingReason: 'the refund is CAPTURED now' },
    { closedBy: 'ben', closingReason: 'the refund is PENDING now' },
  ]);
});
