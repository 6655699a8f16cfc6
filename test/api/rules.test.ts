import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate } from '../../src/rules/evaluate.ts';
import { decide } from '../../src/store/decisions/decide.ts';
import { defaultRuleSetFile, loadRuleSet } from '../../src/store/rules/rule-set-file.ts';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { documentOf } from '../support/rule-documents.ts';
import { testDatabase } from '../support/database.ts';
import { Api, basic, noTemporal } from '../support/api-rig.ts';

let api: Api;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

const RULES_CALL = '/payment/kpayment/v1/firePayislandRules';
const reason = 'card testing since noon';

async function headers(account: ServiceAccount): Promise<Record<string, string>> {
  return { 'x-auth-token': await api.token(account) };
}

/** Two users of one new subscriber. */
async function anaAndBen() {
  const ana = await api.user();
  const ben = await api.user({ subscriberId: ana.subscriberId });
  return { account: ana, ana: await headers(ana), ben: await headers(ben) };
}

async function added(by: Record<string, string>, document: string): Promise<string> {
  const { status, body } = await api.post('/rules', by, { document, reason });
  expect(status).toBe(200);
  return String(body['ruleSetId']);
}

describe('an analyst', () => {
  test('adds, shows and shadows a rule set; another activates it, and it decides', async () => {
    const { account, ana, ben } = await anaAndBen();
    const document = documentOf({ name: 'spring', version: 4 });
    const id = await added(ana, document);
    const shadowed = await api.post(`/rules/${id}/shadow`, ana, { reason });
    expect(shadowed).toMatchObject({ status: 200, body: { state: 'shadow', responseCode: '0000' } });

    const alone = await api.post(`/rules/${id}/activate`, ana, { reason });
    expect(alone).toMatchObject({
      status: 403,
      body: { responseCode: '0018', responseDescription: expect.stringContaining('another person') },
    });
    const activated = await api.post(`/rules/${id}/activate`, ben, { reason: 'agreed' });
    expect(activated).toMatchObject({
      status: 200,
      body: { state: 'active', activatedBy: expect.any(String) },
    });

    expect(await api.get(`/rules/${id.slice(0, 13)}`, ana)).toMatchObject({
      body: {
        document,
        changes: [
          { action: 'ruleSetAdded', actor: account.userId, reason },
          { action: 'ruleSetInShadow', actor: account.userId },
          { action: 'ruleSetActivated', reason: 'agreed' },
        ],
      },
    });
    expect((await api.get('/rules', ben)).body['ruleSets']).toEqual([
      expect.objectContaining({ name: 'spring', version: 4, state: 'active' }),
    ]);
    const answer = await api.post(RULES_CALL, basic(account), { invoiceGUID: 'i', onlinePayment: true });
    expect(answer.body).toMatchObject({
      payislandResponse: { declinePayment: true },
      warnings: [{ warningDescription: 'rule set spring, version 4' }],
    });
  });

  test('is told everything that is wrong with a document, by rule, line and column', async () => {
    const { ana } = await anaAndBen();
    const refused = await api.post('/rules', ana, { document: documentOf({ when: 'amount > 1' }), reason });
    expect(refused).toMatchObject({
      status: 400,
      body: {
        responseCode: '0001',
        additionalInformation: {
          problems: [{ rule: 'trial-rule', line: expect.any(Number), column: expect.any(Number) }],
        },
      },
    });
  });

  test('cannot change what another subscriber has, nor what the account has no scope for', async () => {
    const { ana } = await anaAndBen();
    const stranger = await anaAndBen();
    const id = await added(ana, documentOf());
    expect(await api.post(`/rules/${id}/shadow`, stranger.ana, { reason })).toMatchObject({
      status: 404,
      body: { responseCode: '0002' },
    });
    const reader = await headers(await api.user({ scopes: ['rules.read'] }));
    for (const call of [`/rules/${id}/shadow`, `/rules/${id}/activate`, `/rules/${id}/retire`]) {
      expect(await api.post(call, reader, { reason })).toMatchObject({ status: 403 });
    }
    const taken = await api.post('/rules', ana, { document: documentOf({ when: 'false' }), reason });
    expect(taken).toMatchObject({ status: 409, body: { responseCode: '0012' } });
  });

  test('sees what the version in shadow would have done', async () => {
    const { account, ana } = await anaAndBen();
    expect(await api.get('/rules/shadow', ana)).toMatchObject({ status: 404 });
    const id = await added(ana, documentOf());
    await api.post(`/rules/${id}/shadow`, ana, { reason });
    const answer = await api.post(RULES_CALL, basic(account), { invoiceGUID: 'i', onlinePayment: true });
    expect(answer.body).toMatchObject({ payislandResponse: { declinePayment: false } });
    expect(await api.get('/rules/shadow', ana)).toMatchObject({
      status: 200,
      body: {
        ruleSet: { ruleSetId: id, state: 'shadow' },
        decisions: 1,
        differing: 1,
        faults: 0,
        changes: [
          {
            decided: { disposition: 'RELEASE' },
            shadow: { disposition: 'REFUND' },
            decisions: 1,
            amounts: [],
          },
        ],
        rules: [{ ruleId: 'trial-rule', adds: ['decline'], examples: [{ uniqueReference: null }] }],
      },
    });
  });
});

describe('a decision', () => {
  test('is explained in full: every rule, the values it saw, all facts, and the shadow', async () => {
    const { account, ana } = await anaAndBen();
    const id = await added(ana, documentOf());
    await api.post(`/rules/${id}/shadow`, ana, { reason });
    const call = await api.app.inject({
      method: 'POST',
      url: RULES_CALL,
      headers: basic(account),
      payload: { invoiceGUID: 'i-9', onlinePayment: true, ipAddress: '192.0.2.7' },
    });
    const decisionId = String(call.headers['x-decision-id']);
    const { status, body } = await api.get(`/decisions/${decisionId}`, ana);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      decisionId,
      invoiceGUID: 'i-9',
      ruleSet: { name: 'default' },
      disposition: 'REFUND',
      payislandResponse: { declinePayment: true },
      reasons: [expect.stringContaining('ip-on-blocked-network')],
      shadow: { ruleSet: { ruleSetId: id }, disposition: 'REFUND', rules: [{ ruleId: 'trial-rule' }] },
    });
    const ruleSet = await loadRuleSet(defaultRuleSetFile);
    const { rules } = ruleSet;
    expect(body['rules']).toHaveLength(rules.length);
    expect(body['facts']).toMatchObject({ ipAddress: '192.0.2.7' });
    expect(evaluate(ruleSet, JSON.parse(JSON.stringify(body['facts']))).results).toEqual(body['rules']);
  });

  test('on a payment is found by its reference', async () => {
    const { account, ana } = await anaAndBen();
    const subject = { subscriberId: account.subscriberId, uniqueReference: 'p-1', invoiceGUID: 'i' };
    const ruleSet = await loadRuleSet(defaultRuleSetFile);
    const { decisionId } = await decide(api.database.pool, ruleSet, { ...subject, onlinePayment: true });
    expect(await api.get('/payment/p-1/decision', ana)).toMatchObject({
      status: 200,
      body: { decisionId, uniqueReference: 'p-1', disposition: 'RELEASE', shadow: null },
    });
  });

  test('of another subscriber is not there, by its id or by its payment', async () => {
    const { ana } = await anaAndBen();
    for (const path of [
      '/decisions/0f0f7c8e-2d0b-4c59-9d4e-6a5d1a0f8b11',
      '/decisions/x',
      '/payment/r/decision',
    ]) {
      expect(await api.get(path, ana)).toMatchObject({ status: 404, body: { responseCode: '0002' } });
    }
  });
});
