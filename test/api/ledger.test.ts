import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { NO_SUBSCRIBER } from '../../src/domain/task.ts';
import { insertPayment } from '../../src/store/payments/payments.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { openTask, openTasks } from '../../src/store/tasks/tasks.ts';
import { testDatabase } from '../support/database.ts';
import { samplePayment } from '../../tools/payments.ts';
import { Api, noTemporal } from '../support/api-rig.ts';
import { steps } from '../support/steps.ts';

let api: Api;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

async function bookkeeper(changes: Parameters<Api['user']>[0] = {}) {
  const account = await api.user(changes);
  const headers = { 'x-auth-token': await api.token(account) };
  return {
    ...account,
    headers,
    get: (url: string) => api.get(url, headers),
    close: (taskId: number, body: object) => api.post(`/tasks/${taskId}/close`, headers, body),
  };
}

async function released(subscriberId: string, minor: number, currency = 'EUR'): Promise<string> {
  const payment = samplePayment({ subscriberId, amount: { minor, currency } });
  const unblock = { refundAmount: false, operator: 'ana', reason: 'known', decidedBy: 'operator' } as const;
  await inTransaction(api.database.pool, (db) => insertPayment(db, payment));
  await inTransaction(api.database.pool, (db) => steps.release(db, payment, unblock));
  return payment.uniqueReference;
}

test('a merchant’s statement is read page by page, in major units, with balances that carry over', async () => {
  const ana = await bookkeeper();
  for (const minor of [1_000, 250, 5]) await released(ana.subscriberId, minor);
  const url = '/ledger/accounts/merchant:444123456?currCode=EUR&limit=2';
  const first = await ana.get(url);
  expect(first.body).toMatchObject({
    responseCode: '0000',
    openingBalance: 0,
    closingBalance: 12.55,
    postings: [
      { entry: 'release', amount: 10, balance: 10 },
      { amount: 2.5, balance: 12.5 },
    ],
  });
  const { next } = z.object({ next: z.int() }).parse(first.body);
  const second = await ana.get(`${url}&after=${next}`);
  expect(second.body).toMatchObject({
    next: null,
    postings: [{ amount: 0.05, balance: 12.55 }],
    closingBalance: 12.55,
  });
  const later = await ana.get(`${url}&from=${encodeURIComponent(new Date(Date.now() + 1000).toISOString())}`);
  expect(later.body).toMatchObject({ openingBalance: 12.55, postings: [], closingBalance: 12.55 });
});

test('sums are exact at any size', async () => {
  const ana = await bookkeeper();
  for (let count = 0; count < 30; count += 1) await released(ana.subscriberId, 999_999_999_999_999);
  // As text: read as a double, the last digits would be lost.
  const textOf = async (url: string) => (await api.app.inject({ url, headers: ana.headers })).body;
  const text = await textOf('/ledger/balances');
  expect(text).toContain('"balance":299999999999999.70');
  expect(text).toContain('"balance":-299999999999999.70');
  const statement = await textOf('/ledger/accounts/merchant:444123456?currCode=EUR&limit=1000');
  expect(statement).toContain('"closingBalance":299999999999999.70');
});

test('what was booked for a payment, and what all accounts hold, sums to zero; yen have no decimals, dinars three', async () => {
  const ana = await bookkeeper();
  const uniqueReference = await released(ana.subscriberId, 500, 'JPY');
  await released(ana.subscriberId, 1_234, 'KWD');
  const payment = await ana.get(`/ledger/payments/${uniqueReference}`);
  expect(payment.body).toMatchObject({
    entries: [
      { entry: 'block', legs: [{ account: 'customer:222123456', amount: -500 }, { amount: 500 }] },
      {
        entry: 'release',
        legs: [{ amount: -500 }, { account: 'merchant:444123456', amount: 500, currCode: 'JPY' }],
      },
    ],
  });
  expect((await ana.get('/ledger/balances')).body).toMatchObject({
    balanced: true,
    balances: [
      { kind: 'customer', currCode: 'JPY', balance: -500 },
      { kind: 'blocked', currCode: 'JPY', balance: 0 },
      { kind: 'merchant', currCode: 'JPY', balance: 500 },
      { kind: 'customer', currCode: 'KWD', balance: -1.234 },
      { kind: 'blocked', currCode: 'KWD', balance: 0 },
      { kind: 'merchant', currCode: 'KWD', balance: 1.234 },
    ],
  });

  const ben = await bookkeeper();
  expect(await ben.get(`/ledger/payments/${uniqueReference}`)).toMatchObject({
    status: 404,
    body: { responseCode: '0002' },
  });
  expect((await ben.get('/ledger/accounts/merchant:444123456?currCode=JPY')).body).toMatchObject({
    postings: [],
  });
});

test('an account that is none, a time without its zone, a time that never begins and a missing scope are told', async () => {
  const ana = await bookkeeper();
  expect(await ana.get('/ledger/accounts/bank:1?currCode=EUR')).toMatchObject({
    status: 400,
    body: { responseCode: '0002' },
  });
  expect(await ana.get('/ledger/accounts/merchant:1?currCode=EUR&from=2026-01-31T12:00:00')).toMatchObject({
    status: 400,
    body: { responseDescription: expect.stringContaining('from is not a time with its zone') },
  });
  const backwards = 'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z';
  expect(await ana.get(`/ledger/accounts/merchant:1?currCode=EUR&${backwards}`)).toMatchObject({
    status: 400,
    body: { responseDescription: expect.stringContaining('from is not before "to"') },
  });
  expect(await ana.get('/tasks?state=new')).toMatchObject({
    status: 400,
    body: { responseDescription: expect.stringContaining('state is none of open, closed, all') },
  });
  const reader = await bookkeeper({ scopes: ['payment.read'] });
  for (const url of ['/ledger/balances', '/tasks'])
    expect(await reader.get(url)).toMatchObject({ status: 403 });
});

test('a task is listed with what to do, closed once by a person with a reason, and is nobody else’s', async () => {
  const ana = await bookkeeper();
  const ben = await bookkeeper();
  const { subscriberId } = ana;
  for (const kind of ['missingThere', 'refundFailed'] as const) {
    const task = {
      subscriberId,
      kind,
      subject: 'refund:r',
      summary: 'where is it?',
      details: { here: 'CAPTURED' },
    };
    await inTransaction(api.database.pool, (db) => openTask(db, task));
  }
  const listed = await ana.get('/tasks');
  const { tasks } = z.object({ tasks: z.array(z.looseObject({ taskId: z.int() })) }).parse(listed.body);
  expect(tasks).toMatchObject([
    { kind: 'refundFailed', closesByHand: false },
    {
      kind: 'missingThere',
      closesByHand: true,
      summary: 'where is it?',
      nextStep: expect.stringContaining('Look the refund up'),
    },
  ]);
  expect((await ana.get('/tasks?kind=missingThere&limit=1')).body).toMatchObject({
    tasks: [{ kind: 'missingThere' }],
  });
  expect((await ben.get('/tasks?state=all')).body).toMatchObject({ tasks: [], next: null });

  const [failed, missing] = tasks.map(({ taskId }) => taskId);
  const byAna = { operator: 'ana', reason: 'paid by bank transfer' };
  expect(await ana.close(missing ?? 0, { operator: 'ana', reason: ' ' })).toMatchObject({ status: 400 });
  expect(await ben.close(missing ?? 0, byAna)).toMatchObject({ status: 404, body: { responseCode: '0002' } });
  expect(await ana.close(missing ?? 0, byAna)).toMatchObject({
    status: 200,
    body: { task: { closedBy: 'ana' } },
  });
  expect(await ana.close(missing ?? 0, byAna)).toMatchObject({
    status: 409,
    body: { responseDescription: expect.stringContaining('ana has closed it: paid by bank transfer') },
  });
  expect(await ana.close(failed ?? 0, byAna)).toMatchObject({
    status: 409,
    body: { responseDescription: expect.stringContaining('retryRefund') },
  });
});

test('a refund that only the gateway knows is a task of nobody who calls the API', async () => {
  const ana = await bookkeeper();
  const task = {
    subscriberId: NO_SUBSCRIBER,
    kind: 'missingHere',
    subject: 'gatewayRefund:sandbox:rf_1',
    summary: 'whose is it?',
    details: {},
  } as const;
  await inTransaction(api.database.pool, (db) => openTask(db, task));
  const [opened] = (await openTasks(api.database.pool, ['missingHere'])).filter(
    ({ subject }) => subject === task.subject,
  );
  expect(opened).toBeDefined();
  expect((await ana.get('/tasks?state=all')).body).toMatchObject({ tasks: [], next: null });
  expect(await ana.close(opened?.taskId ?? 0, { operator: 'ana', reason: 'mine' })).toMatchObject({
    status: 404,
  });
});
