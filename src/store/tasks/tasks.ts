import { z } from 'zod';
import {
  closedByWhatSettlesIt,
  type NewTask,
  nextSteps,
  type Task,
  type TaskKind,
  taskKinds,
} from '../../domain/task.ts';
import { type Actor, recordedActor, type User, userName } from '../../domain/people.ts';
import { audit } from '../books/append.ts';
import { publish } from '../notifications/outbox.ts';
import type { Queryable } from '../db/postgres.ts';

/**
 * Opens a task, or brings the open one up to date; in the transaction of what it comes from. What a person has closed
 * stays closed while nothing new is known: a check that finds the same again says nothing new.
 * @returns whether it is a new one
 */
export async function openTask(db: Queryable, task: NewTask): Promise<boolean> {
  return (await openFound(db, [task])) === 1;
}

/**
 * Opens what one check has found, as {@link openTask} does each; in the transaction of the check. What is new of a
 * subscriber's is published as one event, and so is one mail.
 * @returns how many are new
 */
export async function openFound(db: Queryable, found: readonly NewTask[]): Promise<number> {
  const opened = new Map<string, OpenedTask[]>();
  for (const task of found) {
    const taskId = await putTask(db, task);
    if (taskId === undefined) continue;
    const { subscriberId, kind, summary } = task;
    opened.set(subscriberId, [...(opened.get(subscriberId) ?? []), { taskId, kind, summary }]);
  }
  for (const [subscriberId, tasks] of opened) await announce(db, subscriberId, tasks);
  return [...opened.values()].flat().length;
}

interface OpenedTask {
  readonly taskId: number;
  readonly kind: TaskKind;
  readonly summary: string;
}

async function announce(db: Queryable, subscriberId: string, opened: readonly OpenedTask[]): Promise<void> {
  // A failed refund has a mail of its own.
  const tasks = opened.filter(({ kind }) => kind !== 'refundFailed');
  const [first, second] = tasks;
  if (first === undefined) return;
  const occasion = String(first.taskId);
  if (second === undefined) {
    await publish(db, subscriberId, 'taskOpened', occasion, { ...first, nextStep: nextSteps[first.kind] });
  } else {
    const shown = tasks.slice(0, MOST_SHOWN);
    await publish(db, subscriberId, 'tasksOpened', occasion, {
      total: tasks.length,
      taskIds: shown.map(({ taskId }) => taskId),
      summaries: shown.map(({ summary }) => summary),
    });
  }
}

const MOST_SHOWN = 20;

/** @returns the task's id where it is a new one */
async function putTask(db: Queryable, task: NewTask): Promise<number | undefined> {
  const { subscriberId, kind, subject, summary, details } = task;
  const { rows } = await db.query<{ id: number; is_new: boolean }>(
    `insert into tasks (subscriber_id, kind, subject, summary, details)
     select $1, $2, $3, $4, $5
      where not exists (
        select from (select closed_by_hand, details from tasks
                      where kind = $2 and subject = $3 and subscriber_id = $1 order by id desc limit 1) as latest
         where closed_by_hand and latest.details = $5::jsonb)
     on conflict (kind, subject, subscriber_id) where closed_at is null
       do update set summary = excluded.summary, details = excluded.details where tasks.details <> excluded.details
     returning id, xmax = 0 as is_new`,
    [subscriberId, kind, subject, summary, details],
  );
  const opened = rows[0];
  if (!opened?.is_new) return undefined;
  await audit(db, {
    ...about(task, opened.id),
    action: 'openTask',
    actor: { part: 'worker' },
    details: { kind, subject },
  });
  return opened.id;
}

/** What names a task: as long as it is open, there is one. */
export type TaskName = Pick<NewTask, 'subscriberId' | 'kind' | 'subject'>;

/**
 * Closes an open task whose cause is gone, in the transaction of what ended it.
 * @param reason what became of it
 * @returns whether there was one
 */
export async function closeTask(
  db: Queryable,
  { subscriberId, kind, subject }: TaskName,
  closedBy: Actor,
  reason: string,
): Promise<boolean> {
  const { rows } = await db.query<{ id: number }>(
    `update tasks set closed_at = now(), closed_by = $4, closing_reason = $5, closed_by_hand = false
      where kind = $2 and subject = $3 and subscriber_id = $1 and closed_at is null returning id`,
    [subscriberId, kind, subject, recordedActor(closedBy).name, reason],
  );
  if (!rows[0]) return false;
  await audit(db, {
    ...about({ subscriberId }, rows[0].id),
    action: 'closeTask',
    actor: closedBy,
    details: { reason },
  });
  return true;
}

/** Who closes a task by hand, and why. */
export interface Closing {
  readonly operator: User;
  readonly reason: string;
  /** The user of the call, where there is one. */
  readonly user?: string;
}

/**
 * Closes a task on a person's word, in a transaction of the caller's.
 * @returns undefined where the subscriber has no such task; one that was closed before comes back as it was closed
 */
export async function closeTaskByHand(
  db: Queryable,
  subscriberId: string,
  taskId: number,
  { operator, reason, user }: Closing,
): Promise<{ readonly closed: boolean; readonly task: Task } | undefined> {
  const { rows } = await db.query(
    `update tasks set closed_at = now(), closed_by = $3, closing_reason = $4, closed_by_hand = true
      where subscriber_id = $1 and id = $2 and closed_at is null and kind <> all($5) returning *`,
    [subscriberId, taskId, userName(operator), reason, closedByWhatSettlesIt],
  );
  const closed = rows[0] !== undefined;
  if (closed) {
    const details = user === undefined ? { reason } : { reason, user };
    await audit(db, { ...about({ subscriberId }, taskId), action: 'closeTask', actor: operator, details });
  }
  const task = closed ? taskOf(rows[0]) : await taskById(db, subscriberId, taskId);
  return task && { closed, task };
}

/** Which tasks to list. */
export interface TaskPage {
  /** Left out: of every subscriber, and of none. */
  readonly subscriberId?: string | undefined;
  readonly kind?: TaskKind | undefined;
  readonly state: 'open' | 'closed' | 'all';
  /** Only those before this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Tasks, newest first. */
export async function listTasks(db: Queryable, page: TaskPage): Promise<Task[]> {
  const { rows } = await db.query(
    `select * from tasks
      where ($1::text is null or subscriber_id = $1) and ($2::text is null or kind = $2)
        and ($3 = 'all' or (closed_at is null) = ($3 = 'open')) and ($4::bigint is null or id < $4)
      order by id desc limit $5`,
    [page.subscriberId ?? null, page.kind ?? null, page.state, page.before ?? null, page.limit],
  );
  return rows.map(taskOf);
}

/** How many of the subscriber's tasks are open. */
export async function countOpenTasks(db: Queryable, subscriberId: string): Promise<number> {
  const { rows } = await db.query(
    'select count(*) as count from tasks where subscriber_id = $1 and closed_at is null',
    [subscriberId],
  );
  return z.object({ count: z.int() }).parse(rows[0]).count;
}

/** Every open task of some kinds; those about one gateway, or one payment, are found by their details. */
export async function openTasks(db: Queryable, kinds: readonly TaskKind[]): Promise<Task[]> {
  const { rows } = await db.query(
    'select * from tasks where closed_at is null and kind = any($1) order by id',
    [kinds],
  );
  return rows.map(taskOf);
}

async function taskById(db: Queryable, subscriberId: string, taskId: number): Promise<Task | undefined> {
  const { rows } = await db.query('select * from tasks where subscriber_id = $1 and id = $2', [
    subscriberId,
    taskId,
  ]);
  return rows[0] === undefined ? undefined : taskOf(rows[0]);
}

function about({ subscriberId }: Pick<NewTask, 'subscriberId'>, taskId: number) {
  return { subscriberId, subject: `task:${taskId}` };
}

const rowSchema = z.object({
  id: z.number(),
  subscriber_id: z.string(),
  kind: z.enum(taskKinds),
  subject: z.string(),
  summary: z.string(),
  details: z.record(z.string(), z.unknown()),
  opened_at: z.date(),
  closed_at: z.date().nullable(),
  closed_by: z.string().nullable(),
  closing_reason: z.string().nullable(),
});

function taskOf(raw: unknown): Task {
  const row = rowSchema.parse(raw);
  return {
    taskId: row.id,
    subscriberId: row.subscriber_id,
    kind: row.kind,
    subject: row.subject,
    summary: row.summary,
    details: row.details,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    closedBy: row.closed_by,
    closingReason: row.closing_reason,
  };
}
