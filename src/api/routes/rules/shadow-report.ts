import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { dispositions } from '../../../domain/decision.ts';
import { type Money, moneyToWire } from '../../../domain/money.ts';
import { ruleSetStates } from '../../../store/rules/rule-set-record.ts';
import { shadowReport, type ShadowReport } from '../../../store/decisions/shadow-report.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { moment, requiredText } from '../../../wire/fields.ts';
import {
  trailer,
  trailerFields,
  failures,
  notFound,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';

const outcome = z.object({ disposition: z.enum(dispositions), declinePayment: z.boolean() });
const amounts = z
  .array(z.object({ amount: z.number(), currCode: z.string() }))
  .describe('In major units, by currency; rules calls have none');

const answer = z
  .object({
    ruleSet: z.object({
      ruleSetId: z.string(),
      name: z.string(),
      version: z.int(),
      hash: z.string(),
      state: z.enum(ruleSetStates),
    }),
    firstAt: z.string().nullable(),
    lastAt: z.string().nullable(),
    decisions: z.int().describe('That were made while it was in shadow'),
    faults: z.int().describe('On which it came to no decision'),
    lastFault: z.string().nullable(),
    differing: z.int(),
    changes: z
      .array(z.object({ decided: outcome, shadow: outcome, decisions: z.int(), amounts }))
      .describe('The same on both sides: only other fields of the response differ'),
    rules: z
      .array(
        z.object({
          ruleId: z.string(),
          adds: z.array(z.string()).readonly(),
          drops: z.array(z.string()).readonly(),
          decisions: z.int(),
          amounts,
          examples: z
            .array(z.object({ decisionId: z.string(), uniqueReference: z.string().nullable() }))
            .readonly(),
        }),
      )
      .describe('The rules responsible, those that would change most first'),
    latest: z
      .array(
        z.object({
          at: z.string(),
          decisionId: z.string(),
          uniqueReference: z.string().nullable(),
          decided: outcome,
          shadow: outcome,
          amount: z.number().nullable(),
          currCode: z.string().nullable(),
        }),
      )
      .describe('The latest 50 decisions that would have come out otherwise'),
    ...trailerFields,
  })
  .describe('What would have been decided otherwise');

/** Our own: what the version in shadow would have done. */
export const shadowReportRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.get(
    '/rules/shadow',
    {
      config: { scope: 'rules.read' },
      schema: {
        tags: ['rules'],
        operationId: 'shadowReport',
        summary: 'Report on the rule set in shadow',
        description: 'Or on one that was, by its ruleSetId.',
        security: kontoCloudSecurity,
        querystring: z.object({
          ruleSetId: requiredText(64).exactOptional(),
          from: moment.exactOptional(),
          to: moment.exactOptional(),
        }),
        response: { 200: answer, ...failures, 404: notFound },
      },
    },
    async (request) => {
      const { ruleSetId, from, to } = request.query;
      const report = await shadowReport(pool, callerOf(request).subscriberId, ruleSetId, {
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
      return { ...viewOf(report), ...trailer(request.id) };
    },
  );
};

function viewOf(report: ShadowReport) {
  return {
    ...report,
    firstAt: report.firstAt?.toISOString() ?? null,
    lastAt: report.lastAt?.toISOString() ?? null,
    changes: report.changes.map((change) => ({ ...change, amounts: change.amounts.map(amountOf) })),
    rules: report.rules.map((rule) => ({ ...rule, amounts: rule.amounts.map(amountOf) })),
    latest: report.latest.map(({ amount: money, at, ...decision }) => ({
      ...decision,
      at: at.toISOString(),
      ...(money ? amountOf(money) : { amount: null, currCode: null }),
    })),
  };
}

function amountOf(money: Money) {
  return { amount: moneyToWire(money), currCode: money.currency };
}
