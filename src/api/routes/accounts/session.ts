import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { roles } from '../../../domain/roles.ts';
import { NotAuthenticated } from '../../../failures/access.ts';
import {
  isSessionSecret,
  personOfSession,
  signOut,
  type SignedInPerson,
  takeSession,
} from '../../../store/accounts/sessions.ts';
import { inTransaction } from '../../../store/db/postgres.ts';
import { requiredText } from '../../../wire/fields.ts';
import { invalidParameter } from '../../../wire/response-codes.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { failures, trailer, trailerFields } from '../../formats/kontocloud/responses.ts';
import { bearerToken } from '../../http/authentication.ts';

const personFields = {
  name: z.string().describe('What they sign with'),
  subscriberId: z.string(),
  roles: z.array(z.enum(roles)).readonly(),
};

const security = [{ session: [] }];

/** A person's session at the command line: begun with the code of their sign-in in a browser, looked at, ended. */
export const sessionRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.post(
    '/session',
    {
      schema: {
        tags: ['people'],
        operationId: 'takeSession',
        summary: 'Exchange the code of a sign-in for a session',
        description:
          'The code comes from /reviews/sign-in?challenge=…, to the port of this machine that was given with it, or to be ' +
          'pasted. It is good once, for five minutes, and for who has the verifier of the challenge (RFC 7636, S256).',
        security: [],
        body: z
          .object({ code: requiredText(128), verifier: requiredText(128) })
          .meta({ examples: [{ code: 'Vq0…', verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' }] }),
        response: {
          200: z
            .object({
              token: z.string().describe('For Authorization: Bearer'),
              ...personFields,
              validUntil: z.string().describe('ISO 8601, UTC'),
              ...trailerFields,
            })
            .describe('The session'),
          ...failures,
        },
      },
    },
    async (request) => {
      const { code, verifier } = request.body;
      const taken = await inTransaction(pool, (db) => takeSession(db, code, verifier));
      if (!taken) throw invalidParameter(400, 'code', 'it is wrong, used or too old: sign in again');
      const { secret: token, expiresAt, person } = taken;
      return { token, ...fieldsOf(person), validUntil: expiresAt.toISOString(), ...trailer(request.id) };
    },
  );

  app.get(
    '/session',
    {
      schema: {
        tags: ['people'],
        operationId: 'showSession',
        summary: 'Who is signed in',
        security,
        response: {
          200: z.object({ ...personFields, ...trailerFields }).describe('The person, and what they are now'),
          ...failures,
        },
      },
    },
    async (request) => {
      const person = await personOfSession(pool, secretOf(request));
      if (!person) throw new NotAuthenticated('ended');
      return { ...fieldsOf(person), ...trailer(request.id) };
    },
  );

  app.post(
    '/session/end',
    {
      schema: {
        tags: ['people'],
        operationId: 'endSession',
        summary: 'Sign out',
        description: "Ends all of the person's sessions, at every door.",
        security,
        response: {
          200: z.object(trailerFields).describe('Signed out, also where it was so before'),
          ...failures,
        },
      },
    },
    async (request) => {
      const secret = secretOf(request);
      await inTransaction(pool, (db) => signOut(db, secret));
      return trailer(request.id);
    },
  );
};

function fieldsOf({ name, subscriberId, roles: held }: SignedInPerson) {
  return { name, subscriberId, roles: held };
}

/** @throws NotAuthenticated where there is no session's secret */
function secretOf(request: FastifyRequest): string {
  const token = bearerToken(request);
  if (token === undefined) throw new NotAuthenticated('none');
  if (!isSessionSecret(token)) throw new NotAuthenticated('wrong');
  return token;
}
