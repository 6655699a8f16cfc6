import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { taskKinds } from '../../../domain/task.ts';
import { listTasks } from '../../../store/tasks/tasks.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { pageBound, pageLimit } from '../../../wire/fields.ts';
import { trailer, trailerFields, failures, kontoCloudSecurity } from '../../formats/kontocloud/responses.ts';
import { taskAnswer, taskFields } from './task.ts';

const query = z.object({
  state: z.enum(['open', 'closed', 'all']).default('open'),
  kind: z.enum(taskKinds).exactOptional(),
  before: pageBound,
  limit: pageLimit,
});

const page = z
  .object({
    tasks: z.array(taskFields).describe('Newest first'),
    next: z.int().nullable().describe('To be given as "before" for the next page; null: this was the last'),
    ...trailerFields,
  })
  .describe("The caller's tasks");

/** The tasks, page by page. */
export const listTasksRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.get(
    '/tasks',
    {
      config: { scope: 'tasks.read' },
      schema: {
        tags: ['tasks'],
        operationId: 'listTasks',
        summary: 'Show what needs a person',
        description: 'Held payments are not among them: they are in review.',
        security: kontoCloudSecurity,
        querystring: query,
        response: { 200: page, ...failures },
      },
    },
    async (request) => {
      const { subscriberId } = callerOf(request);
      const tasks = await listTasks(pool, { subscriberId, ...request.query });
      const next = tasks.length < request.query.limit ? null : (tasks.at(-1)?.taskId ?? null);
      return { tasks: tasks.map(taskAnswer), next, ...trailer(request.id) };
    },
  );
};
