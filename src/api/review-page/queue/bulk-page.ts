import type { FastifyBaseLogger } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { casePath } from '../../../domain/ids.ts';
import { formatMoney } from '../../../domain/money.ts';
import type { MessageAnswer } from '../../../domain/proposals.ts';
import { failureOf } from '../../../failures/failure.ts';
import { type BulkDecision, bulkDecisions } from '../../../reviews/bulk.ts';
import { utc } from '../../../reviews/words.ts';
import { requiredText } from '../../../wire/fields.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { decide, HEADLINES, notAllowed } from '../case/decide.ts';
import { renderDesk } from '../page/render.ts';
import { signedIn, type Visitor } from '../page/session.ts';

/** As many as a page of the queue has. */
const MOST_AT_ONCE = 25;

const reference = requiredText(36);
const form = z.object({
  payment: z
    .union([reference.transform((one) => [one]), z.array(reference)], 'is missing: select what to decide')
    .transform((references) => [...new Set(references)])
    .refine(({ length }) => length <= MOST_AT_ONCE, `has more than ${MOST_AT_ONCE} payments: select fewer`),
  decision: z.enum(
    bulkDecisions.map(({ name }) => name),
    'is missing: choose one',
  ),
  reason: z.string().default(''),
  hours: z.string().default(''),
  assignee: z.string().default(''),
  /** The page of the queue that the selection was made on. */
  back: z
    .string()
    .regex(/^\/reviews(\?|$)/)
    .catch('/reviews'),
});

/** What became of the decision about one payment. */
interface Outcome {
  readonly reference: string;
  readonly result: 'taken' | 'proposed' | 'refused';
  readonly text: string;
  readonly amount?: string;
}

/** One decision about a selection of the queue: an Update for each payment, one after the other, and what became of each. */
export const bulkPageRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  app.post('/reviews/decide', { schema: { hide: true } }, async (request, reply) => {
    const visitor = await signedIn(request, deps);
    reply.type('text/html; charset=utf-8');
    const given = form.safeParse(request.body);
    const decision = bulkDecisions.find(({ name }) => name === given.data?.decision);
    if (!given.success || !decision) {
      const { path = [], message = '' } = given.error?.issues[0] ?? {};
      const problem = `The ${path[0] === 'payment' ? 'selection' : path.join(' ')} ${message}.`;
      return reply.code(400).send(renderBulk(visitor, { problem, back: '/reviews' }));
    }
    const denied = notAllowed(decision.message, visitor);
    const { back } = given.data;
    if (denied) return reply.code(denied.status).send(renderBulk(visitor, { problem: denied.text, back }));
    const outcomes: Outcome[] = [];
    for (const each of given.data.payment)
      outcomes.push(await decideOne(deps, visitor, decision, each, given.data, request.log));
    return renderBulk(visitor, { decision, outcomes, back });
  });
};

async function decideOne(
  deps: RouteDeps,
  visitor: Visitor,
  { message, fields }: BulkDecision,
  uniqueReference: string,
  typed: z.infer<typeof form>,
  log: FastifyBaseLogger,
): Promise<Outcome> {
  const ref = { subscriberId: visitor.subscriberId, uniqueReference };
  try {
    const input = { ...fields(typed), reason: typed.reason };
    const decided = await decide(deps, visitor, ref, message, input);
    if ('refused' in decided)
      return { reference: uniqueReference, result: 'refused', text: decided.refused.text };
    return { reference: uniqueReference, ...taken(decided.answer) };
  } catch (error) {
    return { reference: uniqueReference, result: 'refused', text: whyFailed(error, log) };
  }
}

function taken(answer: MessageAnswer): Omit<Outcome, 'reference'> {
  const amount = formatMoney(answer.amount);
  return answer.outcome === 'proposed'
    ? {
        result: 'proposed',
        amount,
        text: `You propose to ${answer.proposed.what}: another person confirms it.`,
      }
    : { result: 'taken', amount, text: `${HEADLINES[answer.status]}.` };
}

/** One that fails takes no other down with it, and no one who looks at the summary takes it for done. */
function whyFailed(error: unknown, log: FastifyBaseLogger): string {
  const { kind } = failureOf(error);
  if (kind === 'notFound') return 'There is no such payment.';
  if (kind === 'unavailable' || kind === 'overloaded')
    return 'It could not be asked: look at the case, before you decide once more.';
  log.error({ err: error }, 'a decision of several failed');
  return 'An error here: look at the case, before you decide once more.';
}

interface Summary {
  readonly problem?: string;
  readonly decision?: BulkDecision;
  readonly outcomes?: readonly Outcome[];
  readonly back: string;
}

function renderBulk(visitor: Visitor, { problem, decision, outcomes = [], back }: Summary): string {
  const of = (result: Outcome['result']) =>
    outcomes
      .filter((outcome) => outcome.result === result)
      .map((outcome) => ({ ...outcome, href: casePath(outcome.reference) }));
  return renderDesk('./queue/bulk.eta', {
    visitor,
    now: utc(new Date()),
    problem,
    decision: decision?.label,
    total: outcomes.length,
    groups: [
      { title: 'Taken', outcomes: of('taken') },
      { title: 'Proposed', outcomes: of('proposed') },
      { title: 'Refused', outcomes: of('refused') },
    ].filter((group) => group.outcomes.length > 0),
    back,
  });
}
