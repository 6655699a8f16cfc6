import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { ApiRig, basic } from '../support/api-rig.ts';
import {
  BLOCK_CUSTOMER,
  blockBody,
  heldBody,
  readCurl,
  RUN_PAYISLAND_RULES,
  UNBLOCK_AMOUNT_BODY,
  UNBLOCK_AMOUNT_REFERENCE,
  unblockBody,
} from '../support/samples.ts';

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
  const instant = expect.stringMatching(/^\d{4}-.*Z$/);
  test.each([
    { disposition: 'RELEASE', changes: {}, paymentStatus: 'released', reviewDueAt: null },
    {
      disposition: 'HOLD',
      changes: { presentationAmount: 2000 },
      paymentStatus: 'held',
      reviewDueAt: instant,
    },
    {
      disposition: 'REFUND',
      changes: { ipAddress: '192.0.2.7' },
      paymentStatus: expect.stringMatching(/^refund(ing|ed)$/),
      reviewDueAt: null,
    },
  ])('is answered with what the rules decided: $disposition', async ({ changes, ...expected }) => {
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
        ...expected,
        localDate: '2026-01-01',
        localTime: '120000',
        ...UTC_NOW,
        responseCode: '0000',
        responseDescription: 'Successful execution.',
        additionalInformation: { requestId: expect.any(String) },
      },
    });
  });

  test('is shown with its decision, its refund and its ledger', async () => {
    const token = { authorization: `Bearer ${await rig.api.token(caller)}` };
    const uniqueReference = randomUUID();
    const block = heldBody({ presentationAmount: 2000.5 });
    await rig.api.post(`/payment/${uniqueReference}/kc-block`, token, block);
    const unblock = await rig.api.post(`/payment/${uniqueReference}/kc-unblock`, token, unblockBody());
    const { status, body } = await rig.api.get(`/payment/${uniqueReference}`, token);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      partnerReference: block['partnerReference'],
      uniqueReference,
      paymentStatus: 'refunded',
      disposition: 'HOLD',
      reasons: expect.arrayContaining([expect.stringContaining('amount-large')]),
      decidedBy: 'operator',
      endedAt: instant,
      refundReference: unblock.body['refundReference'],
      refundStatusCode: 'CAPTURED',
      processedAmount: 2000.5,
      processedCurrCode: 'EUR',
      responseCode: '0000',
    });
    expect(body['ledger']).toMatchObject([
      { entry: 'block', account: 'customer:222123456', amount: -2000.5, currCode: 'EUR' },
      { entry: 'block', account: `blocked:${uniqueReference}`, amount: 2000.5 },
      { account: `blocked:${uniqueReference}`, amount: -2000.5 },
      { account: `refundInTransit:${uniqueReference}`, amount: 2000.5 },
      { account: `refundInTransit:${uniqueReference}`, amount: -2000.5 },
      { account: expect.stringMatching(/^paidOut:tok_/), amount: 2000.5 },
    ]);
  });
});

describe("a customer's block", () => {
  test('holds payments under way, is seen, repeats without a second notification, and is ended', async () => {
    const owner = await rig.api.user();
    const token = { 'x-auth-token': await rig.api.token(owner) };
    const block = heldBody();
    const path = `/payment/kpayment/v1/customer/${String(block['customerUuid'])}`;
    const request = { ccLastFour: '4242', cardHolder: 'Ana Lima', sendBlockNotification: true };

    for (const repeated of [request, request]) {
      expect((await rig.api.post(`${path}/block`, basic(owner), repeated)).body).toEqual({});
    }
    expect((await rig.api.get(`${path}/block`, basic(owner))).body).toEqual({
      customerUuid: block['customerUuid'],
      customerBlocked: true,
      expiresAt: null,
    });
    const { rows } = await rig.database.pool.query<{ events: number; cards: number }>(
      `select (select count(*) from outbox where subscriber_id = $1 and event_type = 'customerBlocked') as events,
              (select count(*) from customer_block_cards where subscriber_id = $1) as cards`,
      [owner.subscriberId],
    );
    expect(rows).toEqual([{ events: 1, cards: 1 }]);
    const payment = await rig.api.post(`/payment/${randomUUID()}/kc-block`, token, {
      ...block,
      presentationAmount: 1,
    });
    expect(payment.body).toMatchObject({ disposition: 'HOLD', paymentStatus: 'held' });

    expect((await rig.api.post(`${path}/unblock`, basic(owner))).body).toEqual({});
    expect((await rig.api.post(`${path}/unblock`, basic(owner), { reason: 'again' })).body).toEqual({});
    expect((await rig.api.get(`${path}/block`, basic(owner))).body).toMatchObject({ customerBlocked: false });
  });

  test('takes every one of a burst of blocks and unblocks', async () => {
    const owner = await rig.api.user();
    const path = '/payment/kpayment/v1/customer/busy';
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_none, index) =>
        rig.api.post(`${path}/${index % 3 === 2 ? 'unblock' : 'block'}`, basic(owner), {}),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });
});
