import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { LifecycleUnavailable, PaymentNotFound } from '../../../client/index.ts';
import { casePath, type PaymentRef, paymentWorkflowId } from '../../../domain/ids.ts';
import { operatorMessages } from '../../../domain/messages/operator-messages.ts';
import type { PaymentView } from '../../../domain/payment.ts';
import { upToDate } from '../../../reviews/moved-on.ts';
import { caseFileOf } from '../../../store/reviews/case-file.ts';
import { runUrl } from '../../../temporal/runs-address.ts';
import { uniqueReferenceParams } from '../../../wire/fields.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { decide, type NotTaken, type Typed } from './decide.ts';
import { keepForm, type KeptForm, takeForm } from './kept-form.ts';
import { markOfCase } from './mark-of-case.ts';
import { renderCase } from './render-case.ts';
import { signedIn, type Visitor } from '../page/session.ts';

const form = z.record(z.string(), z.string()).catch({});
const params = uniqueReferenceParams.extend({ message: z.enum(operatorMessages.map(({ name }) => name)) });
const done = z.object({ done: z.string().exactOptional() }).catch({});

/** One payment with everything that a decision needs, and the decision: the same Update as from the Temporal UI. */
export const casePageRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  app.get(
    '/reviews/payment/:uniqueReference',
    { schema: { hide: true, params: uniqueReferenceParams } },
    async (request, reply) => {
      const visitor = await signedIn(request, deps);
      const { uniqueReference } = request.params;
      const kept = takeForm(request, reply, uniqueReference);
      const outcome = { done: done.parse(request.query).done, kept };
      const page = await pageOf(deps, visitor, uniqueReference, outcome);
      return reply.type('text/html; charset=utf-8').send(page);
    },
  );

  // The address of the run's details has its id, which only Temporal knows.
  app.get(
    '/reviews/payment/:uniqueReference/run',
    { schema: { hide: true, params: uniqueReferenceParams } },
    async (request, reply) => {
      const { subscriberId } = await signedIn(request, deps);
      const ref = { subscriberId, uniqueReference: request.params.uniqueReference };
      const run = await runOf(deps, ref);
      return reply.redirect(runUrl(paymentWorkflowId(ref), deps.runs, run?.runId), 303);
    },
  );

  app.post(
    '/reviews/payment/:uniqueReference/:message',
    { schema: { hide: true, params } },
    async (request, reply) => {
      const visitor = await signedIn(request, deps);
      const { uniqueReference, message } = request.params;
      const ref = { subscriberId: visitor.subscriberId, uniqueReference };
      const typed = form.parse(request.body);
      const outcome = await decide(deps, visitor, ref, message, typed);
      if ('answer' in outcome) return reply.redirect(`${casePath(uniqueReference)}?done=${message}`, 303);
      const { refused } = outcome;
      if (refused.needsStepUp) keepForm(request, reply, { uniqueReference, message, typed });
      const page = await pageOf(deps, visitor, uniqueReference, { refused: { ...refused, message, typed } });
      return reply.code(refused.status).type('text/html; charset=utf-8').send(page);
    },
  );
};

interface Outcome {
  readonly done?: string | undefined;
  /** Shown above the case, and what was typed is kept. */
  readonly refused?: NotTaken & { readonly message: string; readonly typed: Typed };
  /** What was typed before the person proved anew who they are. */
  readonly kept?: KeptForm | undefined;
}

async function pageOf(
  deps: RouteDeps,
  visitor: Visitor,
  uniqueReference: string,
  outcome: Outcome,
): Promise<string> {
  const ref = { subscriberId: visitor.subscriberId, uniqueReference };
  // Before all else, so that nothing that happens meanwhile passes for shown.
  const { value: mark } = await markOfCase(deps, ref);
  const [file, view] = await Promise.all([
    caseFileOf(deps.pool, ref, deps.cardFingerprint),
    viewOf(deps, ref),
  ]);
  if (!file) throw new PaymentNotFound(`there is no payment ${uniqueReference}`);
  const others = await upToDate(deps.client, file.customer?.others ?? []);
  return renderCase({ visitor, file, others, view, mark, now: new Date(), ...outcome });
}

/** The UI may be reached where Temporal's own port is not. */
async function runOf({ client }: RouteDeps, ref: PaymentRef) {
  try {
    return await client.run(ref);
  } catch (error) {
    if (error instanceof LifecycleUnavailable) return undefined;
    throw error;
  }
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
