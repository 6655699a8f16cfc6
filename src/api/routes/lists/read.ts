import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { explainAnswer, type ListKey, listKinds, listVerdicts } from '../../../domain/list-entry.ts';
import { listValue } from '../../../rules/list-value.ts';
import { listEntries, lookUp } from '../../../store/lists/lists.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { InvalidRequest } from '../../../wire/invalid-request.ts';
import { pageBound, pageLimit, requiredText } from '../../../wire/fields.ts';
import { trailer, trailerFields, failures, kontoCloudSecurity } from '../../formats/kontocloud/responses.ts';
import { entryAnswer, entryFields } from './entry.ts';

const asked = requiredText(512).exactOptional();

const lookUpBody = z
  .object({ customer: asked, cardFingerprint: asked, ip: asked, card: asked, name: asked })
  .meta({ examples: [{ ip: '203.0.113.7', customer: 'customer-1' }] });

const lookUpAnswer = z
  .object({
    verdict: z.enum([...listVerdicts, 'none']),
    blocked: z.boolean(),
    explanation: z.string().describe('The answer in one sentence'),
    decidedBy: entryFields.nullable().describe('The strongest match: the verdict is what it says'),
    matches: z.array(entryFields).describe('Every match, strongest first'),
    ...trailerFields,
  })
  .describe('What the lists say now');

const query = z.object({
  kind: z.enum(listKinds).exactOptional(),
  verdict: z.enum(listVerdicts).exactOptional(),
  before: pageBound,
  limit: pageLimit,
});

const page = z
  .object({
    entries: z.array(entryFields).describe('Newest first'),
    next: z.int().nullable().describe('To be given as "before" for the next page; null: this was the last'),
    ...trailerFields,
  })
  .describe('Entries that count now: not removed, not expired');

/** Looking a customer up, and reading the lists page by page. */
export const readRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool, cardFingerprint }) => {
  // A POST, so that what is looked up stands in no log of addresses.
  app.post(
    '/lists/lookup',
    {
      config: { scope: 'lists.read' },
      schema: {
        tags: ['lists'],
        operationId: 'lookUpInLists',
        summary: 'Is it blocked, and why',
        description:
          "What the lists say of a payment with these values. A customer's own block is another matter: see GET …/customer/{customerUuid}/block.",
        security: kontoCloudSecurity,
        body: lookUpBody,
        response: { 200: lookUpAnswer, ...failures },
      },
    },
    async (request) => {
      const keys: ListKey[] = [];
      for (const kind of listKinds) {
        const text = request.body[kind];
        if (text === undefined) continue;
        const read = listValue(kind, text, cardFingerprint);
        if ('problem' in read) throw new InvalidRequest([{ field: kind, text: read.problem }]);
        keys.push({ kind, value: read.value });
      }
      if (keys.length === 0) {
        throw new InvalidRequest([
          { field: 'body', text: `names nothing to look up: ${listKinds.join(', ')}` },
        ]);
      }
      const answer = await lookUp(pool, callerOf(request).subscriberId, keys);
      return {
        verdict: answer.verdict,
        blocked: answer.verdict === 'block' || answer.verdict === 'absoluteBlock',
        explanation: explainAnswer(answer),
        decidedBy: answer.decidedBy === null ? null : entryAnswer(answer.decidedBy),
        matches: answer.matches.map(entryAnswer),
        ...trailer(request.id),
      };
    },
  );

  app.get(
    '/lists',
    {
      config: { scope: 'lists.read' },
      schema: {
        tags: ['lists'],
        operationId: 'listEntries',
        summary: 'Show the entries, page by page',
        security: kontoCloudSecurity,
        querystring: query,
        response: { 200: page, ...failures },
      },
    },
    async (request) => {
      const { limit } = request.query;
      const entries = await listEntries(pool, callerOf(request).subscriberId, request.query);
      const next = entries.length < limit ? null : (entries.at(-1)?.entryId ?? null);
      return { entries: entries.map(entryAnswer), next, ...trailer(request.id) };
    },
  );
};
