import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { insertPayment } from '../../src/store/payments/payments.ts';
import { createPool, inTransaction } from '../../src/store/db/postgres.ts';
import { testDatabase } from '../support/database.ts';
import { samplePayment } from '../../tools/payments.ts';
import { Api, basic, noTemporal } from '../support/api-rig.ts';
import { publish } from '../../src/store/notifications/outbox.ts';
import { eventOf } from '../support/events.ts';
import { blockBody, unblockBody } from '../support/samples.ts';

let api: Api;
let caller: ServiceAccount;
let token: Record<string, string>;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
  caller = await api.user();
  token = { 'x-auth-token': await api.token(caller) };
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

const PATH = '/payment/kpayment/v1';

describe('while Temporal is down', () => {
  test('the rules answer at once, and their notification waits in the outbox', async () => {
    const call = () =>
      api.post(`${PATH}/firePayislandRules`, basic(caller), {
        invoiceGUID: 'i',
        ipAddress: '192.0.2.1',
        onlinePayment: true,
      });
    await call();
    const started = performance.now();
    expect(await call()).toMatchObject({
      status: 200,
      body: { payislandResponse: { declinePayment: true, sendToGateway: false, sendNotification: true } },
    });
    expect(performance.now() - started).toBeLessThan(500);
    const { rows } = await api.database.pool.query<Record<string, unknown>>(
      'select event_type, fanned_out_at, payload from outbox',
    );
    const alert = {
      invoiceGUID: 'i',
      declinePayment: true,
      reasons: [expect.stringContaining('ip-on-blocked-network')],
    };
    expect(rows).toMatchObject([
      { event_type: 'rulesAlert', fanned_out_at: null, payload: alert },
      { event_type: 'rulesAlert', fanned_out_at: null, payload: alert },
    ]);
  });

  test('what is on record can be read, and readiness shows what is down', async () => {
    expect(await api.get(`${PATH}/customer/c/block`, basic(caller))).toMatchObject({ status: 200 });
    expect(await api.get('/health/live')).toMatchObject({ status: 200, body: { status: 'live' } });
    expect(await api.get('/health/ready')).toEqual({
      status: 200,
      contentType: 'application/json; charset=utf-8',
      body: {
        status: 'ready',
        postgres: { state: 'up' },
        temporal: { state: 'down', problem: 'Temporal does not answer' },
        notifications: { state: 'up' },
      },
    });
  });

  test('readiness shows that nothing is delivered, which no mail could say', async () => {
    const { subscriberId } = caller;
    const payload = eventOf('rulesAlert').payload;
    const eventId = await publish(api.database.pool, subscriberId, 'rulesAlert', 'late', payload);
    await api.database.pool.query(
      `update outbox set created_at = created_at - interval '6 minutes' where event_id = $1`,
      [eventId],
    );
    expect((await api.get('/health/ready')).body).toMatchObject({
      status: 'ready',
      notifications: { state: 'down', problem: expect.stringContaining('more than 5 minutes') },
    });
    await api.database.pool.query('update outbox set created_at = now() where event_id = $1', [eventId]);
  });

  test('what needs a lifecycle says that it may be repeated, and keeps the partnerReference for that', async () => {
    const { subscriberId } = caller;
    const payment = samplePayment({ subscriberId });
    await inTransaction(api.database.pool, (db) => insertPayment(db, payment));
    const block = blockBody();
    const [blocked, unblocked, customer] = await Promise.all([
      api.post(`/payment/${randomUUID()}/kc-block`, token, block),
      api.post(`/payment/${payment.uniqueReference}/kc-unblock`, token, unblockBody()),
      api.post(`${PATH}/customer/c/block`, basic(caller), {}),
    ]);
    const repeat = expect.stringMatching(/repeat the (same )?call/i);
    const again = { status: 502, body: { responseCode: '0006', responseDescription: repeat } };
    expect(blocked).toMatchObject(again);
    expect(unblocked).toMatchObject(again);
    expect(customer).toMatchObject({
      status: 500,
      body: { errors: [{ errorCode: 100007, errorDescription: repeat }] },
    });
    expect(await api.post(`/payment/another/kc-block`, token, block)).toMatchObject({
      status: 409,
      body: { responseCode: '0012' },
    });
  });
});

/** No Postgres listens here. */
const NOWHERE = 'postgres://nobody@127.0.0.1:1/nothing';

test('without Postgres nothing is ready, and a call says that it may be repeated', async () => {
  const pool = createPool(NOWHERE, 'test', () => {});
  const lost = await Api.over(
    { url: NOWHERE, pool, ownerPool: pool, drop: () => pool.end() },
    noTemporal(),
    'nobody',
  );
  const repeat = expect.stringMatching(/repeat the (same )?call/i);
  expect(await lost.get('/health/ready')).toMatchObject({
    status: 503,
    body: { status: 'notReady', postgres: { state: 'down', problem: 'Postgres does not answer' } },
  });
  expect(await lost.post(`${PATH}/firePayislandRules`, basic(caller), { invoiceGUID: 'i' })).toMatchObject({
    status: 500,
    body: { errors: [{ errorCode: 100005, errorDescription: repeat }] },
  });
  expect(await lost.post('/user/u/issue', {}, { password: 'x' })).toMatchObject({
    status: 502,
    body: { responseCode: '0006', responseDescription: repeat },
  });
  await lost.app.close();
  await lost.database.drop();
});
