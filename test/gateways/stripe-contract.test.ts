import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import readline from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createStripeGateway } from '../../src/gateways/stripe/stripe-gateway.ts';
import { stripeMock } from '../../tools/binaries/stripe-mock.ts';

// stripe-mock checks each call against Stripe's published API and answers with a fixture: it keeps nothing. What a test
// needs to be so (the charge is captured, the dispute was won, the refund is ours) is written over the fixtures on
// their way here.

interface Passed {
  readonly call: string;
  readonly query: Record<string, string>;
  readonly form: Record<string, string>;
  readonly idempotencyKey: string | undefined;
  readonly status: number;
}

/** The first run builds stripe-mock. */
const BUILD_MS = 600_000;

let mock: ChildProcess | undefined;
let mockUrl = '';
let proxy: http.Server | undefined;
let url = '';
const passed: Passed[] = [];

beforeAll(async () => {
  const program = await stripeMock((line) => console.log(line));
  mock = spawn(program, ['-http-addr', '127.0.0.1:', '-https-addr', '127.0.0.1:'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!mock.stdout) throw new Error('stripe-mock has no output to tell its port by');
  for await (const line of readline.createInterface(mock.stdout)) {
    const address = /HTTP at address: (\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    mockUrl = `http://${address}`;
    break;
  }
  if (mockUrl === '') throw new Error('stripe-mock ended before it served');
  proxy = http.createServer((request, response) => void pass(request, response));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}, BUILD_MS);
afterEach(() => {
  passed.length = 0;
});
afterAll(async () => {
  proxy?.close();
  proxy?.closeAllConnections();
  if (!mock) return;
  const ended = once(mock, 'exit');
  mock.kill();
  await ended;
});

async function pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  let form = '';
  for await (const chunk of request) form += String(chunk);
  const { pathname, search, searchParams } = new URL(request.url ?? '/', url);
  const headers = new Headers();
  for (const name of ['authorization', 'content-type', 'stripe-version', 'idempotency-key']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const method = request.method ?? '';
  const answer = await fetch(`${mockUrl}${pathname}${search}`, {
    method,
    headers,
    ...(method === 'POST' ? { body: form } : {}),
  });
  passed.push({
    call: `${method} ${pathname}`,
    query: Object.fromEntries(searchParams),
    form: Object.fromEntries(new URLSearchParams(form)),
    idempotencyKey: answer.headers.get('idempotency-key') ?? undefined,
    status: answer.status,
  });
  response.writeHead(answer.status).end(JSON.stringify(asTheTestNeeds(await answer.json())));
}

const fixture = z.looseObject({ object: z.string() });

function asTheTestNeeds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTheTestNeeds);
  const { success, data } = fixture.safeParse(value);
  if (!success) return value;
  switch (data.object) {
    case 'charge':
      return { ...data, captured: true, amount_captured: 2_000 };
    case 'payment_intent':
      return { ...data, latest_charge: asTheTestNeeds(data['latest_charge']) };
    case 'dispute':
      return { ...data, status: 'won' };
    case 'refund':
      return { ...data, metadata: { refundReference: 'reference-1' } };
    case 'list':
      return { ...data, data: asTheTestNeeds(data['data']) };
    default:
      return value;
  }
}

const refund = {
  refundReference: 'reference-1',
  subscriberId: 'shop',
  idempotencyKey: 'key-1',
  amount: { minor: 1_099, currency: 'USD' },
};

describe('by the word of Stripe’s published API', () => {
  test.each([
    ['pi_1', 'GET /v1/payment_intents/pi_1', 'payment_intent'],
    ['ch_1', 'GET /v1/charges/ch_1', 'charge'],
  ])(
    'a refund on %s is asked for as Stripe takes it, and its answers are read',
    async (token, first, name) => {
      const gateway = createStripeGateway({ name: 'stripe', apiKey: 'sk_test_1', baseUrl: url });
      const paid = await gateway.submit({ ...refund, paymentOptionToken: token });
      expect(paid).toMatchObject({ kind: 'paid', processed: refund.amount });

      expect(new Set(passed.map(({ call, status }) => `${call} ${status}`))).toEqual(
        new Set([`${first} 200`, 'GET /v1/disputes 200', 'POST /v1/refunds 200']),
      );
      expect(passed.find(({ call }) => call === 'GET /v1/disputes')?.query).toMatchObject({ [name]: token });
      expect(passed.find(({ call }) => call === 'POST /v1/refunds')).toMatchObject({
        form: { amount: '1099', [name]: token, 'metadata[refundReference]': 'reference-1' },
        idempotencyKey: 'key-1',
      });
    },
  );

  test.each([
    ['pi_1', 'payment_intent'],
    ['ch_1', 'charge'],
  ])('a refund on %s is looked up as Stripe takes it', async (token, name) => {
    const gateway = createStripeGateway({ name: 'stripe', apiKey: 'sk_test_1', baseUrl: url });
    const found = await gateway.lookup({ ...refund, paymentOptionToken: token });
    expect(found).toMatchObject({ kind: 'paid', gatewayReference: expect.stringMatching(/^re_/) });
    expect(passed).toMatchObject([{ call: 'GET /v1/refunds', query: { [name]: token }, status: 200 }]);
  });

  test('a report is asked for as Stripe takes it', async () => {
    const gateway = createStripeGateway({ name: 'stripe', apiKey: 'sk_test_1', baseUrl: url });
    const from = new Date('2026-11-01T00:00:00Z');
    const to = new Date('2026-11-02T00:00:00Z');
    const refunds = [];
    for await (const one of gateway.report(from, to)) refunds.push(one);
    expect(refunds).toMatchObject([{ refundReference: 'reference-1', status: 'paid' }]);
    expect(passed).toMatchObject([
      {
        query: { 'created[gte]': String(from.getTime() / 1000), 'created[lt]': String(to.getTime() / 1000) },
        status: 200,
      },
    ]);
  });

  test('a call that it does not know is refused: this test can fail', async () => {
    const response = await fetch(`${url}/v1/refunds?payment=pi_1`, {
      headers: { authorization: 'Bearer sk_test_1' },
    });
    expect(response.status).toBe(400);
  });

  test('without an API key nothing is taken in', async () => {
    const gateway = createStripeGateway({ name: 'stripe', apiKey: 'wrong', baseUrl: url });
    await expect(gateway.lookup({ ...refund, paymentOptionToken: 'pi_1' })).rejects.toThrow(/API key/);
  });
});
