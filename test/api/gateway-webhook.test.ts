import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { paymentWorkflowId, refundCheckWorkflowId } from '../../src/domain/ids.ts';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { Api, ApiRig, WEBHOOK_SECRET } from '../support/api-rig.ts';
import { heldBody, unblockBody } from '../support/samples.ts';

let rig: ApiRig;
let caller: ServiceAccount;
let token: Record<string, string>;
/** Where the gateway posts to: it has to be told before the API is there. */
const door = http.createServer((request, response) => {
  void (async () => {
    const payload = await buffer(request);
    const { method = 'POST', url = '/', headers } = request;
    const answer = await rig.api.app.inject({
      method: z.literal('POST').parse(method),
      url,
      headers,
      payload,
    });
    response.writeHead(answer.statusCode).end(answer.body);
  })();
});
beforeAll(async () => {
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = z.object({ port: z.int() }).parse(door.address());
  rig = await ApiRig.start(
    { unblockWaitSeconds: 18 },
    {
      GATEWAY_WEBHOOK_URL: `http://127.0.0.1:${port}/gateways/sandbox/webhook`,
      GATEWAY_WEBHOOK_SECRET: WEBHOOK_SECRET,
    },
  );
  caller = await rig.api.user();
  token = { 'x-auth-token': await rig.api.token(caller) };
});
afterAll(async () => {
  await rig.stop();
  door.close();
});
beforeEach(() => rig.sandbox.misbehave());

/** A payment in review, and what can be done with it. */
async function heldPayment() {
  const uniqueReference = randomUUID();
  const optionToken = `tok_${uniqueReference}`;
  await rig.api.post(
    `/payment/${uniqueReference}/kc-block`,
    token,
    heldBody({ paymentOption: { token: optionToken } }),
  );
  const unblock = async (api = rig.api) => {
    const answer = await api.post(`/payment/${uniqueReference}/kc-unblock`, token, unblockBody());
    return answer.body;
  };
  const show = async () => (await rig.api.get(`/payment/${uniqueReference}`, token)).body;
  return { uniqueReference, unblock, show };
}

function post(body: string, headers: Record<string, string>, gateway = 'sandbox') {
  return rig.api.app.inject({ method: 'POST', url: `/gateways/${gateway}/webhook`, headers, payload: body });
}

/** Signed as the specification's own library does it. */
function signed(body: string, secret = WEBHOOK_SECRET, at = new Date()): Record<string, string> {
  return {
    'content-type': 'application/json',
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
  };
}

function about(reference: string): string {
  return JSON.stringify({ type: 'refund.captured', refund: { id: `rf_${randomUUID()}`, reference } });
}

describe('a gateway that sends news by itself', () => {
  test('has a refund that it settles between two lookups known at once', async () => {
    // Asked about after 2, 7 and 22 seconds by the clock.
    await rig.sandbox.misbehave({ misbehave: 'captureLater', ms: 9_000 });
    const payment = await heldPayment();
    expect(await payment.unblock()).toMatchObject({ refundStatusCode: 'CAPTURED' });
  });

  test('has a payment reopened whose refund it takes back', async () => {
    const payment = await heldPayment();
    const { refundReference } = await payment.unblock();
    const [booked] = await rig.sandbox.booked(String(refundReference));
    await vi.waitFor(async () => expect((await payment.show())['paymentStatus']).toBe('refunded'));
    await rig.sandbox.reverse(booked?.id ?? '', 'account closed');
    await vi.waitFor(async () => {
      expect(await payment.show()).toMatchObject({
        paymentStatus: 'held',
        endedAt: null,
        refundStatusCode: 'DECLINED',
        refundStatusReason: 'reversed by the gateway: account closed',
        processedAmount: null,
      });
    }, 10_000);
  });

  test('is not believed: news of a refund that it still says it has paid changes nothing, also when replayed', async () => {
    const payment = await heldPayment();
    const { refundReference } = await payment.unblock();
    const ref = { subscriberId: caller.subscriberId, uniqueReference: payment.uniqueReference };
    const { workflow } = rig.environment.client;
    await workflow.getHandle(paymentWorkflowId(ref)).result();
    const lie = about(String(refundReference)).replace('captured', 'declined');
    for (let time = 0; time < 3; time += 1) expect((await post(lie, signed(lie))).statusCode).toBe(200);
    expect(await workflow.getHandle(refundCheckWorkflowId(ref)).result()).toBe('unchanged');
    expect(await payment.show()).toMatchObject({ paymentStatus: 'refunded', refundStatusCode: 'CAPTURED' });
    expect(await rig.sandbox.booked(String(refundReference))).toHaveLength(1);
  });
});

describe('a message at the webhook', () => {
  const anothers = `whsec_${Buffer.from('the secret of another').toString('base64')}`;

  test.each([
    ['is not signed', () => ({})],
    ['is signed with another secret', (body: string) => signed(body, anothers)],
    [
      'was signed ten minutes ago',
      (body: string) => signed(body, WEBHOOK_SECRET, new Date(Date.now() - 600_000)),
    ],
    ['was signed for another body', () => signed('{}')],
  ])('that %s is refused', async (_why, headers) => {
    const body = about(randomUUID());
    expect((await post(body, headers(body))).statusCode).toBe(400);
  });

  test.each([
    ['of a refund that is not ours', about('order-4711')],
    ['of a reference like ours', about(randomUUID())],
  ])('%s is taken and comes to nothing', async (_what, body) => {
    expect((await post(body, signed(body))).statusCode).toBe(200);
  });

  test('for a gateway that is not configured is told so', async () => {
    expect((await post('{}', {}, 'another')).statusCode).toBe(404);
  });
});

test('a caller that asks about a pending refund has it looked up, and is answered at once', async () => {
  const quick = await Api.over(rig.database, rig.environment.client, rig.taskQueue, {
    unblockWaitSeconds: 0,
  });
  await rig.sandbox.misbehave({ misbehave: 'dropAnswer' }, { misbehave: 'dropAnswer', on: 'lookup' });
  const payment = await heldPayment();
  const { refundReference } = await payment.unblock(quick);
  // Past the lookup after 7 seconds; the next one is due after 22.
  await sleep(9_000);
  await rig.sandbox.misbehave();
  const asked = Date.now();
  expect(await payment.show()).toMatchObject({ refundStatusCode: 'PENDING' });
  await vi.waitFor(async () => expect((await payment.show())['refundStatusCode']).toBe('CAPTURED'), 8_000);
  expect(Date.now() - asked).toBeLessThan(10_000);
  expect(await rig.sandbox.booked(String(refundReference))).toHaveLength(1);
  await quick.app.close();
}, 60_000);
