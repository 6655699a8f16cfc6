import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { LifecycleUnavailable, MessageRefused, PaymentNotFound } from '../../client/index.ts';
import type { SignedMessage } from '../../domain/commands.ts';
import type { OperatorMessageKind } from '../../domain/messages/define.ts';
import { operatorMessages } from '../../domain/messages/operator-messages.ts';
import type { PaymentView } from '../../domain/payment.ts';
import { casePath, type PaymentRef } from '../../domain/ids.ts';
import { roleMissingFor } from '../../domain/roles.ts';
import { needsReason } from '../../reviews/offers.ts';
import { caseFileOf } from '../../store/reviews/case-file.ts';
import { uniqueReferenceParams } from '../../wire/fields.ts';
import type { RouteDeps } from '../deps/deps.ts';
import { renderCase } from './render-case.ts';
import { signedIn, type Visitor } from './session.ts';

/** A decision that the desk did not take, and why; the page shows it above the case. */
interface Refused {
  readonly status: 400 | 403 | 409;
  readonly text: string;
  /** What was typed, for the form to keep. */
  readonly reason: string;
}

const form = z.record(z.string(), z.string());
const params = uniqueReferenceParams.extend({ message: z.enum(operatorMessages.map(({ name }) => name)) });
const done = z.object({ done: z.string().exactOptional() }).catch({});

/** One payment with everything that a decision needs, and the decision: the same Update as from the Temporal UI. */
export const casePageRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { client, lifecycleCalls } = deps;

  app.get(
    '/reviews/payment/:uniqueReference',
    { schema: { hide: true, params: uniqueReferenceParams } },
    async (request, reply) => {
      const visitor = await signedIn(request, deps);
      const page = await pageOf(deps, visitor, request.params.uniqueReference, {
        done: done.parse(request.query).done,
      });
      return reply.type('text/html; charset=utf-8').send(page);
    },
  );

  app.post(
    '/reviews/payment/:uniqueReference/:message',
    { schema: { hide: true, params } },
    async (request, reply) => {
      const visitor = await signedIn(request, deps);
      const { uniqueReference, message: name } = request.params;
      const ref = { subscriberId: visitor.subscriberId, uniqueReference };
      const fields = form.catch({}).parse(request.body);
      const reason = fields['reason'] ?? '';
      const refused = await decide(name, fields, visitor, (message, input) =>
        lifecycleCalls.run(() => client.send(ref, message, input)),
      );
      if (!refused) return reply.redirect(`${casePath(uniqueReference)}?done=${name}`, 303);
      const page = await pageOf(deps, visitor, uniqueReference, { refused: { ...refused, reason } });
      return reply.code(refused.status).type('text/html; charset=utf-8').send(page);
    },
  );
};

/** Sends a decision in the name of the person who is signed in. @returns why it was not taken */
async function decide(
  name: string,
  fields: Readonly<Record<string, string>>,
  { userId, roles }: Visitor,
  send: (message: string, input: Readonly<Record<string, unknown>> & SignedMessage) => Promise<unknown>,
): Promise<Omit<Refused, 'reason'> | undefined> {
  if (!roles)
    return { status: 403, text: 'A service account only reads here: sign in as yourself to decide.' };
  const needed = roleMissingFor(name, roles);
  if (needed)
    return { status: 403, text: `This needs the role ${needed.join(' or ')}, which you do not have.` };
  const message = operatorMessages.find((each) => each.name === name);
  if (!message) return { status: 400, text: `there is no message ${name}` };
  const input = { ...inputOf(message, fields), operator: userId, reason: fields['reason'] ?? '' };
  if (needsReason(name) && input.reason.trim() === '')
    return { status: 400, text: 'Say why: the reason is part of the decision.' };
  const problem = message.problem(input, Date.now());
  if (problem !== undefined) return { status: 400, text: `${problem}.` };
  try {
    await send(name, input);
    return undefined;
  } catch (error) {
    if (error instanceof MessageRefused) return { status: 409, text: error.message };
    throw error;
  }
}

/** The message's own fields, as they were typed. */
function inputOf(message: OperatorMessageKind, fields: Readonly<Record<string, string>>) {
  const given = message.fields.flatMap(({ name, kind }) => {
    const text = fields[name];
    // An empty name means that no one looks after it any more; an empty number was not given.
    if (text === undefined || (text === '' && kind === 'number')) return [];
    return [[name, kind === 'number' ? Number(text.replace(',', '.')) : text] as const];
  });
  return Object.fromEntries(given);
}

async function pageOf(
  deps: RouteDeps,
  visitor: Visitor,
  uniqueReference: string,
  outcome: { readonly done?: string | undefined; readonly refused?: Refused },
): Promise<string> {
  const ref = { subscriberId: visitor.subscriberId, uniqueReference };
  const [file, view] = await Promise.all([caseFileOf(deps.pool, ref), viewOf(deps, ref)]);
  if (!file) throw new PaymentNotFound(`there is no payment ${uniqueReference}`);
  return renderCase({ visitor, file, view, runs: deps.runs, now: new Date(), ...outcome });
}

/** Where the run stands; undefined where it is long gone, "unreachable" while no worker answers. */
async function viewOf(
  { client }: RouteDeps,
  ref: PaymentRef,
): Promise<PaymentView | 'unreachable' | undefined> {
  try {
    return await client.payment(ref);
  } catch (error) {
    if (error instanceof PaymentNotFound) return undefined;
    if (error instanceof LifecycleUnavailable) return 'unreachable';
    throw error;
  }
}
