import { randomUUID } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_MINOR, type Money } from '../../src/domain/money.ts';
import type { ReportedRefund } from '../../src/domain/reconciliation.ts';
import { GatewayUnavailable, type RefundRequest } from '../../src/gateways/port/refund-gateway.ts';
import { createStripeGateway } from '../../src/gateways/stripe/stripe-gateway.ts';
import { freePort } from '../../tools/stack/ports.ts';
import { type Answer, problem, StripeDouble, type StripePayment } from '../support/stripe-double.ts';

let stripe: StripeDouble;
beforeAll(async () => {
  stripe = await StripeDouble.start();
});
afterAll(() => stripe.kill());

function gatewayAt(baseUrl: string, timeoutMs = 10_000) {
  return createStripeGateway({ name: 'acme-stripe', apiKey: 'sk_test_1', baseUrl, timeoutMs });
}

function refundOf(payment: StripePayment, change: Partial<RefundRequest> = {}): RefundRequest {
  const refundReference = randomUUID();
  return {
    refundReference,
    subscriberId: 'shop',
    idempotencyKey: `key-${refundReference}`,
    paymentOptionToken: payment.paymentIntent,
    amount: { minor: 10_000, currency: 'EUR' },
    ...change,
  };
}

describe('an account that several subscribers share', () => {
  const shared = () =>
    createStripeGateway({ name: 'shared', apiKey: 'sk_test_1', baseUrl: stripe.url, isShared: true });

  test.each([
    ['of another subscriber', 'another-shop', 'is of another subscriber'],
    ['that names none', undefined, 'names no subscriber'],
  ])('refunds no charge %s, though its id is known', async (_which, owner, why) => {
    const payment = stripe.pay();
    if (owner !== undefined) payment.owner = owner;
    const refund = refundOf(payment);
    expect(await shared().submit(refund)).toEqual({ kind: 'declined', reason: expect.stringContaining(why) });
    expect(stripe.booked(refund.refundReference)).toEqual([]);
  });

  test("refunds the subscriber's own", async () => {
    const payment = stripe.pay();
    payment.owner = 'shop';
    expect(await shared().submit(refundOf(payment))).toMatchObject({ kind: 'paid' });
  });
});

describe('a refund that goes well', () => {
  test('is sent with its key and our reference, paid, and found again by that reference', async () => {
    const gateway = gatewayAt(stripe.url);
    const payment = stripe.pay();
    const refund = refundOf(payment);
    const outcome = await gateway.submit(refund);
    expect(outcome).toEqual({
      kind: 'paid',
      gatewayReference: stripe.booked(refund.refundReference)[0]?.id,
      processed: refund.amount,
    });
    expect(await gateway.lookup(refund)).toEqual(outcome);

    const sent = stripe.calls.findLast(({ method }) => method === 'POST');
    expect(sent?.headers['idempotency-key']).toBe(refund.idempotencyKey);
    expect(Object.fromEntries(sent?.form ?? [])).toEqual({
      payment_intent: payment.paymentIntent,
      amount: '10000',
      'metadata[refundReference]': refund.refundReference,
    });
  });

  test('goes back on a charge where the payment option names one', async () => {
    const gateway = gatewayAt(stripe.url);
    const payment = stripe.pay();
    const refund = refundOf(payment, { paymentOptionToken: payment.charge });
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'paid' });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'paid' });
  });

  test('sent again gets the same answer and is paid once, also where nothing is left of the payment', async () => {
    const gateway = gatewayAt(stripe.url);
    const refund = refundOf(stripe.pay());
    const first = await gateway.submit(refund);
    expect(await gateway.submit(refund)).toEqual(first);
    expect(stripe.booked(refund.refundReference)).toHaveLength(1);
  });

  test('is paid once when the same call arrives ten times at once, and none is told otherwise', async () => {
    const gateway = gatewayAt(stripe.url);
    const refund = refundOf(stripe.pay());
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => gateway.submit(refund)));
    expect(stripe.booked(refund.refundReference)).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind !== 'paid' && kind !== 'unknown')).toEqual([]);
  });

  test('that Stripe settles later is pending first, then paid', async () => {
    const gateway = gatewayAt(stripe.url);
    stripe.misbehave({ misbehave: 'captureLater', ms: 300, calls: 1 });
    const refund = refundOf(stripe.pay());
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'pending' });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'pending' });
    await expect.poll(() => gateway.lookup(refund)).toMatchObject({ kind: 'paid' });
  });

  test('is found among many refunds of its payment', async () => {
    const gateway = gatewayAt(stripe.url);
    const payment = stripe.pay();
    const refund = refundOf(payment, { amount: { minor: 100, currency: 'EUR' } });
    const paid = await gateway.submit(refund);
    for (let other = 0; other < 7; other += 1) stripe.refund(payment, 100);
    expect(await gateway.lookup(refund)).toEqual(paid);
    expect(await gateway.lookup(refundOf(payment))).toEqual({ kind: 'notFound' });
  });

  test('that is there more than once is told as paid where one of them is', async () => {
    const gateway = gatewayAt(stripe.url);
    const payment = stripe.pay();
    const refund = refundOf(payment);
    const metadata = { refundReference: refund.refundReference };
    const twin = stripe.refund(payment, 100, { metadata, settlesAs: 'canceled' });
    stripe.refund(payment, 100, { metadata, settlesAs: 'canceled' });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'declined' });
    stripe.refund(payment, 100, { metadata, settlesAs: 'requires_action' });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'pending' });
    twin.settlesAs = 'succeeded';
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'paid', gatewayReference: twin.id });
  });
});

describe('a refund that comes to nothing', () => {
  test.each([
    ['lost_or_stolen_card', 'declined', 'lost or stolen'],
    ['expired_or_canceled_card', 'declined', 'expired'],
    ['insufficient_funds', 'declined', 'balance'],
    ['declined', 'declined', 'the bank'],
    ['merchant_request', 'declined', 'merchant'],
    ['unknown', 'declined', 'no plain reason'],
    ['charge_for_pending_refund_disputed', 'contested', 'disputed'],
  ])('after it was paid, for %s, is told as %s', async (failureReason, kind, words) => {
    const gateway = gatewayAt(stripe.url);
    const refund = refundOf(stripe.pay());
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'paid' });
    const [booked] = stripe.booked(refund.refundReference);
    Object.assign(booked ?? {}, { settlesAs: 'failed', failureReason });
    const reason = expect.stringContaining(words);
    expect(await gateway.lookup(refund)).toEqual({ kind, reason });
  });

  test.each(['tok_visa', 'pm_1', 'pi_1/../refunds', '', 're_1'])(
    'for a payment option "%s" that is no payment of Stripe, with nothing sent there',
    async (paymentOptionToken) => {
      const before = stripe.calls.length;
      const refund = refundOf(stripe.pay(), { paymentOptionToken });
      const reason = "the payment option's token is no PaymentIntent (pi_…) or Charge (ch_…) of Stripe's";
      expect(await gatewayAt(stripe.url).submit(refund)).toEqual({ kind: 'declined', reason });
      // It may have been sent elsewhere, when the gateway's name stood for another.
      expect(await gatewayAt(stripe.url).lookup(refund)).toEqual({ kind: 'unknown', reason });
      expect(stripe.calls).toHaveLength(before);
    },
  );

  test('for a payment that this account does not have', async () => {
    const refund = refundOf(stripe.pay(), { paymentOptionToken: 'pi_elsewhere' });
    const reason = expect.stringContaining('No such payment');
    expect(await gatewayAt(stripe.url).submit(refund)).toEqual({ kind: 'declined', reason });
    // A lookup cannot tell: it may be asking with the key of another account.
    expect(await gatewayAt(stripe.url).lookup(refund)).toEqual({ kind: 'unknown', reason });
  });

  test('where the payment was charged in another currency: Stripe would pay that one', async () => {
    const refund = refundOf(stripe.pay(10_000, 'usd'));
    const reason = expect.stringContaining('in USD, not in EUR');
    expect(await gatewayAt(stripe.url).submit(refund)).toEqual({ kind: 'declined', reason });
    expect(stripe.booked(refund.refundReference)).toEqual([]);
  });

  test('where the payment was authorised only, or never charged', async () => {
    const payment = stripe.pay();
    payment.captured = false;
    expect(await gatewayAt(stripe.url).submit(refundOf(payment))).toEqual({
      kind: 'declined',
      reason: expect.stringContaining('authorised'),
    });
    stripe.answerNext('GET payment', { status: 200, body: { id: 'pi_1', latest_charge: null } });
    expect(await gatewayAt(stripe.url).submit(refundOf(stripe.pay()))).toEqual({
      kind: 'declined',
      reason: expect.stringContaining('nothing was ever charged'),
    });
  });
});

describe('money that has gone back another way', () => {
  test('is found before paying: refunded elsewhere, so that too little is left', async () => {
    const payment = stripe.pay();
    stripe.refund(payment, 4_000);
    const refund = refundOf(payment, { amount: { minor: 6_001, currency: 'EUR' } });
    expect(await gatewayAt(stripe.url).submit(refund)).toEqual({
      kind: 'contested',
      reason: `60.00 EUR is left of charge ${payment.charge}: the rest has gone back already`,
    });
    expect(stripe.booked(refund.refundReference)).toEqual([]);
    const smaller = refundOf(payment, { amount: { minor: 6_000, currency: 'EUR' } });
    expect(await gatewayAt(stripe.url).submit(smaller)).toMatchObject({ kind: 'paid' });
  });

  test.each([
    'needs_response',
    'under_review',
    'lost',
    'warning_needs_response',
    'prevented',
    'a new status',
  ])('is found before paying: a dispute that is %s', async (status) => {
    const payment = stripe.pay();
    payment.disputes.push(
      { id: 'du_1', status: 'won' },
      { id: 'du_2', status: 'won' },
      { id: 'du_3', status },
    );
    const refund = refundOf(payment);
    expect(await gatewayAt(stripe.url).submit(refund)).toEqual({
      kind: 'contested',
      reason: `charge ${payment.charge} is disputed: du_3, ${status}`,
    });
    expect(stripe.booked(refund.refundReference)).toEqual([]);
  });

  test('does not contest our own refund, whose answer was lost', async () => {
    stripe.misbehave({ misbehave: 'dropAnswer', calls: 1 });
    const payment = stripe.pay();
    const refund = refundOf(payment);
    expect(await gatewayAt(stripe.url).submit(refund)).toMatchObject({ kind: 'unknown' });
    payment.disputes.push({ id: 'du_1', status: 'needs_response' });
    expect(await gatewayAt(stripe.url).submit(refund)).toMatchObject({ kind: 'paid' });
  });

  test.each(['charge_already_refunded', 'charge_disputed'])(
    'between our look and our call is told by Stripe: %s',
    async (code) => {
      stripe.answerNext('POST refunds', problem(400, 'invalid_request_error', 'Too late.', code));
      const refund = refundOf(stripe.pay());
      const reason = expect.stringContaining('Too late.');
      expect(await gatewayAt(stripe.url).submit(refund)).toEqual({ kind: 'contested', reason });
    },
  );

  test('lets a refund pass whose dispute was won or was an inquiry that is closed', async () => {
    const payment = stripe.pay();
    payment.disputes.push({ id: 'du_1', status: 'won' }, { id: 'du_2', status: 'warning_closed' });
    expect(await gatewayAt(stripe.url).submit(refundOf(payment))).toMatchObject({ kind: 'paid' });
  });
});

describe('a refund whose answer is lost', () => {
  test('is sent by one call only: the SDK, left alone, would send it again', async () => {
    stripe.misbehave({ misbehave: 'dropAnswer', calls: 1 });
    const refund = refundOf(stripe.pay());
    const before = stripe.calls.length;
    expect(await gatewayAt(stripe.url).submit(refund)).toEqual({
      kind: 'unknown',
      reason: expect.stringContaining('no answer from Stripe'),
    });
    expect(stripe.calls.slice(before).filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(await gatewayAt(stripe.url).lookup(refund)).toMatchObject({ kind: 'paid' });
  });

  test('because it took too long is unknown, then paid, and was paid once', async () => {
    stripe.misbehave({ misbehave: 'slow', ms: 700, when: 'afterBooking', calls: 1 });
    const refund = refundOf(stripe.pay());
    expect(await gatewayAt(stripe.url, 400).submit(refund)).toEqual({
      kind: 'unknown',
      reason: expect.stringContaining('timeout'),
    });
    expect(await gatewayAt(stripe.url).lookup(refund)).toMatchObject({ kind: 'paid' });
    expect(stripe.booked(refund.refundReference)).toHaveLength(1);
  });

  test('to a 500 that Stripe keeps under the key is found by lookup, where a resend gets the 500 again', async () => {
    stripe.misbehave({ misbehave: 'error500', when: 'afterBooking', calls: 1 });
    const gateway = gatewayAt(stripe.url);
    const refund = refundOf(stripe.pay(), { amount: { minor: 100, currency: 'EUR' } });
    const unknown = { kind: 'unknown', reason: expect.stringContaining('500') };
    expect(await gateway.submit(refund)).toEqual(unknown);
    expect(await gateway.submit(refund)).toEqual(unknown);
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'paid' });
    expect(stripe.booked(refund.refundReference)).toHaveLength(1);
  });

  test('to a 500 before anything was booked is never told as paid or declined', async () => {
    stripe.answerNext('POST refunds', problem(500, 'api_error', 'Broken.'), true);
    const gateway = gatewayAt(stripe.url);
    const refund = refundOf(stripe.pay());
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'unknown' });
    expect(await gateway.lookup(refund)).toEqual({ kind: 'notFound' });
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'unknown' });
  });

  test('and which Stripe refuses on the second call is what the first call made of it', async () => {
    const gateway = gatewayAt(stripe.url);
    const refund = refundOf(stripe.pay(), { amount: { minor: 100, currency: 'EUR' } });
    stripe.misbehave({ misbehave: 'dropAnswer', calls: 1 });
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'unknown' });
    stripe.misbehave({ misbehave: 'forgetKeys', calls: 1 });
    stripe.answerNext('POST refunds', problem(402, 'card_error', 'No.', 'card_declined'));
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'paid' });
  });
});

describe('what Stripe answers to a refund', () => {
  const unknown = (reason: string) => ({ kind: 'unknown', reason: expect.stringContaining(reason) });
  const declined = (reason: string) => ({ kind: 'declined', reason: expect.stringContaining(reason) });
  const refund = {
    ...{ id: 're_1', amount: 100, currency: 'eur', status: 'succeeded', created: 1 },
    metadata: { refundReference: 'r' },
  };
  const answer = (change: object): Answer => ({ status: 200, body: { ...refund, ...change } });

  test.each<[string, Answer, object]>([
    ['500', problem(500, 'api_error', 'Oh.'), unknown('500')],
    ['503 from a proxy', { status: 503, body: '<html>' }, unknown('Invalid JSON')],
    ['a redirect', { status: 307, body: '', headers: { location: '/v1/refunds' } }, unknown('Invalid JSON')],
    ['nothing', { status: 200, body: '' }, unknown('Invalid JSON')],
    ['null', { status: 200, body: 'null' }, unknown('cannot be read')],
    ['another status word', answer({ status: 'done' }), unknown('status')],
    ['no amount', answer({ amount: undefined }), unknown('amount')],
    ['a fraction of a cent', answer({ amount: 0.5 }), unknown('amount')],
    ['a currency that we do not have', answer({ currency: 'xyz' }), unknown('no amount of ours')],
    ['another refund', answer({ metadata: { refundReference: 'other' } }), unknown('another refund')],
    ['a refund of nobody', answer({ metadata: null }), unknown('another refund')],
    ['a key in use', problem(409, 'idempotency_error', 'In use.', 'idempotency_key_in_use'), unknown('409')],
    ['a key of another refund', problem(400, 'idempotency_error', 'Other.'), unknown('other particulars')],
    ['too much', problem(400, 'invalid_request_error', 'More than is left.'), declined('More than is left.')],
    ['a refused card', problem(402, 'card_error', 'Declined.', 'card_declined'), declined('Declined.')],
  ])('%s', async (_name, given, expected) => {
    stripe.answerNext('POST refunds', given);
    const outcome = await gatewayAt(stripe.url).submit(refundOf(stripe.pay(), { refundReference: 'r' }));
    expect(outcome).toEqual(expected);
    expect('reason' in outcome && outcome.reason.length).toBeLessThanOrEqual(255);
  });

  test.each<[string, Answer, object]>([
    [
      'too many calls',
      {
        ...problem(429, 'invalid_request_error', 'Slow down.', 'rate_limit'),
        headers: { 'retry-after': '7' },
      },
      { message: expect.stringContaining('Slow down.'), retryAfterMs: 7_000 },
    ],
    [
      'a locked payment',
      problem(429, 'invalid_request_error', 'Locked.', 'lock_timeout'),
      { message: expect.stringContaining('Locked.'), retryAfterMs: undefined },
    ],
    [
      'a wrong API key',
      problem(401, 'invalid_request_error', 'Invalid API Key'),
      { message: expect.stringContaining('API key of gateway acme-stripe') },
    ],
    [
      'an API key that may not refund',
      problem(403, 'invalid_request_error', 'Not permitted'),
      { message: expect.stringContaining('may write refunds') },
    ],
  ])('%s: it has not taken it in', async (_name, given, expected) => {
    stripe.answerNext('POST refunds', given);
    const submitted = gatewayAt(stripe.url).submit(refundOf(stripe.pay()));
    await expect(submitted).rejects.toMatchObject({ name: 'GatewayUnavailable', ...expected });
    stripe.answerNext('GET refunds', given);
    const lookedUp = gatewayAt(stripe.url).lookup(refundOf(stripe.pay()));
    await expect(lookedUp).rejects.toMatchObject({ name: 'GatewayUnavailable', ...expected });
  });

  test.each<['GET payment' | 'GET disputes' | 'GET refunds', Answer]>([
    ['GET payment', { status: 200, body: { latest_charge: { id: 'ch_1' } } }],
    ['GET payment', problem(500, 'api_error', 'Oh.')],
    ['GET payment', problem(400, 'invalid_request_error', 'No.')],
    ['GET disputes', { status: 200, body: { data: [{ id: 'du_1' }], has_more: false } }],
    ['GET disputes', { status: 200, body: { has_more: false } }],
    ['GET disputes', problem(500, 'api_error', 'Oh.')],
    ['GET disputes', problem(400, 'invalid_request_error', 'No.')],
  ])('unreadable to %s, so that nothing is sent: %o', async (kind, given) => {
    stripe.answerNext(kind, given);
    const request = refundOf(stripe.pay());
    expect(await gatewayAt(stripe.url).submit(request)).toMatchObject({ kind: 'unknown' });
    expect(stripe.booked(request.refundReference)).toEqual([]);
  });

  test.each<Answer>([
    { status: 200, body: { data: [{ id: 're_1' }], has_more: false } },
    { status: 200, body: {} },
    { status: 502, body: '<html>' },
    problem(500, 'api_error', 'Oh.'),
  ])('unreadable to a lookup is unknown, never "not found": %o', async (given) => {
    stripe.answerNext('GET refunds', given);
    expect(await gatewayAt(stripe.url).lookup(refundOf(stripe.pay()))).toMatchObject({ kind: 'unknown' });
  });
});

describe('Stripe out of reach', () => {
  test.each(['127.0.0.1', 'localhost', 'no-such-host.invalid'])(
    'is unavailable where nobody listens: %s',
    async (host) => {
      const gateway = gatewayAt(`http://${host}:${await freePort()}`);
      const calls = [gateway.submit(refundOf(stripe.pay())), gateway.lookup(refundOf(stripe.pay()))];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ reason: expect.any(GatewayUnavailable) });
        expect(outcome).toMatchObject({ reason: { message: expect.stringContaining('cannot be reached') } });
      }
    },
  );

  test.each([
    ['before its answer', ''],
    ['in the middle of its answer', 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"id": "re_1",'],
  ])('breaking off %s leaves the outcome unknown', async (_name, told) => {
    const server = net.createServer((socket) => {
      socket.once('data', () => socket.end(told, () => socket.resetAndDestroy()));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const gateway = gatewayAt(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    const request = refundOf(stripe.pay());
    expect(await gateway.submit(request)).toMatchObject({ kind: 'unknown' });
    expect(await gateway.lookup(request)).toMatchObject({ kind: 'unknown' });
    server.close();
  });

  test('holds nobody up for longer than the timeout, though a submit is several calls', async () => {
    const server = http.createServer(() => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const gateway = gatewayAt(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, 200);
    const started = Date.now();
    expect(await gateway.submit(refundOf(stripe.pay()))).toMatchObject({ kind: 'unknown' });
    expect(Date.now() - started).toBeLessThan(2_000);
    server.close();
    server.closeAllConnections();
  });
});

describe('the report', () => {
  async function reportOf(double: StripeDouble, from: Date, to: Date): Promise<ReportedRefund[]> {
    const refunds: ReportedRefund[] = [];
    for await (const refund of gatewayAt(double.url).report(from, to)) refunds.push(refund);
    return refunds;
  }

  test('has every refund that Stripe took in from one moment to another, ours and those of others', async () => {
    const double = await StripeDouble.start();
    const payment = double.pay();
    const day = new Date('2026-11-01T00:00:00Z');
    const at = (seconds: number) => day.getTime() / 1000 + seconds;
    double.refund(payment, 1, { created: at(-1) });
    double.refund(payment, 100, { created: at(0), metadata: { refundReference: 'ours' } });
    double.refund(payment, 200, { created: at(1), settlesAs: 'failed' });
    double.refund(payment, 300, { created: at(2), settlesAs: 'requires_action' });
    double.refund(double.pay(500, 'isk'), 500, { created: at(59), settlesAs: 'canceled' });
    double.refund(payment, 1, { created: at(60) });
    const refunds = await reportOf(double, day, new Date(day.getTime() + 60_000));
    await double.kill();
    const told = refunds.map(({ refundReference, status, amount }) => [
      refundReference,
      status,
      amount.minor,
    ]);
    expect(told.toSorted((a, b) => Number(a[2]) - Number(b[2]))).toEqual([
      [null, 'declined', 5],
      ['ours', 'paid', 100],
      [null, 'declined', 200],
      [null, 'pending', 300],
    ]);
    expect(refunds.find(({ refundReference }) => refundReference === 'ours')?.at).toEqual(day);
  });

  test('has a refund in a currency that is none of ours, as Stripe counts it', async () => {
    const double = await StripeDouble.start();
    double.refund(double.pay(100, 'xyz'), 100);
    const report = await reportOf(double, new Date(0), new Date(Date.now() + 60_000));
    expect(report).toMatchObject([{ amount: { minor: 100, currency: 'XYZ' } }]);
    await double.kill();
  });

  test('that cannot be read whole is no report', async () => {
    const double = await StripeDouble.start();
    double.answerNext('GET refunds', problem(500, 'api_error', 'Oh.'));
    await expect(reportOf(double, new Date(0), new Date())).rejects.toThrow(GatewayUnavailable);
    await double.kill();
  });
});

describe('amounts as Stripe counts them', () => {
  test.each([
    { currency: 'ISK', minor: 5, stripeAmount: 500 },
    { currency: 'MGA', minor: 500, stripeAmount: 5 },
  ])('are what is paid and what is told: $minor $currency', async ({ currency, minor, stripeAmount }) => {
    const refund = refundOf(stripe.pay(stripeAmount, currency.toLowerCase()), {
      amount: { minor, currency },
    });
    expect(await gatewayAt(stripe.url).submit(refund)).toMatchObject({ processed: { minor, currency } });
    expect(stripe.booked(refund.refundReference)).toMatchObject([{ amount: stripeAmount }]);
  });

  test.each<Money>([
    { minor: 12_345, currency: 'KWD' },
    { minor: 120, currency: 'MGA' },
    { minor: 1_000, currency: 'LYD' },
    { minor: 1_000, currency: 'IQD' },
    { minor: MAX_MINOR, currency: 'ISK' },
  ])('cannot be $minor of $currency: such a refund is declined and never sent', async (amount) => {
    const refund = refundOf(stripe.pay(1_000_000, amount.currency.toLowerCase()), { amount });
    expect(await gatewayAt(stripe.url).submit(refund)).toMatchObject({ kind: 'declined' });
    expect(stripe.booked(refund.refundReference)).toEqual([]);
  });
});
