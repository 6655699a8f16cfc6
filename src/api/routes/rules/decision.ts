import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type pg from 'pg';
import { z } from 'zod';
import { dispositions } from '../../../domain/decision.ts';
import { explain } from '../../../rules/explain.ts';
import { decisionById, decisionOfPayment, type StoredDecision } from '../../../store/decisions/decisions.ts';
import { shadowOfDecision } from '../../../store/decisions/shadow-decisions.ts';
import { callerOf } from '../../http/authentication.ts';
import { payislandResponse } from '../../../wire/payisland-response.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { requiredText, uniqueReferenceParams } from '../../../wire/fields.ts';
import {
  trailer,
  trailerFields,
  failures,
  notFound,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';
import { invalidParameter } from '../../../wire/response-codes.ts';

const facts = z.record(z.string(), z.unknown());
const disposition = z.enum(dispositions);
const ruleSet = { name: z.string(), version: z.int(), hash: z.string().describe('SHA-256 of the document') };

const results = z
  .array(
    z.object({
      ruleId: z.string(),
      description: z.string(),
      outcome: z.enum(['matched', 'notMatched', 'missingFact', 'error']),
      error: z.string().exactOptional(),
      saw: facts.describe('The values of the facts that the condition names'),
      sums: z
        .array(z.string())
        .readonly()
        .exactOptional()
        .describe('Those of them that are sums of amounts, in minor units of the currency of the payment'),
      contributed: z.array(z.string()).readonly(),
    }),
  )
  .readonly()
  .describe('Every rule, in the order of their priority');

const shadow = z
  .object({
    ruleSet: z.object({ ruleSetId: z.string(), ...ruleSet }),
    fault: z.string().exactOptional().describe('Why it came to no decision; then the rest is not there'),
    disposition: disposition.exactOptional(),
    payislandResponse: payislandResponse.exactOptional(),
    differs: z.array(z.string()).readonly().exactOptional(),
    rules: results.exactOptional(),
    facts: facts.exactOptional(),
  })
  .nullable()
  .describe('What the version in shadow would have decided; null where there was none');

const answer = z
  .object({
    decisionId: z.string(),
    uniqueReference: z.string().nullable().describe('null: a rules call, which decides on an invoice'),
    invoiceGUID: z.string(),
    decidedAt: z.string().describe('ISO 8601, UTC'),
    ruleSet: z.object(ruleSet),
    disposition,
    payislandResponse,
    reasons: z
      .array(z.string())
      .readonly()
      .describe('The explanation in words, a line for each rule that had a say'),
    rules: results,
    facts: facts.describe('As they were seen then; null: not given. Amounts are in minor units'),
    shadow,
    ...trailerFields,
  })
  .describe('Everything that the decision was made of');

/** Our own: one decision with the facts it saw and what each rule made of them. */
export const decisionRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.get(
    '/decisions/:decisionId',
    {
      config: { scope: 'payment.read' },
      schema: {
        tags: ['rules'],
        operationId: 'showDecision',
        summary: 'Explain a decision',
        description: 'By the decisionId of the header X-Decision-Id (rules call), or of a report.',
        security: kontoCloudSecurity,
        params: z.object({ decisionId: requiredText(64) }),
        response: { 200: answer, ...failures, 404: notFound },
      },
    },
    async (request) => {
      const { subscriberId } = callerOf(request);
      const stored = await decisionById(pool, subscriberId, request.params.decisionId);
      if (!stored) throw invalidParameter(404, 'decisionId', 'there is no such decision');
      return { ...(await answerOf(pool, stored)), ...trailer(request.id) };
    },
  );

  app.get(
    '/payment/:uniqueReference/decision',
    {
      config: { scope: 'payment.read' },
      schema: {
        tags: ['rules'],
        operationId: 'showPaymentDecision',
        summary: 'Explain the decision on a payment',
        security: kontoCloudSecurity,
        params: uniqueReferenceParams,
        response: { 200: answer, ...failures, 404: notFound },
      },
    },
    async (request) => {
      const { subscriberId } = callerOf(request);
      const stored = await decisionOfPayment(pool, { subscriberId, ...request.params });
      if (!stored) {
        throw invalidParameter(404, 'uniqueReference', 'there is no such payment, or no decision on it yet');
      }
      return { ...(await answerOf(pool, stored)), ...trailer(request.id) };
    },
  );
};

async function answerOf(pool: pg.Pool, stored: StoredDecision) {
  const { decisionId, uniqueReference, invoiceGUID, decidedAt, decision } = stored;
  return {
    decisionId,
    uniqueReference,
    invoiceGUID,
    decidedAt: decidedAt.toISOString(),
    ruleSet: decision.ruleSet,
    disposition: decision.disposition,
    payislandResponse: decision.response,
    reasons: explain(decision),
    rules: decision.results,
    facts: decision.facts,
    shadow: await shadowOf(pool, stored),
  };
}

async function shadowOf(pool: pg.Pool, stored: StoredDecision) {
  const told = await shadowOfDecision(pool, stored);
  if (told === undefined) return null;
  if ('fault' in told) return { ruleSet: told.ruleSet, fault: told.fault };
  return {
    ruleSet: told.ruleSet,
    disposition: told.disposition,
    payislandResponse: told.response,
    differs: told.difference?.fields ?? [],
    rules: told.results,
    facts: told.facts,
  };
}
