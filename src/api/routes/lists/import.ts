import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { importEntries, ImportRefused, LARGEST_IMPORT_BYTES } from '../../../lists/import.ts';
import { changeFields, proposedAnswerOf } from '../changes/change.ts';
import { actorOf, callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { InvalidRequest } from '../../../wire/invalid-request.ts';
import { trailer, trailerFields, failures, kontoCloudSecurity } from '../../formats/kontocloud/responses.ts';

const report = z
  .object({
    dryRun: z.boolean(),
    rows: z.int(),
    added: z.int(),
    alreadyListed: z.int().describe('Listed before, or earlier in the file: left as it was'),
    rejected: z.int(),
    rejectedLines: z.array(z.object({ line: z.int(), why: z.string() })).readonly(),
    ...trailerFields,
  })
  .describe('What became of each row');

const proposedReport = report
  .extend({ proposed: changeFields })
  .describe(
    'Nothing is added yet: it takes two people. Another one confirms it with POST /changes/{changeId}/confirm',
  );

const query = z.object({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});

/** A file of entries at once. */
export const importRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool, cardFingerprint }) => {
  app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, text, done) => done(null, text));

  app.post(
    '/lists/import',
    {
      bodyLimit: LARGEST_IMPORT_BYTES,
      config: { scope: 'lists.write' },
      schema: {
        tags: ['lists'],
        operationId: 'importListEntries',
        summary: 'Import entries from CSV',
        description:
          'The first line names the columns: kind,value,verdict,reason,expiresAt. A line that cannot be taken is ' +
          'reported and the others are added. Where the answer is lost, send the file again: nothing is added twice.',
        security: kontoCloudSecurity,
        consumes: ['text/csv'],
        querystring: query,
        body: z.string('must be sent as text/csv').meta({
          examples: [
            'kind,value,verdict,reason,expiresAt\nip,203.0.113.0/24,block,card testing,2099-12-31\n',
          ],
        }),
        response: { 200: report, 202: proposedReport, ...failures },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { subscriberId } = caller;
      const { dryRun } = request.query;
      const options = { fingerprint: cardFingerprint, dryRun };
      try {
        const editor = { subscriberId, actor: actorOf(caller) };
        const { proposed, ...counts } = await importEntries(pool, editor, request.body, options);
        if (proposed) return reply.code(202).send({ ...counts, ...proposedAnswerOf(proposed, request.id) });
        return { ...counts, ...trailer(request.id) };
      } catch (error) {
        if (error instanceof ImportRefused)
          throw new InvalidRequest([{ field: 'body', text: error.message }]);
        throw error;
      }
    },
  );
};
