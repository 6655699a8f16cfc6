import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { testDatabase } from '../support/database.ts';
import { Api, basic, noTemporal } from '../support/api-rig.ts';
import { blockBody, unblockBody } from '../support/samples.ts';

// Everything here is refused before anybody asks Temporal.
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

const RULES = '/payment/kpayment/v1/firePayislandRules';
const BLOCK_CUSTOMER = '/payment/kpayment/v1/customer/c1/block';

test('a method that a path does not have is told which it has, whatever comes with it', async () => {
  for (const { method, url, allow, body } of [
    { method: 'PATCH', url: '/lists/import', allow: 'POST', body: { responseCode: '0002' } },
    { method: 'PUT', url: '/lists/import', allow: 'POST', body: { responseCode: '0002' } },
    { method: 'DELETE', url: '/reviews?due=today', allow: 'GET, HEAD', body: { responseCode: '0002' } },
    { method: 'GET', url: RULES, allow: 'POST', body: { errors: [{ errorCode: 100006 }] } },
    {
      method: 'DELETE',
      url: BLOCK_CUSTOMER,
      allow: 'GET, HEAD, POST',
      body: { errors: [{ errorCode: 100006 }] },
    },
  ] as const) {
    const withBody = method === 'PATCH' || method === 'PUT';
    const answer = await api.app.inject({
      method,
      url,
      headers: { ...token, ...(withBody ? { 'content-type': 'text/csv' } : {}) },
      ...(withBody ? { payload: 'kind,value' } : {}),
    });
    expect([method, url, answer.statusCode, answer.headers.allow]).toEqual([method, url, 405, allow]);
    expect(answer.json()).toMatchObject(body);
  }
});

describe('a kpayment call that cannot be understood answers 400 with 100006 and names the field', () => {
  test.each([
    { why: 'no body', url: RULES, body: undefined, fields: ['body is missing'] },
    { why: 'not JSON', url: RULES, body: '{"invoiceGUID": ', fields: ['body is not JSON'] },
    { why: 'not an object', url: RULES, body: '[]', fields: ['body must be a JSON object'] },
    { why: 'null', url: RULES, body: 'null', fields: ['body is missing'] },
    { why: 'no invoice', url: RULES, body: {}, fields: ['invoiceGUID is missing'] },
    {
      why: 'an empty invoice',
      url: RULES,
      body: { invoiceGUID: '' },
      fields: ['invoiceGUID must not be empty'],
    },
    {
      why: 'several wrong types',
      url: RULES,
      body: { invoiceGUID: 1, onlinePayment: 'true', ipAddress: 7, ccLastFour: null },
      fields: [
        'invoiceGUID must be a string',
        'ipAddress must be a string',
        'onlinePayment must be true or false',
      ],
    },
    {
      why: 'too long',
      url: RULES,
      body: { invoiceGUID: 'x'.repeat(65), ccLastFour: '1'.repeat(17) },
      fields: ['invoiceGUID must not be longer than 64', 'ccLastFour must not be longer than 16'],
    },
    {
      why: 'null where a value has to be',
      url: RULES,
      body: { invoiceGUID: null },
      fields: ['invoiceGUID is missing'],
    },
    ...['203.0.113.7, 10.0.0.1', '203.0.113.256', '2001:db8::1::2', '010.0.0.1'].map((ipAddress) => ({
      why: `${ipAddress} for an address`,
      url: RULES,
      body: { invoiceGUID: 'i', ipAddress },
      fields: ['ipAddress is not one IP address'],
    })),
    ...['4242424242424242', '4242 4242 4242 4242', '4242-4242-4242-4242', 'card 4242.4242.4242.4242'].map(
      (cardHolder) => ({
        why: `${cardHolder} for a holder`,
        url: BLOCK_CUSTOMER,
        body: { cardHolder },
        fields: ['cardHolder holds the whole number of a card'],
      }),
    ),
    {
      why: "a card's whole number",
      url: BLOCK_CUSTOMER,
      body: { ccLastFour: '4242424242424242' },
      fields: ['ccLastFour must be the last four digits'],
    },
    {
      why: 'a character that no text can hold',
      url: RULES,
      body: { invoiceGUID: 'a\u0000b', customerFirstName: '\ud800' },
      fields: ['invoiceGUID holds a character', 'customerFirstName holds a character'],
    },
    {
      why: 'a customer that is too long',
      url: `/payment/kpayment/v1/customer/${'c'.repeat(65)}/block`,
      body: {},
      fields: ['customerUuid must not be longer than 64'],
    },
    {
      why: 'a body of a megabyte',
      url: RULES,
      body: { invoiceGUID: 'i', more: 'x'.repeat(1_000_000) },
      fields: ['too large'],
    },
  ])('$why', async ({ url, body, fields }) => {
    const answer = await api.post(url, basic(caller), body);
    expect(answer).toEqual({
      status: 400,
      contentType: 'application/json; charset=utf-8',
      body: {
        errors: fields.map((text) => ({
          errorCode: 100006,
          errorTitle: 'INVALID_REQUEST_DATA',
          errorMessage: expect.stringContaining(text),
          errorDescription: expect.stringMatching(/./),
        })),
        warnings: [],
      },
    });
  });
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8'])(
  'JSON is read as JSON though it is called %s',
  async (contentType) => {
    const body = JSON.stringify({ invoiceGUID: randomUUID(), thisFieldIs: 'unknown and ignored' });
    const answer = await api.post(RULES, { ...basic(caller), 'content-type': contentType }, body);
    expect(answer.status).toBe(200);
  },
);

describe('a kc call that cannot be taken answers with the code that says why', () => {
  const block = (changes: Record<string, unknown>) => ({ path: 'kc-block', body: blockBody(changes) });
  const unblock = (changes: Record<string, unknown>) => ({ path: 'kc-unblock', body: unblockBody(changes) });
  const paymentOption = { token: 'tok', ccLastFour: '4242' };

  test.each([
    { why: 'not JSON', path: 'kc-unblock', body: 'refund it', code: '0001', says: ['body is not JSON'] },
    {
      why: 'nothing in it',
      path: 'kc-unblock',
      body: {},
      code: '0001',
      says: [
        'partnerReference is missing',
        'refundAmount is',
        'localDate is missing',
        'localTime is missing',
      ],
    },
    {
      why: 'several fields wrong',
      ...unblock({ refundAmount: 'yes', localDate: '2026-02-30', localTime: '240000' }),
      code: '0001',
      says: ['refundAmount must be true or false', 'localDate is not a date', 'localTime is not a time'],
    },
    {
      why: 'a date in another form',
      ...unblock({ localDate: '11.01.2019', localTime: '14:57' }),
      code: '0001',
      says: ['localDate is not a date (YYYY-MM-DD)', 'localTime is not a time (HHMMSS)'],
    },
    {
      why: 'partnerReference too long',
      ...unblock({ partnerReference: 'p'.repeat(65) }),
      code: '0001',
      says: ['partnerReference must not be longer than 64 characters'],
    },
    {
      why: 'partnerReference empty',
      ...unblock({ partnerReference: '' }),
      code: '0007',
      says: ["'partnerReference' must not be empty"],
    },
    {
      why: 'another uniqueReference in the body',
      ...unblock({ uniqueReference: 'another' }),
      code: '0002',
      says: ["Invalid 'uniqueReference' supplied: it is another one in the path"],
    },
    {
      why: 'another uniqueReference in the body of a block',
      ...block({ uniqueReference: 'another' }),
      code: '0002',
      says: ["'uniqueReference'"],
    },
    {
      why: 'a token without text',
      ...block({ paymentOption: { ...paymentOption, token: '' } }),
      code: '0007',
      says: ['paymentOption.token'],
    },
    {
      why: 'a customer without a name',
      ...block({ customerUuid: '' }),
      code: '0007',
      says: ["'customerUuid'"],
    },
    {
      why: "a card's number for its token",
      ...block({ paymentOption: { ...paymentOption, token: '4242-4242-4242-4242' } }),
      code: '0001',
      says: ['paymentOption.token is the whole number of a card'],
    },
    {
      why: "a card's number in the reason",
      ...unblock({ modifiedUsage: 'he says 3782 822463 10005' }),
      code: '0001',
      says: ['modifiedUsage holds the whole number of a card'],
    },
    {
      why: 'no payment option',
      ...block({ paymentOption: 'tok' }),
      code: '0001',
      says: ['paymentOption must be'],
    },
    {
      why: 'amount as text',
      ...block({ presentationAmount: '100' }),
      code: '0001',
      says: ['presentationAmount must be a number'],
    },
    { why: 'amount zero', ...block({ presentationAmount: 0 }), code: '0003', says: ['greater than 0.00'] },
    {
      why: 'amount negative',
      ...block({ presentationAmount: -5 }),
      code: '0003',
      says: ['greater than 0.00'],
    },
    {
      why: 'three decimals',
      ...block({ presentationAmount: 1.005 }),
      code: '0002',
      says: ['presentationAmount'],
    },
    {
      why: 'half a yen',
      ...block({ presentationAmount: 10.5, presentationCurrCode: 'JPY' }),
      code: '0002',
      says: ['more decimals than JPY has'],
    },
    {
      why: 'an amount of sixteen digits',
      ...block({ presentationAmount: 1e15 }),
      code: '0002',
      says: ['presentationAmount'],
    },
    { why: 'no currency', ...block({ presentationCurrCode: 'XXX' }), code: '0023', says: ['XXX'] },
    {
      why: 'a currency too long',
      ...block({ presentationCurrCode: 'EURO' }),
      code: '0001',
      says: ['presentationCurrCode'],
    },
  ])('$why: $code', async ({ path, body, code, says }) => {
    const uniqueReference = randomUUID();
    const answer = await api.post(`/payment/${uniqueReference}/${path}`, token, body);
    const { responseDescription, ...rest } = answer.body;
    expect(answer).toMatchObject({ status: 400, contentType: 'application/json; charset=utf-8' });
    expect(rest).toEqual({
      partnerReference: typeof body === 'string' ? null : expectedEcho(body['partnerReference']),
      uniqueReference,
      responseCode: code,
      sysDate: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      sysTime: expect.stringMatching(/^\d{6}$/),
      additionalInformation: { requestId: expect.stringMatching(/^[\da-f]{32}$/) },
    });
    for (const text of says) expect(responseDescription).toContain(text);
  });

  function expectedEcho(partnerReference: unknown): unknown {
    return typeof partnerReference === 'string' && partnerReference.length <= 64 ? partnerReference : null;
  }

  test('a uniqueReference longer than 36: 0001', async () => {
    const answer = await api.post(`/payment/${'u'.repeat(37)}/kc-unblock`, token, unblockBody());
    expect(answer).toMatchObject({
      status: 400,
      body: {
        uniqueReference: null,
        responseCode: '0001',
        responseDescription: expect.stringContaining('36'),
      },
    });
  });

  test('a payment that is not there: 404 with 0002', async () => {
    const path = `/payment/${randomUUID()}`;
    const expected = { status: 404, body: { responseCode: '0002' } };
    expect(await api.post(`${path}/kc-unblock`, token, unblockBody())).toMatchObject(expected);
    expect(await api.get(path, token)).toMatchObject(expected);
  });
});

test.each([
  { url: '/payment/kpayment/v1/fireRules', status: 404, body: { errors: [{ errorCode: 100006 }] } },
  { url: '/payment/1/kc-freeze', status: 404, body: { responseCode: '0002' } },
  { url: '/payment/%zz/kc-unblock', status: 400, body: { responseCode: '0001' } },
])(
  'a call that leads nowhere is answered in the manner of its document: $url',
  async ({ url, status, body }) => {
    expect(await api.post(url, {}, {})).toMatchObject({ status, body });
  },
);
