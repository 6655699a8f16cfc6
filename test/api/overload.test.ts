import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { type Answer, ApiRig, basic } from '../support/api-rig.ts';
import { heldBody } from '../support/samples.ts';

const LIMIT = 4;

let rig: ApiRig;
let service: ServiceAccount;
let token: Record<string, string>;
let bearer: Record<string, string>;
beforeAll(async () => {
  rig = await ApiRig.start({ maxLifecycleCalls: LIMIT });
  service = await rig.api.user();
  const issued = await rig.api.token(service);
  token = { 'x-auth-token': issued };
  bearer = { authorization: `Bearer ${issued}` };
});
afterAll(() => rig.stop());

const CUSTOMER = '/payment/kpayment/v1/customer';
const RULES = '/payment/kpayment/v1/firePayislandRules';
const rulesCall = () =>
  rig.api.post(RULES, basic(service), { invoiceGUID: randomUUID(), onlinePayment: true });

/** Answers with how long each took, in milliseconds. */
async function timed(call: () => Promise<Answer>): Promise<Answer & { readonly ms: number }> {
  const started = performance.now();
  const answer = await call();
  return { ...answer, ms: performance.now() - started };
}

test('beyond the limit calls that need a lifecycle are refused at once, each in its own style; repeated later they are done once', async () => {
  const block = (n: number) => {
    const [url, body] = [`/payment/${randomUUID()}/kc-block`, heldBody()];
    return n % 2 === 0
      ? () => timed(() => rig.api.post(url, token, body))
      : () => timed(() => rig.api.post(`${CUSTOMER}/customer-${n}/block`, bearer, {}));
  };
  const calls = Array.from({ length: 10 * LIMIT }, (_, n) => block(n));
  const [answers, rules, health] = await Promise.all([
    Promise.all(calls.map((call) => call())),
    rulesCall(),
    rig.api.get('/health/live'),
  ]);
  expect([rules.status, health.status]).toEqual([200, 200]);
  const taken = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status !== 200);
  expect([taken.length >= LIMIT, refused.length >= 5 * LIMIT]).toEqual([true, true]);
  for (const { status, retryAfter } of refused) expect([status, retryAfter]).toEqual([503, '1']);
  expect(Math.max(...refused.map(({ ms }) => ms))).toBeLessThan(Math.max(...taken.map(({ ms }) => ms)));
  const bodies = refused.map(({ body }) => body);
  expect(bodies).toContainEqual(
    expect.objectContaining({ responseCode: '0006', responseDescription: expect.stringContaining('Repeat') }),
  );
  expect(bodies).toContainEqual(
    expect.objectContaining({ errors: [expect.objectContaining({ errorCode: 100007 })] }),
  );

  for (const call of calls) expect(await call()).toMatchObject({ status: 200 });
  const { rows } = await rig.database.pool.query(
    'select (select count(*)::int from payments) as payments, (select count(*)::int from customer_blocks) as blocks',
  );
  expect(rows).toEqual([{ payments: calls.length / 2, blocks: calls.length / 2 }]);
});

test('while too many wait for Postgres, calls are refused at once, and health still answers', async () => {
  const { pool } = rig.database;
  const busy = Array.from({ length: pool.options.max }, () => pool.query('select pg_sleep(2)'));
  const waiting = Array.from({ length: 250 }, () => pool.query('select 1'));
  const [rules, read, health] = await Promise.all([
    timed(rulesCall),
    timed(() => rig.api.get(`/payment/${randomUUID()}`, token)),
    rig.api.get('/health/live'),
  ]);
  expect(rules).toMatchObject({ status: 503, retryAfter: '1', body: { errors: [{ errorCode: 100007 }] } });
  expect(read).toMatchObject({ status: 503, retryAfter: '1', body: { responseCode: '0006' } });
  expect(Math.max(rules.ms, read.ms)).toBeLessThan(500);
  expect(health.status).toBe(200);
  await Promise.all([...busy, ...waiting]);
  expect(await rulesCall()).toMatchObject({ status: 200 });
});
