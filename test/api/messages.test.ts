import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putSettings } from '../../src/store/settings/settings.ts';
import { operatorMessages } from '../../src/domain/messages/operator-messages.ts';
import { ApiRig } from '../support/api-rig.ts';
import { heldBody } from '../support/samples.ts';

let rig: ApiRig;
let token: Record<string, string>;
beforeAll(async () => {
  rig = await ApiRig.start();
  token = { 'x-auth-token': await rig.api.token(await rig.api.user()) };
});
afterAll(() => rig.stop());

const signed = { operator: 'ana', reason: 'as agreed' };

/** A payment in review, and how to send it an operator message. */
async function heldPayment(caller = token) {
  const uniqueReference = randomUUID();
  await rig.api.post(`/payment/${uniqueReference}/kc-block`, caller, heldBody());
  return (message: string, fields: Record<string, unknown> = {}, by = caller) =>
    rig.api.post(`/payment/${uniqueReference}/messages/${message}`, by, { ...signed, ...fields });
}

describe('an operator message over HTTP', () => {
  test.each(operatorMessages)('$name has a route, and needs the scope for it', async ({ name }) => {
    const send = await heldPayment();
    const reader = { 'x-auth-token': await rig.api.token(await rig.api.user({ scopes: ['payment.read'] })) };
    const fields = {
      refundAmount: false,
      confirms: 'f00',
      hours: 1,
      assignee: 'ben',
      text: 'look',
      gatewayReference: 'x',
      amount: '1.00',
    };
    expect(await send(name, fields, reader)).toMatchObject({ status: 403, body: { responseCode: '0018' } });
    const { status } = await send(name, fields);
    expect([200, 409]).toContain(status);
  });

  test('is on record once it is answered', async () => {
    const send = await heldPayment();
    for (const [message, fields] of [
      ['extendReview', { hours: 24 }],
      ['pauseReview', {}],
      ['resumeReview', {}],
      ['assign', { assignee: 'ben' }],
      ['note', { text: 'the bank calls back' }],
      ['hold', {}],
    ] as const) {
      expect(await send(message, fields)).toMatchObject({ status: 200, body: { paymentStatus: 'held' } });
    }
    expect(await send('unblock', { refundAmount: false })).toMatchObject({
      status: 200,
      body: { paymentStatus: 'released', proposal: null, responseCode: '0000' },
    });
  });

  test('that proposes says so, and hold takes the proposal back', async () => {
    const service = await rig.api.user();
    const settings = 'reminderHours: 1\ndeadlineHours: 2\ndeadlineAction: refund\nfourEyesAbove: { "*": 0 }';
    const by = { actor: 'ana', reason: 'as agreed' };
    await putSettings(rig.database.pool, 'review', service.subscriberId, settings, by);
    const send = await heldPayment({ 'x-auth-token': await rig.api.token(service) });
    const proposed = await send('unblock', { refundAmount: true });
    expect(proposed).toMatchObject({
      status: 200,
      body: {
        paymentStatus: 'held',
        outcome: 'proposed',
        proposal: { operator: 'ana', refundAmount: true },
        proposed: 'refund it to the payment option',
        nextStep: expect.stringContaining('another operator confirms it by its hash'),
      },
    });
    expect(await send('note', { text: 'seen' })).toMatchObject({ body: { outcome: 'accepted' } });
    expect(await send('hold')).toMatchObject({
      status: 200,
      body: { paymentStatus: 'held', proposal: null },
    });
  });

  test('that cannot be read is refused with what is wrong, and one that comes too late with where the payment is', async () => {
    const send = await heldPayment();
    expect(await send('extendReview', { until: '2020-01-01' })).toMatchObject({
      status: 400,
      body: { responseCode: '0002', responseDescription: 'the new end of the review lies in the past.' },
    });
    expect(await send('unblock')).toMatchObject({ status: 400 });
    expect(await send('confirmUnblock', { confirms: 'f00' })).toMatchObject({
      status: 409,
      body: { responseDescription: expect.stringContaining('there is nothing to confirm') },
    });
    await send('unblock', { refundAmount: false });
    expect(await send('hold')).toMatchObject({
      status: 409,
      body: { responseCode: '0015', responseDescription: expect.stringContaining('the payment is released') },
    });
  });

  test('to a payment that the caller does not have is answered 404', async () => {
    const nowhere = await rig.api.post(`/payment/${randomUUID()}/messages/hold`, token, signed);
    expect(nowhere).toMatchObject({ status: 404, body: { responseCode: '0002' } });
  });
});
