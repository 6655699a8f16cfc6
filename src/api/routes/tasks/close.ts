import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { whyNotClosed } from '../../../domain/task.ts';
import { inTransaction } from '../../../store/db/postgres.ts';
import { closeTaskByHand } from '../../../store/tasks/tasks.ts';
import { callerOf, signatureOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { operatorField, rowNumber, whyField } from '../../../wire/fields.ts';
import {
  trailer,
  trailerFields,
  conflict,
  failures,
  notFound,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';
import { invalidParameter } from '../../../wire/response-codes.ts';
import { taskAnswer, taskFields } from './task.ts';

const params = z.object({ taskId: rowNumber('task') });

const body = z
  .object({
    operator: operatorField(255),
    reason: whyField(500),
  })
  .meta({ examples: [{ operator: 'ana', reason: 'paid by bank transfer on 3 March, reference 4711' }] });

const answer = z.object({ task: taskFields, ...trailerFields }).describe('The task as it was closed');

/** Closing a task on a person's word. */
export const closeTaskRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.post(
    '/tasks/:taskId/close',
    {
      config: { scope: 'tasks.close' },
      schema: {
        tags: ['tasks'],
        operationId: 'closeTask',
        summary: 'Close a task',
        description: 'It stays closed as long as nothing new is known of its subject.',
        security: kontoCloudSecurity,
        params,
        body,
        response: {
          200: answer,
          ...failures,
          404: notFound.describe('0002: the caller has no such task'),
          409: conflict.describe('0002: it was closed before, or only what settles it closes it'),
        },
      },
    },
    async (request) => {
      const { taskId } = request.params;
      const caller = callerOf(request);
      const { subscriberId, userId, known, roles } = caller;
      const { operator: name, reason } = signatureOf(caller, request.body);
      const by = { operator: { name, known }, reason, ...(roles === undefined && { user: userId }) };
      const outcome = await inTransaction(pool, (db) => closeTaskByHand(db, subscriberId, taskId, by));
      if (!outcome) throw invalidParameter(404, 'taskId', 'there is no such task');
      const { closed, task } = outcome;
      if (!closed) throw invalidParameter(409, 'taskId', whyNotClosed(task));
      return { task: taskAnswer(task), ...trailer(request.id) };
    },
  );
};
