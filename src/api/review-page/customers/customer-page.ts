import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { MessageRefused } from '../../../client/index.ts';
import { problemOfBlock } from '../../../domain/customer-block.ts';
import { casePath, customerBlockWorkflowId, type CustomerRef, customerPath } from '../../../domain/ids.ts';
import { explainAnswer } from '../../../domain/list-entry.ts';
import { upToDate } from '../../../reviews/moved-on.ts';
import { utc } from '../../../reviews/words.ts';
import { customerFileOf, MOST_PAYMENTS } from '../../../store/customers/customer-file.ts';
import { paymentByReference } from '../../../store/payments/payment-record.ts';
import { runUrl } from '../../../temporal/runs-address.ts';
import { freeText, requiredText } from '../../../wire/fields.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { paymentLine, trailLine } from '../case/case-sections.ts';
import { notAllowed, type NotTaken } from '../case/decide.ts';
import { renderDesk } from '../page/render.ts';
import { signedIn, type Visitor } from '../page/session.ts';

const params = z.object({ customerUuid: requiredText(64) });
const acts = ['block', 'unblock'] as const;
type Act = (typeof acts)[number];
const form = z.object({
  reason: freeText(500).regex(/\S/, 'is missing: say why'),
  /** The case that the form was on. */
  payment: requiredText(36).exactOptional(),
  /** The card of that case is blocked too. */
  card: z.literal('yes').exactOptional(),
});
const done = z.object({ done: z.enum(acts).exactOptional() }).catch({});

/** A customer with their payments and blocks, and blocking and unblocking them in the signed-in person's name. */
export const customerPageRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  app.get('/reviews/customer/:customerUuid', { schema: { hide: true, params } }, async (request, reply) => {
    const visitor = await signedIn(request, deps);
    const page = await pageOf(deps, visitor, request.params.customerUuid, done.parse(request.query));
    return reply.type('text/html; charset=utf-8').send(page);
  });

  app.post(
    '/reviews/customer/:customerUuid/:act',
    { schema: { hide: true, params: params.extend({ act: z.enum(acts) }) } },
    async (request, reply) => {
      const visitor = await signedIn(request, deps);
      const { customerUuid, act } = request.params;
      const customer = { subscriberId: visitor.subscriberId, customerUuid };
      const given = form.safeParse(request.body);
      const refused =
        notAllowed(`${act}Customer`, visitor) ??
        (given.success
          ? await carryOut(deps, visitor, customer, act, given.data)
          : { status: 400 as const, text: `The reason ${given.error.issues[0]?.message ?? 'is missing'}.` });
      if (refused) {
        const page = await pageOf(deps, visitor, customerUuid, { refused });
        return reply.code(refused.status).type('text/html; charset=utf-8').send(page);
      }
      const back = given.data?.payment;
      const next =
        back === undefined ? `${customerPath(customerUuid)}?done=${act}` : `${casePath(back)}#customer`;
      return reply.redirect(next, 303);
    },
  );
};

/** The same Update as from the Temporal UI. @returns why it was not taken */
async function carryOut(
  { client, pool, lifecycleCalls }: RouteDeps,
  { userId, known, subscriberId }: Visitor,
  customer: CustomerRef,
  act: Act,
  { reason, payment, card }: z.infer<typeof form>,
): Promise<NotTaken | undefined> {
  try {
    if (act === 'unblock') {
      const by = { operator: userId, known, reason };
      const { wasBlocked } = await lifecycleCalls.run(() => client.unblockCustomer(customer, by));
      return wasBlocked === false
        ? { status: 409, text: 'The customer was not blocked any more.' }
        : undefined;
    }
    const of =
      card && payment
        ? await paymentByReference(pool, { subscriberId, uniqueReference: payment })
        : undefined;
    const { token: _stays, ...cardOfCase } = of?.paymentOption ?? { token: '' };
    const request = {
      ...cardOfCase,
      onlinePayment: true,
      sendBlockNotification: true,
      threeDSAuthentication: false,
      actor: userId,
      reason,
    };
    const problem = problemOfBlock(request);
    if (problem !== undefined) return { status: 400, text: `${problem}.` };
    await lifecycleCalls.run(() => client.blockCustomer(customer, request, known));
    return undefined;
  } catch (error) {
    if (error instanceof MessageRefused) return { status: 409, text: error.message };
    throw error;
  }
}

interface Outcome {
  readonly done?: Act | undefined;
  readonly refused?: NotTaken;
}

async function pageOf(
  { pool, client, runs }: RouteDeps,
  visitor: Visitor,
  customerUuid: string,
  outcome: Outcome,
): Promise<string> {
  const customer = { subscriberId: visitor.subscriberId, customerUuid };
  const { block, payments, listed, trail } = await customerFileOf(pool, customer);
  const act = block.customerBlocked ? 'unblock' : 'block';
  return renderDesk('./customers/customer.eta', {
    ...outcome,
    visitor,
    now: utc(new Date()),
    customerUuid,
    path: customerPath(customerUuid),
    isBlocked: block.customerBlocked,
    until: block.expiresAt === undefined ? undefined : utc(new Date(block.expiresAt)),
    act: notAllowed(`${act}Customer`, visitor) === undefined ? act : undefined,
    isReader: visitor.roles === undefined,
    runUrl: runUrl(customerBlockWorkflowId(customer), runs),
    listed: explainAnswer(listed),
    payments: (await upToDate(client, payments)).map(paymentLine),
    most: payments.length === MOST_PAYMENTS ? MOST_PAYMENTS : undefined,
    trail: trail.map(trailLine),
  });
}
