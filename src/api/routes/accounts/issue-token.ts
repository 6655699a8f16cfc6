import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { RouteDeps } from '../../deps/deps.ts';
import { requiredText } from '../../../wire/fields.ts';
import { trailer, trailerFields, failures } from '../../formats/kontocloud/responses.ts';
import { invalidParameter } from '../../../wire/response-codes.ts';

const userId = requiredText(255);

/** KontoCloud's "Issue Token" (docs/contract.md, section 2). */
export const issueTokenRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { authenticator, tokens }) => {
  app.post(
    '/user/:userId/issue',
    {
      schema: {
        tags: ['kontocloud'],
        operationId: 'issueToken',
        summary: 'Issue token',
        description:
          'A token for X-Auth-Token or Authorization: Bearer. Use it until shortly before it ends.',
        security: [],
        params: z.object({ userId }),
        body: z
          .object({ userId: userId.exactOptional(), password: requiredText(128) })
          .meta({ examples: [{ userId: 'demo', password: 'demo' }] }),
        response: {
          200: z
            .object({
              token: z.string().describe('A JWT'),
              validUntil: z.string().describe('ISO 8601, UTC'),
              ...trailerFields,
            })
            .describe('The token'),
          400: failures[400],
          401: failures[401],
          429: failures[429],
          500: failures[500],
          502: failures[502],
          503: failures[503],
        },
      },
    },
    async (request) => {
      if (request.body.userId !== undefined && request.body.userId !== request.params.userId)
        throw invalidParameter(400, 'userId', 'it is another one in the path');
      const { userId: user } = request.params;
      const account = await authenticator.byPassword(user, request.body.password, request.ip);
      const { token, validUntil } = await tokens.issue(account, 'api');
      return { token, validUntil: validUntil.toISOString(), ...trailer(request.id) };
    },
  );
};
