import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { MessageField, OperatorMessageKind } from '../../../domain/messages/define.ts';
import { operatorMessages } from '../../../domain/messages/operator-messages.ts';
import { paymentStatuses } from '../../../domain/payment.ts';
import { openProposal } from '../../../domain/proposals.ts';
import { roleMissingFor } from '../../../domain/roles.ts';
import { freeText, operatorField, uniqueReferenceParams } from '../../../wire/fields.ts';
import { Refusal } from '../../../wire/response-codes.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import {
  conflict,
  failures,
  notFound,
  trailer,
  trailerFields,
  kontoCloudSecurity,
} from '../../formats/kontocloud/responses.ts';
import { ScopeMissing, StepUpNeeded } from '../../../failures/access.ts';
import { callerOf, signatureOf } from '../../http/authentication.ts';
import { needsStepUp } from '../../deps/step-up.ts';

const answer = z
  .object({
    uniqueReference: z.string(),
    paymentStatus: z.enum(paymentStatuses),
    proposal: z
      .object({ refundAmount: z.boolean(), operator: z.string(), reason: z.string(), hash: z.string() })
      .nullable()
      .describe('What another operator has to confirm, by its hash, before anything moves'),
    outcome: z
      .enum(['accepted', 'proposed'])
      .describe('proposed: nothing is done before another operator does what nextStep says'),
    proposed: z
      .string()
      .nullable()
      .describe('What this message, or one before it, has proposed, and is not done yet'),
    nextStep: z.string().nullable().describe('What another operator does about what is proposed'),
    ...trailerFields,
  })
  .describe('It is taken, and on record');

/** A route for each operator message, made from its definition: the same Update as from the Temporal UI. */
export const messageRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { client, lifecycleCalls } = deps;
  for (const message of operatorMessages) {
    app.post(
      `/payment/:uniqueReference/messages/${message.name}`,
      {
        config: { scope: 'payment.messages' },
        schema: {
          tags: ['reviews'],
          operationId: `send${capital(message.name)}`,
          summary: message.effect,
          description:
            'What an operator sends, as in the Temporal UI. A service account names the operator; a person who is signed in ' +
            'is the operator, and an administrator may name another, for whom they act.',
          security: kontoCloudSecurity,
          params: uniqueReferenceParams,
          body: bodyOf(message),
          response: { 200: answer, ...failures, 404: notFound, 409: conflict },
        },
      },
      async (request) => {
        const { uniqueReference } = request.params;
        const caller = callerOf(request);
        const { subscriberId, roles } = caller;
        const missing = roles && roleMissingFor(message.name, roles);
        if (missing) throw new ScopeMissing(message.name, missing);
        const input = { ...request.body, ...signatureOf(caller, request.body) };
        const problem = message.problem(input, Date.now());
        if (problem !== undefined) throw new Refusal(400, '0002', `${problem}.`);
        const ref = { subscriberId, uniqueReference };
        if (await needsStepUp(deps, caller, ref, message.name)) throw new StepUpNeeded(message.name);
        const state = await lifecycleCalls.run(() => client.send(ref, message.name, input));
        const { status: paymentStatus, proposal = null, outcome } = state;
        const open = openProposal(state);
        return {
          uniqueReference,
          paymentStatus,
          outcome,
          proposal,
          proposed: open?.what ?? null,
          nextStep: open?.next ?? null,
          ...trailer(request.id),
        };
      },
    );
  }
};

function bodyOf({ fields, example }: OperatorMessageKind) {
  const own = Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)]));
  return z
    .object({ ...own, operator: operatorField(100), reason: freeText(500).default('') })
    .meta({ examples: [JSON.parse(example)] });
}

function schemaOf({ kind, isRequired, description }: MessageField) {
  const schemas = { text: z.string(), number: z.number(), boolean: z.boolean() };
  const schema = schemas[kind].describe(description);
  return isRequired ? schema : schema.optional();
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
