import { setTimeout as pause } from 'node:timers/promises';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import { z } from 'zod';
import { contest, type BookedRefund, type Books } from './books.ts';
import { renderPage } from './page.ts';
import { accept, type RefundView, refundOrder, reverse, show, type Terms, totalsOf } from './refunds.ts';
import { find, type Switch, switchList, Switches } from './switches.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * The sandbox gateway over HTTP.
 *
 * POST /refunds                    with header Idempotency-Key: accepts a refund
 * GET  /refunds/:id                one refund
 * GET  /refunds?reference=…        all refunds under a reference
 * POST /refunds/:id/reverse        takes a captured refund back: {reason}
 * GET  /contests?paymentOptionToken=…  how a payment's money has gone back otherwise
 * POST /contests                   has it gone back: {paymentOptionToken, contested, reason}
 * GET  /books                      every refund ever accepted, and totals per currency
 * GET | PUT | DELETE /switches     how it misbehaves (switches.ts)
 * GET  /                           the books and switches for people
 * @param tell called with a refund that has settled or was reversed
 */
export function createApi(
  books: Books,
  terms: Terms,
  logger: FastifyBaseLogger,
  tell: (refund: RefundView) => void,
): FastifyInstance {
  const switches = new Switches();
  const tellOnceSettled = (refund: BookedRefund): void => {
    // A timer may fire a moment early.
    const wait = Math.max(Date.parse(refund.settlesAt) - Date.now(), 0) + 1;
    setTimeout(() => tell(show(books, refund, Date.now())), wait).unref();
  };
  for (const refund of books.all()) if (Date.parse(refund.settlesAt) > Date.now()) tellOnceSettled(refund);
  const api = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // A client that keeps its connection open must not keep this process from ending.
    forceCloseConnections: true,
  });

  api.post('/refunds', async (request, reply) => {
    const key = z.string().min(1).max(255).safeParse(request.headers['idempotency-key']);
    if (!key.success) return reply.code(400).send(problem('The header Idempotency-Key is missing.'));
    const order = refundOrder.safeParse(request.body);
    if (!order.success) return reply.code(400).send(problem(z.prettifyError(order.error)));
    const taken = switches.take('submit', [order.data.paymentOptionToken]);
    return answer(reply, taken, () => {
      const before = books.withKey(key.data);
      const refund = accept(books, terms, key.data, order.data, taken, Date.now());
      const booked = books.withKey(key.data);
      if (booked && booked !== before) tellOnceSettled(booked);
      if (refund !== 'keyOfAnotherOrder') return { status: 200, body: refund };
      return { status: 409, body: problem('This Idempotency-Key was used for another refund.') };
    });
  });

  api.get<{ Params: { id: string } }>('/refunds/:id', (request, reply) => {
    const refund = books.withId(request.params.id);
    return answer(reply, switches.take('lookup', refund ? [refund.paymentOptionToken] : []), () =>
      refund
        ? { status: 200, body: show(books, refund, Date.now()) }
        : { status: 404, body: problem(`There is no refund ${request.params.id}.`) },
    );
  });

  api.post<{ Params: { id: string } }>('/refunds/:id/reverse', (request, reply) => {
    const body = z.strictObject({ reason: z.string().min(1) }).safeParse(request.body);
    if (!body.success) return reply.code(400).send(problem(z.prettifyError(body.error)));
    const booked = books.withId(request.params.id);
    if (!booked) return reply.code(404).send(problem(`There is no refund ${request.params.id}.`));
    const reversed = reverse(books, booked, body.data.reason, Date.now());
    if (!reversed) return reply.code(409).send(problem('Only a captured refund can be reversed.'));
    tell(reversed);
    return reply.send(reversed);
  });

  api.get('/contests', (request, reply) => {
    const query = z.object({ paymentOptionToken: z.string().min(1) }).safeParse(request.query);
    if (!query.success) return reply.code(400).send(problem('Say which: /contests?paymentOptionToken=…'));
    return reply.send({ contests: books.contestsOf(query.data.paymentOptionToken) });
  });
  api.post('/contests', (request, reply) => {
    const body = contest.safeParse(request.body);
    if (!body.success) return reply.code(400).send(problem(z.prettifyError(body.error)));
    books.add(body.data);
    return reply.send(body.data);
  });

  api.get('/refunds', (request, reply) => {
    const query = z.object({ reference: z.string().min(1) }).safeParse(request.query);
    if (!query.success) return reply.code(400).send(problem('Say which: /refunds?reference=…'));
    const tokens = books.withReference(query.data.reference).map((refund) => refund.paymentOptionToken);
    return answer(reply, switches.take('lookup', tokens), () => ({
      status: 200,
      body: {
        refunds: books.withReference(query.data.reference).map((refund) => show(books, refund, Date.now())),
      },
    }));
  });

  const currentBooks = () => {
    const now = Date.now();
    const refunds = books.all().map((refund) => show(books, refund, now));
    return { refunds, totals: totalsOf(refunds) };
  };
  api.get('/books', () => currentBooks());
  api.get('/', (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(renderPage(currentBooks(), switches.list())),
  );

  api.get('/switches', () => switches.list());
  api.put('/switches', (request, reply) => {
    const list = switchList.safeParse(request.body);
    if (!list.success) return reply.code(400).send(problem(z.prettifyError(list.error)));
    switches.replace(list.data);
    return reply.send(switches.list());
  });
  api.delete('/switches', (_request, reply) => {
    switches.replace([]);
    return reply.code(204).send();
  });

  return api;
}

/** Does the work of a call and answers it, as badly as the switches ask. */
async function answer(
  reply: FastifyReply,
  switches: readonly Switch[],
  work: () => Answer,
): Promise<FastifyReply> {
  const tooMany = find(switches, 'tooMany');
  if (tooMany) {
    reply.header('retry-after', tooMany.retryAfterSeconds);
    return reply.code(429).send(problem('Too many requests.'));
  }
  const slow = find(switches, 'slow');
  const failure = find(switches, 'error500');

  if (slow?.when === 'beforeBooking') await pause(slow.ms);
  if (failure?.when === 'beforeBooking') return reply.code(500).send(problem('Something broke.'));
  const { status, body } = work();
  if (slow?.when === 'afterBooking') await pause(slow.ms);
  if (failure?.when === 'afterBooking') return reply.code(500).send(problem('Something broke.'));

  if (find(switches, 'dropAnswer')) {
    reply.hijack();
    reply.raw.destroy();
    return reply;
  }
  return reply.code(status).send(body);
}

function problem(text: string): { error: string } {
  return { error: text };
}
