import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { changeStates } from '../../../domain/proposed-change.ts';
import { proposedChanges, requireChange } from '../../../store/changes/proposed-changes.ts';
import { pageBound, pageLimit } from '../../../wire/fields.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import {
  failures,
  kontoCloudSecurity,
  notFound,
  trailer,
  trailerFields,
} from '../../formats/kontocloud/responses.ts';
import { callerOf } from '../../http/authentication.ts';
import { changeFields, changeFieldsOf, changeParams } from './change.ts';

const query = z.object({
  state: z.enum([...changeStates, 'all']).default('open'),
  before: pageBound,
  limit: pageLimit,
});

const page = z
  .object({
    changes: z.array(changeFields).describe('Newest first'),
    next: z.int().nullable().describe('To be given as "before" for the next page; null: this was the last'),
    ...trailerFields,
  })
  .describe("The caller's proposed changes");

const one = z
  .object({
    change: changeFields.extend({
      content: z.unknown().describe('What is carried out; secrets are left out'),
      before: z.unknown().describe('What it changes, as it was when it was proposed'),
    }),
    ...trailerFields,
  })
  .describe('All that a second person has to know');

/** What was proposed, page by page, and one in full. */
export const readChangeRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.get(
    '/changes',
    {
      config: { scope: 'changes.read' },
      schema: {
        tags: ['changes'],
        operationId: 'listChanges',
        summary: 'Show what waits for a second person',
        security: kontoCloudSecurity,
        querystring: query,
        response: { 200: page, ...failures },
      },
    },
    async (request) => {
      const { subscriberId } = callerOf(request);
      const { limit } = request.query;
      const changes = await proposedChanges(pool, { subscriberId, ...request.query });
      const next = changes.length < limit ? null : (changes.at(-1)?.changeId ?? null);
      return { changes: changes.map(changeFieldsOf), next, ...trailer(request.id) };
    },
  );

  app.get(
    '/changes/:changeId',
    {
      config: { scope: 'changes.read' },
      schema: {
        tags: ['changes'],
        operationId: 'showChange',
        summary: 'Show a proposed change',
        security: kontoCloudSecurity,
        params: changeParams,
        response: { 200: one, ...failures, 404: notFound },
      },
    },
    async (request) => {
      const change = await requireChange(pool, callerOf(request).subscriberId, request.params.changeId);
      const { content, before } = change;
      return { change: { ...changeFieldsOf(change), content, before }, ...trailer(request.id) };
    },
  );
};
