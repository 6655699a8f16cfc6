import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listKinds, listVerdicts } from '../../../domain/list-entry.ts';
import { readEntry } from '../../../lists/entry-text.ts';
import { addListEntryChange, removeListEntryChange } from '../../../store/changes/kinds/lists.ts';
import { makeChange } from '../../../store/changes/make-change.ts';
import { actorOf, callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { InvalidRequest } from '../../../wire/invalid-request.ts';
import { freeText, requiredText, rowNumber, text } from '../../../wire/fields.ts';
import {
  trailer,
  trailerFields,
  failures,
  notFound,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';
import { invalidParameter } from '../../../wire/response-codes.ts';
import { proposedAnswer, proposedAnswerOf } from '../changes/change.ts';
import { entryAnswer, entryFields } from './entry.ts';

const addBody = z
  .object({
    kind: z.enum(listKinds),
    value: requiredText(512).describe(
      'The customerUuid; the card token, or its fingerprint (fp_…); an address or network; "4242:Ana Lima"; a name',
    ),
    verdict: z.enum(listVerdicts).describe('absoluteBlock beats allow, allow beats block'),
    reason: freeText(500).min(1),
    expiresAt: text(64).default('').describe('ISO 8601; left out: until it is removed'),
  })
  .meta({
    examples: [
      {
        kind: 'ip',
        value: '203.0.113.0/24',
        verdict: 'block',
        reason: 'card testing on 3 March',
        expiresAt: '2099-12-31T12:00Z',
      },
    ],
  });

const addAnswer = z
  .object({
    added: z.boolean().describe('false: it was listed before, and is left as it was'),
    entry: entryFields,
    ...trailerFields,
  })
  .describe('The entry as it is listed');

const removeAnswer = z.object({ entry: entryFields, ...trailerFields }).describe('What is no longer listed');

const params = z.object({ entryId: rowNumber('entry') });

/** Adding to the lists, and taking off them. Both are in the audit with the user of the call and the reason. */
export const changeRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool, cardFingerprint }) => {
  app.post(
    '/lists',
    {
      config: { scope: 'lists.write' },
      schema: {
        tags: ['lists'],
        operationId: 'addListEntry',
        summary: 'Add an entry',
        description: 'Holds from the next decision on. Repeating the call changes nothing.',
        security: kontoCloudSecurity,
        body: addBody,
        response: { 200: addAnswer, 202: proposedAnswer, ...failures },
      },
    },
    async (request, reply) => {
      const read = readEntry(request.body, cardFingerprint, new Date());
      if ('problems' in read) throw new InvalidRequest(read.problems);
      const caller = callerOf(request);
      const by = { actor: actorOf(caller), reason: read.entry.reason };
      const made = await makeChange(pool, addListEntryChange, caller.subscriberId, read.entry, by);
      if ('proposed' in made) return reply.code(202).send(proposedAnswerOf(made.proposed, request.id));
      const { added, entry } = made.done;
      return { added, entry: entryAnswer(entry), ...trailer(request.id) };
    },
  );

  app.post(
    '/lists/:entryId/remove',
    {
      config: { scope: 'lists.write' },
      schema: {
        tags: ['lists'],
        operationId: 'removeListEntry',
        summary: 'Remove an entry',
        description: 'From the next decision on it no longer counts; the record of it stays.',
        security: kontoCloudSecurity,
        params,
        body: z
          .object({ reason: freeText(500).min(1) })
          .meta({ examples: [{ reason: 'the customer has paid' }] }),
        response: {
          200: removeAnswer,
          202: proposedAnswer,
          ...failures,
          404: notFound.describe('0002: the caller has no such entry, or it was removed before'),
        },
      },
    },
    async (request, reply) => {
      const { entryId } = request.params;
      const caller = callerOf(request);
      const by = { actor: actorOf(caller), reason: request.body.reason };
      const made = await makeChange(pool, removeListEntryChange, caller.subscriberId, { entryId }, by);
      if ('proposed' in made) return reply.code(202).send(proposedAnswerOf(made.proposed, request.id));
      const entry = made.done;
      if (!entry) throw invalidParameter(404, 'entryId', 'there is no such entry on the lists');
      return { entry: entryAnswer(entry), ...trailer(request.id) };
    },
  );
};
