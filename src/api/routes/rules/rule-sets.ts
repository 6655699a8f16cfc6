import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  ruleSetInFull,
  ruleSetStates,
  type StoredRuleSet,
  visibleRuleSet,
  visibleRuleSets,
} from '../../../store/rules/rule-set-record.ts';
import { activateRuleSet, addRuleSet, retireRuleSet, shadowRuleSet } from '../../../store/rules/rule-sets.ts';
import { actorOf, callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { LONGEST_DOCUMENT } from '../../../rules/document.ts';
import { freeText, requiredText } from '../../../wire/fields.ts';
import {
  trailer,
  trailerFields,
  conflict,
  failures,
  invalidRuleSet,
  notFound,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';

const params = z.object({
  ruleSetId: requiredText(64).describe('Its id or its hash, or how one of them starts'),
});

const reason = freeText(500).min(1).describe('Why, for the audit');
const signed = z.object({ reason }).meta({ examples: [{ reason: 'seen in shadow for a week' }] });

const ruleSetFields = {
  ruleSetId: z.string(),
  subscriberId: z.string().describe("Whose it is; '*': the default beneath all"),
  name: z.string(),
  version: z.int(),
  hash: z.string().describe('SHA-256 of the document: what decisions name'),
  state: z.enum(ruleSetStates),
  createdBy: z.string(),
  createdAt: z.string().describe('ISO 8601, UTC'),
  activatedBy: z.string().nullable(),
  activatedAt: z.string().nullable(),
};

const one = z.object({ ...ruleSetFields, ...trailerFields }).describe('The version as it is now');

const CHANGES = [
  {
    name: 'shadow',
    scope: 'rules.write',
    operationId: 'shadowRuleSet',
    summary: 'Put a rule set into shadow',
    description:
      'From now on it decides beside the active one without acting; GET /rules/shadow reports. What was in shadow is a ' +
      'draft again.',
    change: shadowRuleSet,
  },
  {
    name: 'activate',
    scope: 'rules.activate',
    operationId: 'activateRuleSet',
    summary: 'Activate a rule set',
    description:
      'It decides within 5 s everywhere, and what was active is retired. It takes another person than the one who added ' +
      'it, unless the service is configured otherwise. A retired version may come back.',
    change: activateRuleSet,
  },
  {
    name: 'retire',
    scope: 'rules.activate',
    operationId: 'retireRuleSet',
    summary: 'Retire a rule set',
    description:
      'It is not used any more. The active one is retired by activating another, unless the service is configured ' +
      'otherwise.',
    change: retireRuleSet,
  },
] as const;

/** Our own: a subscriber's rule sets by version. */
export const ruleSetRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool, settings }) => {
  app.get(
    '/rules',
    {
      config: { scope: 'rules.read' },
      schema: {
        tags: ['rules'],
        operationId: 'listRuleSets',
        summary: 'List rule sets',
        description: 'Your own and those of the default beneath, the newest first.',
        security: kontoCloudSecurity,
        response: {
          200: z
            .object({ ruleSets: z.array(z.object(ruleSetFields)), ...trailerFields })
            .describe('All versions'),
          ...failures,
        },
      },
    },
    async (request) => {
      const ruleSets = await visibleRuleSets(pool, callerOf(request).subscriberId);
      return { ruleSets: ruleSets.map(viewOf), ...trailer(request.id) };
    },
  );

  app.get(
    '/rules/:ruleSetId',
    {
      config: { scope: 'rules.read' },
      schema: {
        tags: ['rules'],
        operationId: 'showRuleSet',
        summary: 'Show a rule set',
        security: kontoCloudSecurity,
        params,
        response: {
          200: z
            .object({
              ...ruleSetFields,
              document: z.string(),
              changes: z
                .array(
                  z.object({ at: z.string(), action: z.string(), actor: z.string(), reason: z.string() }),
                )
                .describe('Oldest first'),
              ...trailerFields,
            })
            .describe('The version with its document and every change of its state'),
          ...failures,
          404: notFound,
        },
      },
    },
    async (request) => {
      const ruleSet = await visibleRuleSet(pool, callerOf(request).subscriberId, request.params.ruleSetId);
      const { document, changes } = await ruleSetInFull(pool, ruleSet);
      return {
        ...viewOf(ruleSet),
        document,
        changes: changes.map((change) => ({ ...change, at: change.at.toISOString() })),
        ...trailer(request.id),
      };
    },
  );

  app.post(
    '/rules',
    {
      config: { scope: 'rules.write' },
      // A JSON text may be six times as long as what it says.
      bodyLimit: 6 * LONGEST_DOCUMENT,
      schema: {
        tags: ['rules'],
        operationId: 'addRuleSet',
        summary: 'Add a rule set',
        description:
          'As a draft, checked: a document with anything wrong is refused with all of it. The same document again is the ' +
          'version that is there.',
        security: kontoCloudSecurity,
        body: z.object({
          document: requiredText(LONGEST_DOCUMENT).describe('YAML or JSON, as a text'),
          reason,
        }),
        response: { 200: one, ...failures, 400: invalidRuleSet, 409: conflict },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { subscriberId } = caller;
      const by = { actor: actorOf(caller), reason: request.body.reason };
      const added = await addRuleSet(pool, subscriberId, request.body.document, by);
      return { ...viewOf(added), ...trailer(request.id) };
    },
  );

  for (const { name, scope, operationId, summary, description, change } of CHANGES) {
    app.post(
      `/rules/:ruleSetId/${name}`,
      {
        config: { scope },
        schema: {
          tags: ['rules'],
          operationId,
          summary,
          description,
          security: kontoCloudSecurity,
          params,
          body: signed,
          response: { 200: one, ...failures, 404: notFound, 409: conflict },
        },
      },
      async (request) => {
        const caller = callerOf(request);
        const { subscriberId } = caller;
        const by = { actor: actorOf(caller), reason: request.body.reason };
        const changed = await change(pool, subscriberId, request.params.ruleSetId, by, settings.fourEyes);
        return { ...viewOf(changed), ...trailer(request.id) };
      },
    );
  }
};

function viewOf({ createdAt, activatedAt, ...ruleSet }: StoredRuleSet) {
  return {
    ...ruleSet,
    createdAt: createdAt.toISOString(),
    activatedAt: activatedAt?.toISOString() ?? null,
  };
}
