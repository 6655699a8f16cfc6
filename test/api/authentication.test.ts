import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeJwt, SignJWT } from 'jose';
import { type ServiceAccount, upsertAccount } from '../../src/store/accounts/accounts.ts';
import { testDatabase } from '../support/database.ts';
import { Api, basic, noTemporal, PASSWORD } from '../support/api-rig.ts';
import { SECRETS } from '../support/secrets.ts';

const RULES = '/payment/kpayment/v1/firePayislandRules';
const PAYMENT = '/payment/nobody';

let api: Api;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

/** Changes an account without a new password. */
async function change(
  { userId }: ServiceAccount,
  { status, scopes }: Partial<ServiceAccount>,
): Promise<void> {
  await api.database.pool.query(
    'update service_accounts set status = coalesce($2, status), scopes = coalesce($3, scopes) where user_id = $1',
    [userId, status ?? null, scopes ?? null],
  );
}

function callRules(headers: Record<string, string>) {
  return api.post(RULES, headers, { invoiceGUID: 'i' });
}

describe('kpayment', () => {
  test('takes Basic and Bearer of a service account with the scope', async () => {
    const account = await api.user({ scopes: ['payment.rules.payisland'] });
    expect(await callRules(basic(account))).toMatchObject({ status: 200 });
    expect(await callRules({ authorization: `Bearer ${await api.token(account)}` })).toMatchObject({
      status: 200,
    });
  });

  test.each([
    { why: 'no credentials', headers: {}, errorCode: 100001, errorTitle: 'NULL_CREDENTIALS' },
    {
      why: 'an unknown user',
      headers: bearer('Basic', 'nobody:x'),
      errorCode: 100003,
      errorTitle: 'WRONG_CREDENTIAL',
    },
    {
      why: 'half of Basic',
      headers: bearer('Basic', 'nobody'),
      errorCode: 100003,
      errorTitle: 'WRONG_CREDENTIAL',
    },
    {
      why: 'a user with a NUL',
      headers: bearer('Basic', 'a\0b:x'),
      errorCode: 100003,
      errorTitle: 'WRONG_CREDENTIAL',
    },
    {
      why: 'another scheme',
      headers: bearer('Digest', 'x'),
      errorCode: 100003,
      errorTitle: 'WRONG_CREDENTIAL',
    },
    {
      why: 'a token of nobody',
      headers: bearer('Bearer', 'x'),
      errorCode: 100003,
      errorTitle: 'WRONG_CREDENTIAL',
    },
  ])('answers $why with 401 and $errorCode', async ({ headers, errorCode, errorTitle }) => {
    expect(await callRules(headers)).toMatchObject({
      status: 401,
      body: { errors: [{ errorCode, errorTitle }], warnings: [] },
    });
  });

  test('answers a wrong password with 100003, a missing scope with 100004, a locked user with 100002', async () => {
    const account = await api.user({ scopes: ['payment.read'] });
    const locked = await api.user({ status: 'locked' });
    expect(await callRules(basic(account, 'wrong'))).toMatchObject(failure(100003));
    expect(await callRules(basic(account))).toMatchObject(failure(100004));
    expect(await callRules(basic(locked))).toMatchObject(failure(100002));
    expect(await callRules(basic(locked, 'wrong'))).toMatchObject(failure(100003));
  });

  test('locks out at once a user whose password was just right, and forgets an old password', async () => {
    const account = await api.user();
    expect(await callRules(basic(account))).toMatchObject({ status: 200 });
    const token = await api.token(account);
    await upsertAccount(api.database.pool, account, 'a new one');
    expect(await callRules(basic(account))).toMatchObject(failure(100003));
    expect(await callRules(basic(account, 'a new one'))).toMatchObject({ status: 200 });
    await change(account, { status: 'locked' });
    expect(await callRules(basic(account, 'a new one'))).toMatchObject(failure(100002));
    // The token of an old password is none, whatever the account is.
    expect(await callRules({ authorization: `Bearer ${token}` })).toMatchObject(failure(100003));
  });

  test('spares the rules call the cost of a password that was right before', async () => {
    const account = await api.user();
    const first = await timed(() => callRules(basic(account)));
    const later = await timed(() => callRules(basic(account)));
    const wrong = await timed(() => callRules(basic(account, 'wrong')));
    expect(later).toBeLessThan(Math.min(first, wrong));
  });

  function failure(errorCode: number) {
    return { status: 401, body: { errors: [{ errorCode }] } };
  }
});

describe('KontoCloud', () => {
  test('takes its token in X-Auth-Token and in Authorization', async () => {
    const token = await api.token(await api.user());
    expect(await api.get(PAYMENT, { 'x-auth-token': token })).toMatchObject({ status: 404 });
    expect(await api.get(PAYMENT, { authorization: `Bearer ${token}` })).toMatchObject({ status: 404 });
  });

  test.each([
    { why: 'no token', headers: {} },
    { why: 'no JWT', headers: { 'x-auth-token': 'eyJhbGciOiJSUzI1NiI{abbreviated}RW5kVG9rZW4=' } },
    { why: 'Basic', headers: bearer('Basic', 'a:b') },
  ])('answers $why with 401 and 0018', async ({ headers }) => {
    expect(await api.get(PAYMENT, headers)).toMatchObject({ status: 401, body: { responseCode: '0018' } });
  });

  test('takes no token that is expired, for another audience, or signed by another secret', async () => {
    const account = await api.user();
    const { userId, subscriberId } = account;
    const { password } = decodeJwt(await api.token(account));
    const claims = { subscriber: subscriberId, scope: 'payment.read', password };
    const ours = SECRETS.TOKEN_SECRET;
    const jwt = (changes: { secret?: string; audience?: string; expires?: string; alg?: string }) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: changes.alg ?? 'HS256' })
        .setIssuer('payment-block')
        .setAudience(changes.audience ?? 'payment-block/api')
        .setSubject(userId)
        .setExpirationTime(changes.expires ?? '1h')
        .sign(new TextEncoder().encode(changes.secret ?? ours));
    const call = async (token: Promise<string>) =>
      (await api.get(PAYMENT, { 'x-auth-token': await token })).status;
    expect(await call(jwt({}))).toBe(404);
    expect(await call(jwt({ expires: '-1s' }))).toBe(401);
    expect(await call(jwt({ audience: 'another' }))).toBe(401);
    expect(await call(jwt({ audience: 'payment-block/reviews' }))).toBe(401);
    expect(await call(jwt({ alg: 'HS512' }))).toBe(401);
    expect(await call(jwt({ secret: 'another secret of at least thirty-two chars' }))).toBe(401);
  });

  test('answers an inactive user with 0019, a locked one with 0020, a missing scope with 403', async () => {
    const account = await api.user({ scopes: ['payment.block'] });
    const token = { 'x-auth-token': await api.token(account) };
    expect(await api.get(PAYMENT, token)).toMatchObject({ status: 403, body: { responseCode: '0018' } });
    await change(account, { status: 'inactive' });
    expect(await api.get(PAYMENT, token)).toMatchObject({ status: 401, body: { responseCode: '0019' } });
    await change(account, { status: 'locked' });
    expect(await api.get(PAYMENT, token)).toMatchObject({ status: 401, body: { responseCode: '0020' } });
  });

  test('takes a scope away at once, and a token never has more than its account', async () => {
    const account = await api.user({ scopes: ['payment.read'] });
    const token = { 'x-auth-token': await api.token(account) };
    expect(await api.get(PAYMENT, token)).toMatchObject({ status: 404 });
    await change(account, { scopes: ['payment.unblock'] });
    expect(await api.get(PAYMENT, token)).toMatchObject({ status: 403 });
  });
});

describe('a caller that guesses passwords', () => {
  const from = (remoteAddress: string, userId: string, password: string) =>
    api.app.inject({
      method: 'POST',
      url: RULES,
      remoteAddress,
      headers: bearer('Basic', `${userId}:${password}`),
      payload: { invoiceGUID: 'i' },
    });

  test('is locked out of the user, and the user is not', async () => {
    const account = await api.user();
    for (let guess = 0; guess < 10; guess += 1)
      expect((await from('203.0.113.1', account.userId, `guess ${guess}`)).json()).toMatchObject({
        errors: [{ errorCode: 100003 }],
      });
    // Not even the right password opens it from there any more.
    const locked = await from('203.0.113.1', account.userId, PASSWORD);
    expect([locked.statusCode, locked.json()]).toMatchObject([401, { errors: [{ errorCode: 100002 }] }]);
    expect((await from('203.0.113.2', account.userId, PASSWORD)).statusCode).toBe(200);
  });

  test('of many users is told to wait, and the others are served as ever', { timeout: 120_000 }, async () => {
    const account = await api.user();
    expect((await from('203.0.113.3', account.userId, PASSWORD)).statusCode).toBe(200);
    const answers = await Promise.all(
      Array.from({ length: 180 }, (_, guess) => from('203.0.113.3', `nobody-${guess}`, 'wrong')),
    );
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused.length).toBeGreaterThan(50);
    for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    // Who was known before needs no check; another address is not counted.
    const started = performance.now();
    expect((await from('203.0.113.3', account.userId, PASSWORD)).statusCode).toBe(200);
    expect(performance.now() - started).toBeLessThan(500);
    expect((await from('203.0.113.4', (await api.user()).userId, PASSWORD)).statusCode).toBe(200);
  });
});

describe('Issue Token', () => {
  test('answers token and validUntil, UTC', async () => {
    const { userId } = await api.user();
    const before = Date.now();
    const answer = await api.post(`/user/${userId}/issue`, {}, { userId, password: PASSWORD });
    expect(answer).toMatchObject({ status: 200, body: { responseCode: '0000' } });
    const validUntil = String(answer.body['validUntil']);
    expect(validUntil).toMatch(/Z$/);
    expect(Math.abs(Date.parse(validUntil) - before - 3600_000)).toBeLessThan(5_000);
  });

  test('refuses an unknown user and a wrong password alike', async () => {
    const { userId } = await api.user();
    const wrong = await api.post(`/user/${userId}/issue`, {}, { userId, password: 'wrong' });
    const unknown = await api.post('/user/nobody/issue', {}, { userId: 'nobody', password: 'wrong' });
    expect(wrong).toMatchObject({ status: 401, body: { responseCode: '0018' } });
    expect(unknown.body['responseDescription']).toBe(wrong.body['responseDescription']);
    expect(unknown.status).toBe(401);
  });

  test('says that a user is inactive or locked only to who has the password', async () => {
    const inactive = await api.user({ status: 'inactive' });
    const locked = await api.user({ status: 'locked' });
    const issue = (userId: string, password: string) => api.post(`/user/${userId}/issue`, {}, { password });
    expect(await issue(inactive.userId, PASSWORD)).toMatchObject({
      status: 401,
      body: { responseCode: '0019' },
    });
    expect(await issue(locked.userId, PASSWORD)).toMatchObject({
      status: 401,
      body: { responseCode: '0020' },
    });
    expect(await issue(locked.userId, 'wrong')).toMatchObject({
      status: 401,
      body: { responseCode: '0018' },
    });
  });

  test.each([
    { body: { userId: 'u' }, code: '0001', says: 'password is missing' },
    { body: { userId: 'u', password: '' }, code: '0007', says: "'password' must not be empty" },
    { body: { userId: 'another', password: 'x' }, code: '0002', says: "'userId'" },
    {
      body: { userId: 'u', password: 'x'.repeat(129) },
      code: '0001',
      says: 'password must not be longer than 128',
    },
  ])('refuses $body with $code', async ({ body, code, says }) => {
    expect(await api.post('/user/u/issue', {}, body)).toMatchObject({
      status: 400,
      body: { responseCode: code, responseDescription: expect.stringContaining(says) },
    });
  });
});

function bearer(scheme: string, text: string): Record<string, string> {
  return { authorization: `${scheme} ${Buffer.from(text).toString('base64')}` };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
