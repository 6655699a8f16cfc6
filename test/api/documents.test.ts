import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceAccount } from '../../src/store/accounts.ts';
import { ApiRig, basic } from './api-rig.ts';
import {
  BLOCK_CUSTOMER,
  blockBody,
  heldBody,
  readCurl,
  RUN_PAYISLAND_RULES,
  UNBLOCK_AMOUNT_BODY,
  UNBLOCK_AMOUNT_REFERENCE,
} from './samples.ts';

const JSON_UTF8 = 'application/json; charset=utf-8';
const UTC_NOW = {
  sysDate: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
  sysTime: expect.stringMatching(/^\d{6}$/),
};

let rig: ApiRig;
let caller: ServiceAccount;
beforeAll(async () => {
  rig = await ApiRig.start();
  caller = await rig.api.user();
});
afterAll(() => rig.stop());

describe("the documents' own sample calls", () => {
  test('run-payisland-rules answers errors, warnings and the seven fields', async () => {
    const { url, headers, body } = readCurl(RUN_PAYISLAND_RULES);
    const answer = await rig.api.post(url, { ...headers, ...basic(caller) }, body);
    expect(answer).toEqual({
      status: 200,
      contentType: JSON_UTF8,
      body: {
        errors: [],
        warnings: [],
        payislandResponse: {
          cardTypeAvailableOnline: ['VISA', 'MASTERCARD', 'AMEX'],
          blockOnlinePayment: false,
          runPayislandRules: true,
          customerBlocked: false,
          declinePayment: false,
          sendToGateway: true,
          sendNotification: false,
        },
      },
    });
  });

  test('block-customer answers an empty object, and the rules then decline the same invoice', async () => {
    const { url, headers, body } = readCurl(BLOCK_CUSTOMER);
    const block = await rig.api.post(url, { ...headers, ...basic(caller) }, body);
    expect(block).toEqual({ status: 200, contentType: JSON_UTF8, body: {} });

    const rules = readCurl(RUN_PAYISLAND_RULES);
    const answer = await rig.api.post(rules.url, { ...rules.headers, ...basic(caller) }, rules.body);
    expect(answer.body).toMatchObject({
      errors: [],
      warnings: [{ warningMessage: expect.stringContaining('invoice-of-blocked-customer') }],
      payislandResponse: { customerBlocked: true, declinePayment: true, sendToGateway: false },
    });
  });

  test('unblock-amount refunds a held payment and answers every field of table and example', async () => {
    const token = { 'x-auth-token': await rig.api.token(caller) };
    const block = heldBody();
    await rig.api.post(`/payment/${UNBLOCK_AMOUNT_REFERENCE}/kc-block`, token, block);
    const answer = await rig.api.post(
      `/payment/${UNBLOCK_AMOUNT_REFERENCE}/kc-unblock`,
      { ...token, 'accept-language': 'en-US' },
      UNBLOCK_AMOUNT_BODY,
    );
    expect(answer).toEqual({
      status: 200,
      contentType: JSON_UTF8,
      body: {
        partnerReference: '1234567',
        uniqueReference: UNBLOCK_AMOUNT_REFERENCE,
        customerAccno: '222123456',
        merchantAccno: '444123456',
        presentationAmount: 2000,
        presentationCurrCode: 'EUR',
        refundReference: expect.stringMatching(/^[\da-f-]{36}$/),
        refundStatusCode: 'CAPTURED',
        refundStatusReason: '',
        refundstatusReason: '',
        processedAmount: 2000,
        processedCurrCode: 'EUR',
        localDate: '2019-01-11',
        localTime: '145752',
        ...UTC_NOW,
        responseCode: '0000',
        responseDescription: 'Successful execution.',
        additionalInformation: { requestId: expect.stringMatching(/^[\da-f]{32}$/) },
      },
    });
    expect(await rig.sandbox.booked(String(answer.body['refundReference']))).toMatchObject([
      { status: 'captured', amountMinor: 200_000, currency: 'EUR' },
    ]);
  });
});

describe('a blocked payment', () => {
  test.each([
    { disposition: 'RELEASE', paymentStatus: 'released', why: 'no rule minds it', changes: {} },
    {
      disposition: 'HOLD',
      paymentStatus: 'held',
      why: 'a rule holds it',
      changes: { presentationAmount: 2000 },
    },
    {
      disposition: 'REFUND',
      paymentStatus: 'refunding',
      why: 'a rule declines it',
      changes: { ipAddress: '192.0.2.7' },
    },
  ])('is answered with $disposition where $why', async ({ disposition, paymentStatus, changes }) => {
    const token = { 'x-auth-token': await rig.api.token(caller) };
    const uniqueReference = randomUUID();
    const body = blockBody(changes);
    const answer = await rig.api.post(`/payment/${uniqueReference}/kc-block`, token, body);
    expect(answer).toEqual({
      status: 200,
      contentType: JSON_UTF8,
      body: {
        partnerReference: body['partnerReference'],
        uniqueReference,
        customerAccno: '222123456',
        merchantAccno: '444123456',
        presentationAmount: body['presentationAmount'],
        presentationCurrCode: 'EUR',
        disposition,
        paymentStatus: disposition === 'REFUND' ? expect.stringMatching(/^refund(ing|ed)$/) : paymentStatus,
        reviewDueAt: disposition === 'HOLD' ? expect.stringMatching(/Z$/) : null,
        localDate: '2026-01-01',
        localTime: '120000',
        ...UTC_NOW,
        responseCode: '0000',
        responseDescription: 'Successful execution.',
        additionalInformation: { requestId: expect.any(String) },
      },
    });
  });
});
