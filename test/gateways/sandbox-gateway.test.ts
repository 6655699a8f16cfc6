import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { GatewayUnavailable, type RefundRequest } from '../../src/gateways/port/refund-gateway.ts';
import { createSandboxGateway } from '../../src/gateways/sandbox/sandbox-gateway.ts';
import { freePort } from '../../tools/stack/ports.ts';
import { SandboxProcess } from '../support/sandbox-process.ts';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await SandboxProcess.start();
});
afterEach(() => sandbox.misbehave());
afterAll(() => sandbox.remove());

function gatewayAt(url: string) {
  return createSandboxGateway({ url });
}

function newRefund(change: Partial<RefundRequest> = {}): RefundRequest {
  const refundReference = randomUUID();
  return {
    refundReference,
    subscriberId: 'shop',
    idempotencyKey: `key-${refundReference}`,
    paymentOptionToken: 'tok_visa',
    amount: { minor: 10_025, currency: 'EUR' },
    ...change,
  };
}

describe('a refund that goes well', () => {
  test('is paid, and found again by our reference', async () => {
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    const outcome = await gateway.submit(refund);
    expect(outcome).toMatchObject({ kind: 'paid', processed: refund.amount });
    expect(await gateway.lookup(refund)).toEqual(outcome);
  });

  test('sent again under its key gets the first answer again and is paid once', async () => {
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    const first = await gateway.submit(refund);
    expect(await gateway.submit(refund)).toEqual(first);
    expect(await sandbox.booked(refund.refundReference)).toHaveLength(1);
  });

  test('is paid once when the same call arrives ten times at once', async () => {
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => gateway.submit(refund)));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(await sandbox.booked(refund.refundReference)).toHaveLength(1);
  });

  test.each([
    { minor: 500, currency: 'JPY' },
    { minor: 12_345, currency: 'KWD' },
  ])('keeps an amount of $minor $currency as it is', async (amount) => {
    expect(await gatewayAt(sandbox.url).submit(newRefund({ amount }))).toMatchObject({ processed: amount });
  });

  test('that the gateway processed in another currency keeps the amount as the gateway gave it', async () => {
    await sandbox.misbehave({ misbehave: 'processAs', amountMinor: 10_930, currency: 'USD' });
    const gateway = gatewayAt(sandbox.url);
    expect(await gateway.submit(newRefund())).toMatchObject({
      kind: 'paid',
      processed: { minor: 10_930, currency: 'USD' },
    });
  });

  test('that the gateway settles later is pending first, then paid', async () => {
    await sandbox.misbehave({ misbehave: 'captureLater', ms: 1_000, calls: 1 });
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'pending' });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'pending' });
    await sleep(1_000);
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'paid' });
    // The first answer again, as it was.
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'pending' });
    expect(await sandbox.booked(refund.refundReference)).toHaveLength(1);
  });
});

describe('a refund that is declined', () => {
  test('says why, at the first call, at a repeat and at a lookup', async () => {
    await sandbox.misbehave({ misbehave: 'decline', reason: 'card closed', calls: 1 });
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    const declined = { kind: 'declined', reason: 'card closed' };
    expect(await gateway.submit(refund)).toEqual(declined);
    expect(await gateway.submit(refund)).toEqual(declined);
    expect(await gateway.lookup(refund)).toEqual(declined);
  });

  test('with a long reason has it cut to the 255 characters that the documents allow', async () => {
    await sandbox.misbehave({ misbehave: 'decline', reason: '💶'.repeat(300) });
    expect(await gatewayAt(sandbox.url).submit(newRefund())).toEqual({
      kind: 'declined',
      reason: '💶'.repeat(255),
    });
  });

  test('for one payment option is paid for another', async () => {
    await sandbox.misbehave({ misbehave: 'decline', paymentOptionToken: 'tok_closed' });
    const gateway = gatewayAt(sandbox.url);
    expect(await gateway.submit(newRefund({ paymentOptionToken: 'tok_closed' }))).toMatchObject({
      kind: 'declined',
    });
    expect(await gateway.submit(newRefund())).toMatchObject({ kind: 'paid' });
  });
});

describe('a refund whose answer is lost', () => {
  test('is unknown, found by lookup, and paid once however often it is sent again', async () => {
    await sandbox.misbehave({ misbehave: 'dropAnswer', calls: 3 });
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    for (let call = 0; call < 3; call += 1) {
      expect(await gateway.submit(refund)).toEqual({
        kind: 'unknown',
        reason: expect.stringContaining('the connection broke'),
      });
    }
    const found = await gateway.lookup(refund);
    expect(found.kind).toBe('paid');
    expect(await gateway.submit(refund)).toEqual(found);
    expect(await sandbox.booked(refund.refundReference)).toHaveLength(1);
  });

  test.each([
    { when: 'beforeBooking', then: 'notFound', booked: 0 },
    { when: 'afterBooking', then: 'paid', booked: 1 },
  ] as const)('to a 500 $when is unknown, then $then, and paid once by a retry', async (expected) => {
    await sandbox.misbehave({ misbehave: 'error500', when: expected.when, calls: 1 });
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    expect(await gateway.submit(refund)).toEqual({
      kind: 'unknown',
      reason: expect.stringContaining('the gateway answered 500'),
    });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: expected.then });
    expect(await sandbox.booked(refund.refundReference)).toHaveLength(expected.booked);
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'paid' });
    expect(await sandbox.booked(refund.refundReference)).toHaveLength(1);
  });

  test('to slowness is paid once, although a retry overtakes the slow call', async () => {
    await sandbox.misbehave({ misbehave: 'slow', ms: 1_000, calls: 1 });
    const hasty = createSandboxGateway({ url: sandbox.url, timeoutMs: 400 });
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    expect(await hasty.submit(refund)).toEqual({ kind: 'unknown', reason: 'no answer within 400 ms' });
    // Not found, and yet under way: not found is no leave to pay under another key.
    expect(await gateway.lookup(refund)).toEqual({ kind: 'notFound' });
    expect(await gateway.submit(refund)).toMatchObject({ kind: 'paid' });
    await sleep(800);
    expect(await sandbox.booked(refund.refundReference)).toHaveLength(1);
  });

  test('is unknown at a lookup too, while lookups fail', async () => {
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    await gateway.submit(refund);
    await sandbox.misbehave({ misbehave: 'dropAnswer', on: 'lookup', calls: 1 });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'unknown' });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'paid' });
  });
});

describe('a gateway that takes no call', () => {
  test('says how long to wait after too many requests, and has paid nothing', async () => {
    await sandbox.misbehave({ misbehave: 'tooMany', retryAfterSeconds: 7, calls: 1 });
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    await expect(gateway.submit(refund)).rejects.toMatchObject({
      name: 'GatewayUnavailable',
      retryAfterMs: 7_000,
    });
    expect(await gateway.lookup(refund)).toEqual({ kind: 'notFound' });
  });

  test.each(['127.0.0.1', 'localhost', 'no-such-host.invalid'])(
    'is unavailable where nobody listens: %s',
    async (host) => {
      const gateway = gatewayAt(`http://${host}:${await freePort()}`);
      const calls = [gateway.submit(newRefund()), gateway.lookup(newRefund())];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ reason: expect.any(GatewayUnavailable) });
        expect(outcome).toMatchObject({ reason: { message: expect.stringContaining(host) } });
      }
    },
  );
});

describe('an answer that cannot be relied on is unknown, never paid', () => {
  const paid = {
    id: 'rf_1',
    reference: 'r',
    status: 'captured',
    processedAmountMinor: 1,
    processedCurrency: 'EUR',
  };
  test.each([
    ['not JSON', 200, '<html>'],
    ['nothing', 200, ''],
    ['another status word', 200, JSON.stringify({ ...paid, status: 'done' })],
    ['no amount', 200, JSON.stringify({ ...paid, processedAmountMinor: undefined })],
    ['a fraction of a cent', 200, JSON.stringify({ ...paid, processedAmountMinor: 0.5 })],
    ['a currency that does not exist', 200, JSON.stringify({ ...paid, processedCurrency: 'EUX' })],
    ['another refund', 200, JSON.stringify({ ...paid, reference: 'other' })],
    ['a redirect', 302, ''],
    ['a refusal', 400, JSON.stringify({ error: 'bad request' })],
    ['an unknown address', 404, ''],
    ['a key conflict', 409, JSON.stringify({ error: 'key' })],
    ['an overloaded proxy', 503, 'x'.repeat(1000)],
  ])('%s', async (_name, status, body) => {
    const server = http.createServer((_request, response) => {
      response.writeHead(status, { location: '/elsewhere' }).end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const gateway = gatewayAt(`http://127.0.0.1:${port}`);
    const outcomes = [
      await gateway.submit(newRefund({ refundReference: 'r' })),
      await gateway.lookup(newRefund({ refundReference: 'r' })),
    ];
    server.close();
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'unknown' });
      expect('reason' in outcome && outcome.reason.length).toBeLessThanOrEqual(255);
    }
  });
});

describe('several refunds under one reference', () => {
  test('are told as paid where one of them is', async () => {
    const gateway = gatewayAt(sandbox.url);
    const refund = newRefund();
    await sandbox.misbehave({ misbehave: 'decline', calls: 1 });
    await gateway.submit(refund);
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'declined' });
    await sandbox.misbehave({ misbehave: 'captureLater', ms: 60_000, calls: 1 });
    await gateway.submit({ ...refund, idempotencyKey: 'another' });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'pending' });
    await gateway.submit({ ...refund, idempotencyKey: 'a third' });
    expect(await gateway.lookup(refund)).toMatchObject({ kind: 'paid' });
  });
});
