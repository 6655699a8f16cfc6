import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { rightToMake } from '../../../domain/proposed-change.ts';
import { rightsOf, rolesWith } from '../../../domain/rights.ts';
import { ScopeMissing } from '../../../failures/access.ts';
import { ChangeRefused } from '../../../store/changes/change-refused.ts';
import { requireChange } from '../../../store/changes/proposed-changes.ts';
import { confirmChange, rejectChange } from '../../../store/changes/end-change.ts';
import { requiredText, whyField } from '../../../wire/fields.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import {
  conflict,
  failures,
  kontoCloudSecurity,
  notFound,
  trailer,
  trailerFields,
} from '../../formats/kontocloud/responses.ts';
import { actorOf, type Caller, callerOf } from '../../http/authentication.ts';
import { changeFields, changeFieldsOf, changeParams } from './change.ts';

const NO_PERSON =
  'a service account is no second person: a person confirms it who is signed in, here or on the command line';

const reason = whyField(500);
const answer = z.object({ change: changeFields, ...trailerFields }).describe('The change as it has ended');
const ended = conflict.describe(
  '0002: it has ended, or expired; it is not what was read; or what it changes is not what it was',
);

/** The second person's word. */
export const endChangeRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  /** A person ends what they may make; of a service account the scope of the route is enough. */
  async function requireRight({ subscriberId, roles }: Caller, changeId: number): Promise<void> {
    const right = rightToMake[(await requireChange(pool, subscriberId, changeId)).kind];
    if (roles && !rightsOf(roles).has(right)) throw new ScopeMissing(right, rolesWith(right));
  }

  app.post(
    '/changes/:changeId/confirm',
    {
      config: { scope: 'changes.confirm' },
      schema: {
        tags: ['changes'],
        operationId: 'confirmChange',
        summary: 'Confirm what another person has proposed',
        description:
          'Exactly what was proposed is carried out. Only a person who is signed in does so, and not the one who proposed it, under any spelling.',
        security: kontoCloudSecurity,
        params: changeParams,
        body: z.object({ hash: requiredText(64).describe('Of the change as it was read'), reason }).meta({
          examples: [{ hash: '0123456789abcdef0123456789abcdef', reason: 'I have looked at it too' }],
        }),
        response: { 200: answer, ...failures, 404: notFound, 409: ended },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      if (!caller.roles) throw new ChangeRefused('fourEyes', NO_PERSON);
      const ref = { subscriberId: caller.subscriberId, changeId: request.params.changeId };
      await requireRight(caller, ref.changeId);
      const { hash, reason: why } = request.body;
      const change = await confirmChange(pool, ref, hash, { actor: actorOf(caller), reason: why });
      return { change: changeFieldsOf(change), ...trailer(request.id) };
    },
  );

  app.post(
    '/changes/:changeId/reject',
    {
      config: { scope: 'changes.confirm' },
      schema: {
        tags: ['changes'],
        operationId: 'rejectChange',
        summary: 'Reject a proposed change',
        description: 'Nothing of it is carried out. The one who proposed it may take it back so, too.',
        security: kontoCloudSecurity,
        params: changeParams,
        body: z.object({ reason }).meta({ examples: [{ reason: 'not before the sale is over' }] }),
        response: { 200: answer, ...failures, 404: notFound, 409: ended },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const ref = { subscriberId: caller.subscriberId, changeId: request.params.changeId };
      await requireRight(caller, ref.changeId);
      const change = await rejectChange(pool, ref, { actor: actorOf(caller), reason: request.body.reason });
      return { change: changeFieldsOf(change), ...trailer(request.id) };
    },
  );
};
