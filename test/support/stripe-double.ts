import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import {
  find,
  type Switch,
  type SwitchInput,
  switchList,
  Switches,
} from '../../src/sandbox-gateway/switches.ts';

export interface StripePayment {
  readonly charge: string;
  readonly paymentIntent: string;
  readonly amount: number;
  readonly currency: string;
  captured: boolean;
  readonly disputes: { readonly id: string; readonly status: string }[];
  /** Whose it is, where its payment service says so. */
  owner?: string;
}

export interface BookedRefund {
  readonly id: string;
  readonly payment: StripePayment;
  readonly amount: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Epoch seconds, as Stripe has it. */
  readonly created: number;
  readonly settlesAt: number;
  settlesAs: 'succeeded' | 'failed' | 'canceled' | 'requires_action';
  failureReason?: string;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Kind = 'POST refunds' | 'GET refunds' | 'GET payment' | 'GET disputes';
/** Whether Stripe gives the answer again under the same key: from when the work on a call has begun, it does. */
type Done = Answer & { readonly kept: boolean };

/** A process that was killed does nothing more. */
class Killed extends Error {}

// Small, so that a reader of the first page alone misses refunds.
const PAGE = 2;

/**
 * Stripe as far as refunds need it, over HTTP and with books of its own: payments, refunds, disputes, idempotency keys
 * (https://docs.stripe.com/api/idempotent_requests). It takes the sandbox gateway's switches.
 */
export class StripeDouble {
  readonly calls: Call[] = [];
  private readonly payments: StripePayment[] = [];
  private readonly refunds: BookedRefund[] = [];
  private readonly keys = new Map<string, { readonly form: string; readonly answer: Answer }>();
  private readonly switches = new Switches();
  private readonly prepared: { readonly kind: Kind; readonly done: Done }[] = [];
  private keysAtWork = new Set<string>();
  private server: http.Server | undefined;
  private port = 0;

  static async start(): Promise<StripeDouble> {
    const double = new StripeDouble();
    await double.restart();
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Serves, or serves again on the same port with the same books. */
  async restart(): Promise<void> {
    const keysAtWork = new Set<string>();
    this.keysAtWork = keysAtWork;
    this.server = http.createServer((request, response) => {
      this.serve(request, response, keysAtWork).catch((error: unknown) => {
        if (!(error instanceof Killed)) console.error(error);
        response.destroy();
      });
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (typeof address === 'object' && address) this.port = address.port;
  }

  /** As SIGKILL does: every connection breaks, and what was not booked yet never is. */
  async kill(): Promise<void> {
    this.keysAtWork = new Set();
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  misbehave(...switches: SwitchInput[]): void {
    this.switches.replace(switchList.parse(switches));
  }

  /** Answers the next call of a kind so, without doing what it asks. */
  answerNext(kind: Kind, answer: Answer, kept = false): void {
    this.prepared.push({ kind, done: { ...answer, kept } });
  }

  /** A customer's payment, captured; the amount as Stripe counts it. */
  pay(amount = 10_000, currency = 'eur'): StripePayment {
    const [charge, paymentIntent] = [newId('ch'), newId('pi')];
    const payment = { charge, paymentIntent, amount, currency, captured: true, disputes: [] };
    this.payments.push(payment);
    return payment;
  }

  /** A refund, as one that was made at Stripe and not through us. */
  refund(
    payment: StripePayment,
    amount: number,
    change: Partial<Pick<BookedRefund, 'metadata' | 'created' | 'settlesAs' | 'settlesAt'>> = {},
  ): BookedRefund {
    const now = Date.now();
    const refund: BookedRefund = {
      id: newId('re'),
      payment,
      amount,
      metadata: {},
      created: Math.floor(now / 1000),
      settlesAt: now,
      settlesAs: 'succeeded',
      ...change,
    };
    this.refunds.push(refund);
    return refund;
  }

  booked(refundReference: string): BookedRefund[] {
    return this.refunds.filter(({ metadata }) => metadata['refundReference'] === refundReference);
  }

  private async serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    keysAtWork: Set<string>,
  ): Promise<void> {
    let form = '';
    for await (const chunk of request) form += String(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const call: Call = {
      method: request.method ?? '',
      path: pathname,
      query: searchParams,
      form: new URLSearchParams(form),
      headers: request.headers,
    };
    this.calls.push(call);
    const switches = this.switches.take(call.method === 'POST' ? 'submit' : 'lookup', []);
    const answer = await this.answer(call, form, switches, keysAtWork);
    if (find(switches, 'dropAnswer')) throw new Killed();
    response.writeHead(answer.status, { 'request-id': 'req_1', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  }

  private async answer(
    call: Call,
    form: string,
    switches: readonly Switch[],
    keysAtWork: Set<string>,
  ): Promise<Answer> {
    const tooMany = find(switches, 'tooMany');
    if (tooMany) {
      const headers = { 'retry-after': String(tooMany.retryAfterSeconds) };
      return { ...problem(429, 'invalid_request_error', 'Too many requests.', 'rate_limit'), headers };
    }
    const key = call.headers['idempotency-key'];
    if (typeof key !== 'string') return this.work(call, switches, keysAtWork);

    const earlier = find(switches, 'forgetKeys') ? undefined : this.keys.get(key);
    if (earlier?.form === form) return earlier.answer;
    if (earlier) return problem(400, 'idempotency_error', 'The key was used with other parameters.');
    if (keysAtWork.has(key)) {
      return problem(409, 'idempotency_error', 'The key is in use.', 'idempotency_key_in_use');
    }
    keysAtWork.add(key);
    try {
      const { kept, ...answer } = await this.work(call, switches, keysAtWork);
      if (kept) this.keys.set(key, { form, answer });
      const slow = find(switches, 'slow');
      if (slow?.when === 'afterBooking') await pause(slow.ms);
      return answer;
    } finally {
      keysAtWork.delete(key);
    }
  }

  private async work(call: Call, switches: readonly Switch[], keysAtWork: Set<string>): Promise<Done> {
    const slow = find(switches, 'slow');
    const failure = find(switches, 'error500');
    const broken = problem(500, 'api_error', 'Something broke.');
    if (slow?.when === 'beforeBooking') await pause(slow.ms);
    if (keysAtWork !== this.keysAtWork) throw new Killed();
    if (failure?.when === 'beforeBooking') return { ...broken, kept: false };
    const done = this.carryOut(call, switches);
    return failure?.when === 'afterBooking' ? { ...broken, kept: done.kept } : done;
  }

  private carryOut(call: Call, switches: readonly Switch[]): Done {
    const [, , resource = '', id = ''] = call.path.split('/');
    const isPayment = resource === 'payment_intents' || resource === 'charges';
    const kind = `${call.method} ${isPayment ? 'payment' : resource}`;
    const index = this.prepared.findIndex((one) => one.kind === kind);
    const [prepared] = index === -1 ? [] : this.prepared.splice(index, 1);
    if (prepared) return prepared.done;

    if (kind === 'POST refunds') return this.create(call.form, switches);
    if (kind === 'GET payment') {
      const payment = this.payments.find((one) => one.paymentIntent === id || one.charge === id);
      if (!payment) return { ...missing(id), kept: false };
      const charge = this.showCharge(payment);
      return ok(resource === 'charges' ? charge : { id, object: 'payment_intent', latest_charge: charge });
    }
    const payment = this.paymentIn(call.query);
    if (payment === 'missing') return { ...missing('the payment'), kept: false };
    if (kind === 'GET disputes') return ok(page(payment?.disputes ?? [], call.query));
    const from = Number(call.query.get('created[gte]') ?? 0);
    const to = Number(call.query.get('created[lt]') ?? Number.POSITIVE_INFINITY);
    const refunds = this.refunds
      .filter((refund) => payment === undefined || refund.payment === payment)
      .filter(({ created }) => created >= from && created < to)
      .map(showRefund)
      .reverse();
    return ok(page(refunds, call.query));
  }

  private create(form: URLSearchParams, switches: readonly Switch[]): Done {
    const payment = this.paymentIn(form);
    if (payment === undefined || payment === 'missing') return { ...missing('the payment'), kept: false };
    const refused = (message: string, code: string): Done => ({
      ...problem(400, 'invalid_request_error', message, code),
      kept: true,
    });
    const amount = Number(form.get('amount'));
    const left = payment.amount - this.refunded(payment);
    const lost = payment.disputes.some(({ status }) => status !== 'won' && status !== 'warning_closed');
    if (lost) return refused('The charge was charged back.', 'charge_disputed');
    if (left === 0) return refused('The charge has already been refunded.', 'charge_already_refunded');
    if (amount > left) return refused(`${amount} is more than the ${left} that is left.`, '');
    const decline = find(switches, 'decline');
    const refund = this.refund(payment, amount, {
      metadata: { refundReference: form.get('metadata[refundReference]') ?? '' },
      settlesAt: Date.now() + (find(switches, 'captureLater')?.ms ?? 0),
      settlesAs: decline ? 'failed' : 'succeeded',
    });
    if (decline) refund.failureReason = 'lost_or_stolen_card';
    return ok(showRefund(refund));
  }

  private paymentIn(params: URLSearchParams): StripePayment | 'missing' | undefined {
    const id = params.get('payment_intent') ?? params.get('charge');
    if (id === null) return undefined;
    return this.payments.find((one) => one.paymentIntent === id || one.charge === id) ?? 'missing';
  }

  private refunded(payment: StripePayment): number {
    return this.refunds
      .filter((refund) => refund.payment === payment)
      .filter((refund) => !['failed', 'canceled'].includes(statusOf(refund)))
      .reduce((sum, { amount }) => sum + amount, 0);
  }

  private showCharge(payment: StripePayment): object {
    return {
      id: payment.charge,
      object: 'charge',
      currency: payment.currency,
      captured: payment.captured,
      amount: payment.amount,
      amount_captured: payment.captured ? payment.amount : 0,
      amount_refunded: this.refunded(payment),
      metadata: payment.owner === undefined ? {} : { serviceSubscriber: payment.owner },
    };
  }
}

function statusOf({ settlesAt, settlesAs }: BookedRefund): string {
  return Date.now() < settlesAt ? 'pending' : settlesAs;
}

function showRefund(refund: BookedRefund): { id: string } {
  const { id, payment, amount, metadata, created, failureReason } = refund;
  const status = statusOf(refund);
  return {
    id,
    ...{ object: 'refund', charge: payment.charge, payment_intent: payment.paymentIntent },
    ...{ amount, currency: payment.currency, metadata, created, status },
    ...(status === 'failed' && failureReason !== undefined ? { failure_reason: failureReason } : {}),
  };
}

function page(all: readonly { readonly id: string }[], query: URLSearchParams): object {
  const after = query.get('starting_after');
  const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const data = all.slice(start, start + PAGE);
  return { object: 'list', url: '/v1', data, has_more: start + PAGE < all.length };
}

function ok(body: unknown): Done {
  return { status: 200, body, kept: true };
}

function missing(what: string): Answer {
  return problem(404, 'invalid_request_error', `No such payment: ${what}`, 'resource_missing');
}

/** An error as Stripe writes it: https://docs.stripe.com/api/errors */
export function problem(status: number, type: string, message: string, code?: string): Answer {
  return { status, body: { error: { type, message, ...(code === undefined ? {} : { code }) } } };
}

function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}
