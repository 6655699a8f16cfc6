import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createSteps } from '../../src/activities/steps.ts';
import { oneGateway } from '../../src/gateways/port/gateways.ts';
import { createSandboxGateway } from '../../src/gateways/sandbox/sandbox-gateway.ts';
import { cardFingerprints } from '../../src/store/payments/card-fingerprint.ts';
import { defaultRuleSetFile, loadRuleSet } from '../../src/store/rules/rule-set-file.ts';
import { fixedRuleSets } from '../../src/rules/rule-sets-in-force.ts';
import { testDatabase } from '../support/database.ts';
import { webhookDeps } from '../support/webhooks.ts';
import { samplePayment } from '../../tools/payments.ts';
import { type Answer, Api, basic, noTemporal } from '../support/api-rig.ts';
import { createAssertions } from '../../src/identity/assertions.ts';
import { SECRETS } from '../support/secrets.ts';

let api: Api;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

async function analyst(changes: Parameters<Api['user']>[0] = {}) {
  const account = await api.user(changes);
  const headers = { 'x-auth-token': await api.token(account) };
  return {
    account,
    headers,
    add: (kind: string, value: string, verdict = 'block') =>
      api.post('/lists', headers, { kind, value, verdict, reason: 'card testing' }),
    lookUp: (body: object) => api.post('/lists/lookup', headers, body),
    list: (query = '') => api.get(`/lists${query}`, headers),
    import: (csv: string, query = '') =>
      api.post(`/lists/import${query}`, { ...headers, 'content-type': 'text/csv; charset=utf-8' }, csv),
  };
}

const entryIdOf = ({ body }: Answer): number =>
  z.object({ entry: z.object({ entryId: z.int() }) }).parse(body).entry.entryId;

test('an address that is listed is declined by the rules call, which says so without the address', async () => {
  const ana = await analyst();
  await ana.add('ip', '203.0.113.0/24');
  const call = { invoiceGUID: 'invoice', onlinePayment: true, ipAddress: '203.0.113.77' };
  const { body } = await api.post('/payment/kpayment/v1/firePayislandRules', basic(ana.account), call);
  expect(body).toMatchObject({
    payislandResponse: { declinePayment: true, sendToGateway: false },
    warnings: [
      { warningMessage: 'list-block: On the lists as blocked (listMatch = ip, listVerdict = block)' },
    ],
  });
  expect(JSON.stringify(body)).not.toContain('203.0.113');
});

test('a payment with a listed card token is refunded, and the token stands in no list', async () => {
  const ana = await analyst();
  const { subscriberId } = ana.account;
  const payment = samplePayment({ subscriberId });
  const { token } = payment.paymentOption;
  await ana.add('cardFingerprint', token);
  const steps = createSteps({
    pool: api.database.pool,
    ruleSets: fixedRuleSets(await loadRuleSet(defaultRuleSetFile)),
    cardFingerprint: cardFingerprints(SECRETS.FINGERPRINT_SECRET),
    reviewPolicy: { reminderAfterMs: 1, deadlineAfterMs: 2, deadlineAction: 'refund' },
    vouchedRuns: 'off',
    assertions: createAssertions(SECRETS.SECRETS_KEY),
    gateways: oneGateway(createSandboxGateway({ url: 'http://127.0.0.1:1', timeoutMs: 1, keyLifetimeMs: 1 })),
    channel: { send: () => Promise.resolve() },
    ...webhookDeps,
  });
  const taken = new MockActivityEnvironment().run(() =>
    steps.takeIn({ payment, reasonsToHold: [], now: Date.now() }),
  );
  expect(await taken).toMatchObject({
    disposition: 'REFUND',
    reasons: ['list-block: On the lists as blocked (listMatch = cardFingerprint, listVerdict = block)'],
  });
  expect(JSON.stringify((await ana.list()).body)).not.toContain(token);
});

test('"is it blocked, and why" names the strongest match, who listed it and why, and what it overrules', async () => {
  const ana = await analyst();
  await ana.add('ip', '203.0.113.0/24');
  await ana.add('card', '4242:Zoë Gruber');
  const allowed = await ana.add('customer', 'customer-1', 'allow');
  const { body } = await ana.lookUp({ ip: '203.0.113.7', card: '4242 ZOE GRUBER', customer: 'customer-1' });
  expect(body).toMatchObject({
    verdict: 'allow',
    blocked: false,
    decidedBy: { entryId: entryIdOf(allowed), weak: false, addedBy: ana.account.userId },
    matches: [{ kind: 'customer' }, { kind: 'ip', weak: false }, { kind: 'card', weak: true }],
    explanation: expect.stringMatching(/^allowed by entry .* card testing; it overrules 2 entries/),
    responseCode: '0000',
  });
});

test("of another subscriber's lists nothing is seen, and nothing can be removed", async () => {
  const [ana, ben] = await Promise.all([analyst(), analyst()]);
  const entryId = entryIdOf(await ana.add('ip', '203.0.113.7'));
  expect((await ben.lookUp({ ip: '203.0.113.7' })).body).toMatchObject({ verdict: 'none', matches: [] });
  expect((await ben.list()).body).toMatchObject({ entries: [], next: null });
  const remove = (headers: Record<string, string>) =>
    api.post(`/lists/${entryId}/remove`, headers, { reason: 'a mistake' });
  expect(await remove(ben.headers)).toMatchObject({ status: 404, body: { responseCode: '0002' } });
  expect(await remove(ana.headers)).toMatchObject({ status: 200, body: { entry: { entryId } } });
  expect(await remove(ana.headers)).toMatchObject({ status: 404 });
  expect((await ana.lookUp({ ip: '203.0.113.7' })).body).toMatchObject({ verdict: 'none' });
});

test('adding what is listed says so, and pages lead through all of it', async () => {
  const ana = await analyst();
  for (const last of [1, 2, 3]) await ana.add('ip', `203.0.113.${last}`);
  expect((await ana.add('ip', '203.0.113.3/32')).body).toMatchObject({ added: false });
  const first = await ana.list('?limit=2');
  expect(first.body).toMatchObject({ entries: [{ value: '203.0.113.3' }, { value: '203.0.113.2' }] });
  const second = await ana.list(`?limit=2&before=${String(first.body['next'])}`);
  expect(second.body).toMatchObject({ entries: [{ value: '203.0.113.1' }], next: null });
});

test('a CSV file is imported, and its bad lines are told', async () => {
  const ana = await analyst();
  const csv = 'kind,value,verdict,reason\nip,203.0.113.7,block,seen\nip,nowhere,block,seen\n';
  const report = { rows: 2, added: 1, rejected: 1, rejectedLines: [{ line: 3 }], responseCode: '0000' };
  expect((await ana.import(csv, '?dryRun=true')).body).toMatchObject({ ...report, dryRun: true });
  expect((await ana.import(csv)).body).toMatchObject({ ...report, dryRun: false });
  expect((await ana.import(csv)).body).toMatchObject({ added: 0, alreadyListed: 1 });
  const large = `${csv}${'ip,203.0.113.8,block,seen\n'.repeat(10_000)}`;
  expect((await ana.import(large)).body).toMatchObject({ rows: 10_002, added: 1 });
});

test('what cannot be taken is refused by field, and without the scope nothing is', async () => {
  const ana = await analyst();
  expect(await ana.add('ip', '203.0.113.256')).toMatchObject({
    status: 400,
    body: { responseCode: '0001', responseDescription: expect.stringContaining('value is no IP address') },
  });
  expect(await ana.lookUp({ card: 'Zoë' })).toMatchObject({ status: 400 });
  expect(await ana.lookUp({})).toMatchObject({ status: 400 });
  expect(await ana.list('?limit=100000')).toMatchObject({ status: 400 });
  expect(await ana.import('a,b\n')).toMatchObject({ status: 400 });
  const reader = await analyst({ scopes: ['lists.read'] });
  expect(await reader.add('ip', '203.0.113.7')).toMatchObject({
    status: 403,
    body: { responseCode: '0018' },
  });
  expect(await reader.import('')).toMatchObject({ status: 403 });
  expect(await reader.list()).toMatchObject({ status: 200 });
});
