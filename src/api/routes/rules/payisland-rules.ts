import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Decision } from '../../../domain/decision.ts';
import { explain } from '../../../rules/explain.ts';
import { decideRulesCall } from '../../../store/decisions/decide-rules-call.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { ccLastFour, freeText, ipAddress, requiredText } from '../../../wire/fields.ts';
import { payislandResponse } from '../../../wire/payisland-response.ts';
import { failures, type KpaymentWarning, messages } from '../../formats/kpayment/responses.ts';
import { kpaymentSecurity } from '../../formats/kpayment/credentials.ts';

const body = z
  .object({
    invoiceGUID: requiredText(64),
    ccLastFour: ccLastFour.exactOptional(),
    ipAddress: ipAddress.exactOptional(),
    onlinePayment: z.boolean().default(false),
    customerFirstName: freeText(255).exactOptional(),
    customerLastName: freeText(255).exactOptional(),
    cardholderFirstName: freeText(255).exactOptional(),
    cardholderLastName: freeText(255).exactOptional(),
  })
  .meta({
    examples: [
      {
        invoiceGUID: '0f0f7c8e-2d0b-4c59-9d4e-6a5d1a0f8b11',
        ccLastFour: '4242',
        ipAddress: '203.0.113.7',
        onlinePayment: true,
        customerFirstName: 'Ana',
        customerLastName: 'Lima',
        cardholderFirstName: 'Ana',
        cardholderLastName: 'Lima',
      },
    ],
  });

const answer = messages
  .extend({
    payislandResponse,
  })
  .describe('What the rules say. `warnings` explains: a line for each rule that had a say.');

/** run-payisland-rules. Straight to Postgres: it sits in a shopper's checkout, and answers while Temporal is down. */
export const payislandRulesRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool, ruleSets }) => {
  app.post(
    '/payment/kpayment/v1/firePayislandRules',
    {
      config: { scope: 'payment.rules.payisland' },
      schema: {
        tags: ['kpayment'],
        operationId: 'firePayislandRules',
        summary: 'Run Payisland rules',
        description:
          'Whether a payment may go to the gateway, which card types to offer, and whether the customer is, or should be, ' +
          'blocked. Every call is a new evaluation and counts as an attempt. The header X-Decision-Id names the decision.',
        security: kpaymentSecurity,
        body,
        response: { 200: answer, ...failures },
      },
    },
    async (request, reply) => {
      const { subscriberId } = callerOf(request);
      const inForce = await ruleSets.of(subscriberId);
      const subject = { subscriberId, ...request.body };
      const { decisionId, decision } = await decideRulesCall(pool, inForce, subject);
      // The document fixes the body; GET /decisions/{decisionId} gives all of it.
      reply.header('x-decision-id', decisionId);
      return { errors: [], warnings: warningsOf(decision), payislandResponse: decision.response };
    },
  );
};

/** No document lists warning codes; this one is ours. */
const RULE_HAD_A_SAY = 200001;

function warningsOf(decision: Decision): KpaymentWarning[] {
  const { name, version } = decision.ruleSet;
  return explain(decision).map((line) => ({
    warningCode: RULE_HAD_A_SAY,
    warningTitle: 'RULE_HAD_A_SAY',
    warningMessage: line,
    warningDescription: `rule set ${name}, version ${version}`,
  }));
}
