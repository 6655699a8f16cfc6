import { randomUUID } from 'node:crypto';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStripeGateway } from '../../src/gateways/stripe/stripe-gateway.ts';
import { StripeDouble } from '../support/stripe-double.ts';
import { ApiRig, WEBHOOK_SECRET } from '../support/api-rig.ts';
import { heldBody, unblockBody } from '../support/samples.ts';

let stripe: StripeDouble;
let rig: ApiRig;
let token: Record<string, string>;
beforeAll(async () => {
  stripe = await StripeDouble.start();
  const gateway = createStripeGateway({ name: 'stripe', apiKey: 'sk_test_1', baseUrl: stripe.url });
  rig = await ApiRig.start({ unblockWaitSeconds: 1 }, {}, gateway);
  token = { 'x-auth-token': await rig.api.token(await rig.api.user()) };
});
afterAll(async () => {
  await rig.stop();
  await stripe.kill();
});
beforeEach(() => stripe.misbehave());

/** A payment that was taken by Stripe, unblocked to be refunded there. */
async function unblocked() {
  const uniqueReference = randomUUID();
  const body = heldBody();
  const { paymentIntent } = stripe.pay(10_000_000);
  await rig.api.post(`/payment/${uniqueReference}/kc-block`, token, {
    ...body,
    paymentOption: { token: paymentIntent },
  });
  const answer = await rig.api.post(`/payment/${uniqueReference}/kc-unblock`, token, unblockBody());
  const [booked] = stripe.booked(String(answer.body['refundReference']));
  if (!booked) throw new Error(`Stripe has no refund: ${JSON.stringify(answer.body)}`);
  const show = async () => (await rig.api.get(`/payment/${uniqueReference}`, token)).body;
  return { answer: answer.body, booked, show, uniqueReference };
}

function post(type: string, refund: object, secret = WEBHOOK_SECRET) {
  const payload = JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object: refund } });
  return rig.api.app.inject({
    method: 'POST',
    url: '/gateways/stripe/webhook',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret }),
    },
    payload,
  });
}

describe('an event of Stripe at the webhook', () => {
  test('has a refund that settled between two lookups known at once', async () => {
    // Asked about after 2, 7 and 22 seconds by the clock.
    stripe.misbehave({ misbehave: 'captureLater', ms: 9_000 });
    const { answer, booked, show } = await unblocked();
    expect(answer).toMatchObject({ refundStatusCode: 'PENDING' });
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(booked.settlesAt), 12_000);
    expect((await post('refund.updated', booked)).statusCode).toBe(200);
    await vi.waitFor(async () => expect((await show())['refundStatusCode']).toBe('CAPTURED'), 8_000);
  });

  test('has a payment reopened whose refund failed after all', async () => {
    const { booked, show } = await unblocked();
    await vi.waitFor(async () => expect((await show())['paymentStatus']).toBe('refunded'), 10_000);
    Object.assign(booked, { settlesAs: 'failed', failureReason: 'expired_or_canceled_card' });
    expect((await post('refund.failed', booked)).statusCode).toBe(200);
    await vi.waitFor(async () => {
      expect(await show()).toMatchObject({
        paymentStatus: 'held',
        refundStatusCode: 'DECLINED',
        refundStatusReason: expect.stringMatching(
          /^reversed by the gateway: .* has expired or was cancelled/,
        ),
      });
    }, 10_000);
  });

  test('is not believed: Stripe says that it has paid, whatever the event says', async () => {
    const { booked, show } = await unblocked();
    await vi.waitFor(async () => expect((await show())['paymentStatus']).toBe('refunded'), 10_000);
    const lie = { ...booked, status: 'failed' };
    expect((await post('refund.failed', lie)).statusCode).toBe(200);
    const calls = stripe.calls.length;
    await vi.waitFor(() => expect(stripe.calls.length).toBeGreaterThan(calls), 10_000);
    expect(await show()).toMatchObject({ paymentStatus: 'refunded', refundStatusCode: 'CAPTURED' });
  });

  test('about a refund that was made elsewhere is taken and comes to nothing', async () => {
    const others = stripe.refund(stripe.pay(), 100);
    const calls = stripe.calls.length;
    expect((await post('refund.created', others)).statusCode).toBe(200);
    expect(stripe.calls).toHaveLength(calls);
  });

  test('that Stripe did not sign is refused, and nothing is looked up', async () => {
    const { booked } = await unblocked();
    const answer = await post('refund.failed', booked, 'whsec_of_somebody_else');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: expect.stringContaining('Not shown to be from Stripe') });
  });
});

describe('a dispute at Stripe', () => {
  /** As Stripe has it: https://docs.stripe.com/api/disputes/object */
  const disputeOf = (payment: { charge: string; paymentIntent: string }, changes: object = {}) => ({
    id: `dp_${randomUUID()}`,
    object: 'dispute',
    amount: 200_000,
    currency: 'eur',
    charge: payment.charge,
    payment_intent: payment.paymentIntent,
    reason: 'fraudulent',
    status: 'needs_response',
    ...changes,
  });

  async function paidBack() {
    const { booked, show, uniqueReference } = await unblocked();
    await vi.waitFor(async () => expect((await show())['paymentStatus']).toBe('refunded'), 10_000);
    const chargebacks = async () =>
      (await rig.api.get(`/payment/${uniqueReference}/chargebacks`, token)).body['chargebacks'];
    const tasks = async (state: string) =>
      (await rig.api.get(`/tasks?state=${state}&limit=200`, token)).body['tasks'];
    return { payment: booked.payment, uniqueReference, chargebacks, tasks };
  }

  test('after the refund is a task with both references, until it is won', async () => {
    const { payment, uniqueReference, chargebacks, tasks } = await paidBack();
    const dispute = disputeOf(payment);
    expect((await post('charge.dispute.created', dispute)).statusCode).toBe(200);
    expect(await chargebacks()).toMatchObject([
      { reference: dispute.id, amount: 2000, currCode: 'EUR', status: 'opened' },
    ]);
    const about = expect.stringMatching(
      new RegExp(`${uniqueReference}.*${dispute.id}.*customer has the money twice`),
    );
    expect(await tasks('open')).toContainEqual(
      expect.objectContaining({ kind: 'chargedBack', summary: about }),
    );

    expect((await post('charge.dispute.updated', { ...dispute, status: 'under_review' })).statusCode).toBe(
      200,
    );
    expect((await post('charge.dispute.closed', { ...dispute, status: 'won' })).statusCode).toBe(200);
    expect(await chargebacks()).toMatchObject([{ status: 'won' }]);
    expect(await tasks('open')).not.toContainEqual(expect.objectContaining({ summary: about }));
    // The first event again, late.
    expect((await post('charge.dispute.created', dispute)).statusCode).toBe(200);
    expect(await chargebacks()).toMatchObject([{ status: 'won' }]);
  });

  test('that is only asked about, or of a payment that is not ours, comes to nothing', async () => {
    const { payment, chargebacks } = await paidBack();
    const inquiry = disputeOf(payment, { status: 'warning_needs_response' });
    expect((await post('charge.dispute.created', inquiry)).statusCode).toBe(200);
    expect((await post('charge.dispute.created', disputeOf(stripe.pay()))).statusCode).toBe(200);
    expect(await chargebacks()).toEqual([]);
  });

  test.each([
    ['more than the payment', { amount: 200_001 }, 'larger than payment'],
    ['another currency', { currency: 'usd' }, 'the payment is in EUR'],
  ])('over %s is a task that says why it is not on record', async (_what, changes, why) => {
    const { payment, chargebacks, tasks } = await paidBack();
    const dispute = disputeOf(payment, changes);
    expect((await post('charge.dispute.created', dispute)).statusCode).toBe(200);
    expect(await chargebacks()).toEqual([]);
    expect(await tasks('open')).toContainEqual(
      expect.objectContaining({ summary: expect.stringMatching(new RegExp(`${dispute.id}.*${why}`)) }),
    );
  });
});
