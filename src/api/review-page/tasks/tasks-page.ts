import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { casePath, TASKS_PATH } from '../../../domain/ids.ts';
import { roleMissingFor } from '../../../domain/roles.ts';
import { mayBeClosedByHand, nextSteps, type Task, taskTitles, whyNotClosed } from '../../../domain/task.ts';
import { duration, utc } from '../../../reviews/words.ts';
import { inTransaction } from '../../../store/db/postgres.ts';
import { closeTaskByHand, listTasks } from '../../../store/tasks/tasks.ts';
import { freeText, pageBound } from '../../../wire/fields.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { actorOf } from '../../http/authentication.ts';
import { notAllowed } from '../case/decide.ts';
import { renderDesk } from '../page/render.ts';
import { signedIn, type Visitor } from '../page/session.ts';

const PAGE_SIZE = 25;

const params = z.object({ taskId: pageBound.unwrap() });
const asked = z.object({ before: pageBound, closed: pageBound });
const form = z.object({ reason: freeText(500).regex(/\S/, 'is missing: say how it was settled') });

/** A task that was not closed, and why; what was typed is kept. */
interface Refused {
  readonly taskId: number;
  readonly status: 400 | 403 | 404 | 409;
  readonly text: string;
  readonly reason: string;
}

/** The open tasks, and closing one on the word of the person who is signed in. */
export const tasksPageRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { pool } = deps;

  app.get('/reviews/tasks', { schema: { hide: true, querystring: asked } }, async (request, reply) => {
    const visitor = await signedIn(request, deps);
    const { before, closed } = request.query;
    reply.type('text/html; charset=utf-8');
    return renderTasks(visitor, await openTasksOf(deps, visitor, before), { before, closed });
  });

  app.post('/reviews/tasks/:taskId/close', { schema: { hide: true, params } }, async (request, reply) => {
    const visitor = await signedIn(request, deps);
    const { taskId } = request.params;
    const refuse = async (status: Refused['status'], text: string) => {
      const { reason = '' } = z.record(z.string(), z.string()).catch({}).parse(request.body);
      const refused = { taskId, status, text, reason };
      const page = renderTasks(visitor, await openTasksOf(deps, visitor), { refused });
      return reply.code(status).type('text/html; charset=utf-8').send(page);
    };
    const denied = notAllowed('closeTask', visitor);
    if (denied) return refuse(denied.status, denied.text);
    const given = form.safeParse(request.body);
    if (!given.success)
      return refuse(400, `The reason ${given.error.issues[0]?.message ?? 'cannot be read'}.`);
    const outcome = await inTransaction(pool, (db) =>
      closeTaskByHand(db, visitor.subscriberId, taskId, {
        operator: actorOf(visitor),
        reason: given.data.reason,
      }),
    );
    if (!outcome) return refuse(404, 'There is no such task.');
    if (!outcome.closed) return refuse(409, `${whyNotClosed(outcome.task)}.`);
    return reply.redirect(`${TASKS_PATH}?closed=${taskId}`, 303);
  });
};

function openTasksOf({ pool }: RouteDeps, { subscriberId }: Visitor, before?: number): Promise<Task[]> {
  return listTasks(pool, { subscriberId, state: 'open', before, limit: PAGE_SIZE });
}

interface Shown {
  readonly before?: number | undefined;
  /** The task that was just closed. */
  readonly closed?: number | undefined;
  readonly refused?: Refused;
}

function renderTasks(visitor: Visitor, tasks: readonly Task[], { before, closed, refused }: Shown): string {
  const now = new Date();
  const needed = visitor.roles && roleMissingFor('closeTask', visitor.roles);
  const mayClose = notAllowed('closeTask', visitor) === undefined;
  const last = tasks.length < PAGE_SIZE ? undefined : tasks.at(-1);
  return renderDesk('./tasks/tasks.eta', {
    visitor,
    now: utc(now),
    closed,
    refused,
    isReader: visitor.roles === undefined,
    withheld: needed?.join(' or '),
    isContinued: before !== undefined,
    next: last && `${TASKS_PATH}?before=${last.taskId}`,
    tasks: tasks.map((task) => ({
      ...task,
      title: taskTitles[task.kind],
      since: utc(task.openedAt),
      age: duration((now.getTime() - task.openedAt.getTime()) / 1000),
      nextStep: nextSteps[task.kind],
      closes: mayClose && mayBeClosedByHand(task.kind),
      href: addressOf(task),
      details: Object.entries(task.details).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    })),
  });
}

/** Where its payment is worked on; undefined where it is about no payment. */
function addressOf({ subject, details }: Task): string | undefined {
  const { uniqueReference } = details;
  if (typeof uniqueReference === 'string') return casePath(uniqueReference);
  const [, named] = /^payment:(.+)$/s.exec(subject) ?? [];
  return named === undefined ? undefined : casePath(named);
}
