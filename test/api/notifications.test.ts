import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { EventType } from '../../src/notifications/events.ts';
import { publish } from '../../src/store/notifications/outbox.ts';
import { eventOf } from '../support/events.ts';
import { status, verified, WebhookReceiver } from '../support/webhook-receiver.ts';
import { testDatabase } from '../support/database.ts';
import { deliverAll } from '../support/deliver-all.ts';
import { webhookDeps } from '../support/webhooks.ts';
import { type Answer, Api, basic, noTemporal } from '../support/api-rig.ts';

const reason = 'the till listens';

let api: Api;
let receiver: WebhookReceiver;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});
afterEach(() => receiver.stop());

async function shop(changes: Parameters<Api['user']>[0] = {}) {
  const account = await api.user(changes);
  const headers = { 'x-auth-token': await api.token(account) };
  return {
    account,
    add: (body: object = {}) => api.post('/webhooks', headers, { url: receiver.url, reason, ...body }),
    change: (endpointId: string, what: string, body: object = { reason }) =>
      api.post(`/webhooks/${endpointId}/${what}`, headers, body),
    endpoints: () => api.get('/webhooks', headers),
    notifications: (rest = '') => api.get(`/notifications${rest}`, headers),
    resend: (eventId: string, body: object = {}) =>
      api.post(`/notifications/${eventId}/resend`, headers, body),
    happens: (type: EventType) =>
      publish(api.database.pool, account.subscriberId, type, randomUUID(), eventOf(type).payload),
  };
}

/** What the lanes do. */
const deliver = () =>
  deliverAll({ pool: api.database.pool, channel: { send: () => Promise.resolve() }, ...webhookDeps });

const added = ({ body }: Answer) =>
  z.object({ endpoint: z.object({ endpointId: z.string() }), secret: z.string() }).parse(body);

test('an endpoint is added, tried, told, given a new secret, and removed', async () => {
  const ana = await shop();
  const first = await ana.add({ eventTypes: ['paymentHeld'] });
  expect(first).toMatchObject({
    status: 200,
    body: { secret: expect.stringMatching(/^whsec_/), endpoint: { disabledAt: null }, responseCode: '0000' },
  });
  const { endpoint, secret } = added(first);
  const { endpointId } = endpoint;

  expect((await ana.change(endpointId, 'test', {})).body).toMatchObject({ taken: true, answer: 'thanks' });
  expect(receiver.received).toMatchObject([{ id: expect.stringMatching(/^test_/) }]);

  const rotated = await ana.change(endpointId, 'rotate', { reason, overlapHours: 1 });
  expect(rotated.body).toMatchObject({ endpoint: { previousSecretUntil: expect.any(String) } });
  const eventId = await ana.happens('paymentHeld');
  await ana.happens('paymentReleased');
  await deliver();
  const [, told, ...more] = receiver.received;
  if (!told) throw new Error('nothing came');
  expect([told.id, more]).toEqual([eventId, []]);
  for (const each of [secret, added(rotated).secret]) expect(verified(each, told).type).toBe('paymentHeld');

  const { body } = await ana.endpoints();
  expect(body['endpoints']).toMatchObject([{ endpointId, url: receiver.url, eventTypes: ['paymentHeld'] }]);
  expect(JSON.stringify(body)).not.toContain('whsec_');
  expect(await ana.change(endpointId, 'remove')).toMatchObject({ status: 200 });
  expect((await ana.endpoints()).body['endpoints']).toEqual([]);
  expect(await ana.change(endpointId, 'remove')).toMatchObject({ status: 404 });
  const { rows } = await api.database.pool.query<{ action: string }>(
    `select action from audit where subject = $1 order by id`,
    [`webhook:${endpointId}`],
  );
  expect(rows.map(({ action }) => action)).toEqual(['webhookAdded', 'webhookRotated', 'webhookRemoved']);
});

test('a disabled endpoint is sent nothing, and once it is enabled what it missed can be resent', async () => {
  const ana = await shop();
  const { endpointId } = added(await ana.add()).endpoint;
  expect((await ana.change(endpointId, 'disable')).body).toMatchObject({
    endpoint: { disabledReason: reason, disabledAt: expect.any(String) },
  });
  const missed = await ana.happens('paymentHeld');
  await deliver();
  expect(await ana.change(endpointId, 'test', {})).toMatchObject({ status: 404 });
  expect(await ana.resend(missed, { to: endpointId })).toMatchObject({ status: 404 });
  expect((await ana.change(endpointId, 'enable')).body).toMatchObject({ endpoint: { disabledAt: null } });
  expect(await ana.resend(missed, { to: endpointId })).toMatchObject({ status: 200 });
  await deliver();
  expect(receiver.received.map(({ id }) => id)).toEqual([missed]);
});

test('a rules call is told of where the rules say sendNotification, and only there', async () => {
  const ana = await shop({ userId: `till-${randomUUID()}` });
  const ask = (ipAddress: string) =>
    api.post('/payment/kpayment/v1/firePayislandRules', basic(ana.account), {
      invoiceGUID: `from ${ipAddress}`,
      onlinePayment: true,
      ipAddress,
    });
  expect((await ask('198.51.100.9')).body).toMatchObject({ payislandResponse: { sendNotification: false } });
  expect((await ask('192.0.2.1')).body).toMatchObject({ payislandResponse: { sendNotification: true } });
  const { body } = await ana.notifications();
  expect(body['notifications']).toMatchObject([{ type: 'rulesAlert' }]);
  const [{ eventId } = { eventId: '' }] = z
    .array(z.object({ eventId: z.string() }))
    .parse(body['notifications']);
  expect((await ana.notifications(`/${eventId}`)).body).toMatchObject({
    notification: { payload: { invoiceGUID: 'from 192.0.2.1', declinePayment: true } },
  });
});

test('what was told can be listed, by type and state and page by page, and every attempt be read', async () => {
  const ana = await shop();
  await ana.add();
  receiver.answer = status(503, {}, 'busy');
  const [held, released] = [await ana.happens('paymentHeld'), await ana.happens('paymentReleased')];
  await deliver();
  const first = await ana.notifications('?limit=1');
  expect(first.body).toMatchObject({ notifications: [{ eventId: released }], next: released });
  expect((await ana.notifications(`?limit=2&before=${released}`)).body).toMatchObject({
    notifications: [{ eventId: held, type: 'paymentHeld' }],
    next: null,
  });
  expect((await ana.notifications('?type=paymentHeld&state=pending')).body['notifications']).toHaveLength(1);
  expect((await ana.notifications('?state=failed')).body['notifications']).toEqual([]);
  expect((await ana.notifications(`/${held}`)).body).toMatchObject({
    notification: {
      payload: eventOf('paymentHeld').payload,
      deliveries: expect.arrayContaining([
        expect.objectContaining({ channel: 'email', state: 'delivered', nextAttemptAt: null }),
        expect.objectContaining({ channel: 'webhook', state: 'pending', nextAttemptAt: expect.any(String) }),
      ]),
      log: expect.arrayContaining([
        expect.objectContaining({ statusCode: 503, error: 'the receiver answered 503', answer: 'busy' }),
      ]),
    },
  });
});

test("of another subscriber's endpoints and events nothing is seen, and nothing can be done to them", async () => {
  const [ana, ben] = await Promise.all([shop(), shop()]);
  const { endpointId } = added(await ana.add()).endpoint;
  const eventId = await ana.happens('paymentHeld');
  expect((await ben.endpoints()).body['endpoints']).toEqual([]);
  expect((await ben.notifications()).body['notifications']).toEqual([]);
  for (const what of ['rotate', 'disable', 'enable', 'remove', 'test']) {
    expect(await ben.change(endpointId, what)).toMatchObject({ status: 404, body: { responseCode: '0002' } });
  }
  expect(await ben.notifications(`/${eventId}`)).toMatchObject({ status: 404 });
  expect(await ben.resend(eventId)).toMatchObject({ status: 404 });
  const own = await ben.happens('paymentHeld');
  expect(await ben.resend(own, { to: endpointId })).toMatchObject({ status: 404 });
  expect((await ana.endpoints()).body).toMatchObject({ endpoints: [{ endpointId, disabledAt: null }] });
});

test('what cannot be taken is refused by field, and without the scope nothing is', async () => {
  const ana = await shop();
  for (const url of ['http://shop.example/', 'https://169.254.169.254/latest', 'https://u:p@shop.example/']) {
    expect(await ana.add({ url })).toMatchObject({
      status: 400,
      body: { responseCode: '0001', responseDescription: expect.stringContaining('url ') },
    });
  }
  expect(await ana.add({ eventTypes: ['paymentEaten'] })).toMatchObject({ status: 400 });
  expect(await ana.change('17', 'enable')).toMatchObject({ status: 400 });
  const { endpointId } = added(await ana.add()).endpoint;
  for (const overlapHours of [0, 5e-324, 2.1e-24, 0.1, 168])
    expect(await ana.change(endpointId, 'rotate', { reason, overlapHours })).toMatchObject({ status: 200 });
  expect(await ana.change(randomUUID(), 'rotate', { reason, overlapHours: 1000 })).toMatchObject({
    status: 400,
  });
  expect(await ana.notifications('?limit=100000')).toMatchObject({ status: 400 });
  expect(await ana.notifications('/17')).toMatchObject({ status: 400 });
  const reader = await shop({ scopes: ['notifications.read'] });
  expect(await reader.add()).toMatchObject({ status: 403, body: { responseCode: '0018' } });
  expect(await reader.resend(randomUUID())).toMatchObject({ status: 403 });
  expect(await reader.endpoints()).toMatchObject({ status: 200 });
  const writer = await shop({ scopes: ['notifications.write'] });
  expect(await writer.notifications()).toMatchObject({ status: 403 });
});
