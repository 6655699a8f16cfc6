import { Stripe } from 'stripe';
import { describe, expect, test } from 'vitest';
import { WebhookRejected } from '../../src/gateways/port/gateway-webhook.ts';
import { createStripeWebhook } from '../../src/gateways/stripe/stripe-webhook.ts';

const SECRET = 'whsec_1';
const webhook = createStripeWebhook(SECRET);
const MINUTE = 60_000;

function event(type: string, object: unknown): Buffer {
  return Buffer.from(JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object } }));
}

function signed(body: Buffer, change: { secret?: string; at?: number } = {}) {
  const { secret = SECRET, at = Date.now() } = change;
  const payload = body.toString();
  const timestamp = Math.floor(at / 1000);
  return { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
}

const ours = { id: 're_1', object: 'refund', metadata: { refundReference: 'reference-1' } };

/** As Stripe has it: https://docs.stripe.com/api/disputes/object */
const dispute = {
  id: 'dp_1',
  object: 'dispute',
  amount: 1250,
  currency: 'eur',
  charge: 'ch_1',
  payment_intent: 'pi_1',
  reason: 'fraudulent',
  status: 'needs_response',
};

describe('an event signed by Stripe', () => {
  test.each(['refund.created', 'refund.updated', 'refund.failed'])(
    'says which refund it is about: %s',
    (type) => {
      const body = event(type, ours);
      const news = { refundReference: 'reference-1', gatewayReference: 're_1' };
      expect(webhook.verify(body, signed(body))).toEqual(news);
    },
  );

  test('about a refund that was made elsewhere has only its id', () => {
    const body = event('refund.updated', { ...ours, metadata: {} });
    expect(webhook.verify(body, signed(body))).toEqual({ gatewayReference: 're_1' });
  });

  test.each(['charge.refunded', 'charge.dispute.created.v2', 'payout.paid', 'refund.created.v2'])(
    'about something else is ignored: %s',
    (type) => {
      const body = event(type, ours);
      expect(webhook.verify(body, signed(body))).toBe('ignored');
    },
  );

  test.each([
    ['needs_response', 'opened'],
    ['under_review', 'opened'],
    ['won', 'won'],
    ['lost', 'lost'],
    ['prevented', 'withdrawn'],
  ])('about a dispute that %s means a chargeback %s', (status, chargeback) => {
    const body = event('charge.dispute.updated', { ...dispute, status });
    expect(webhook.verify(body, signed(body))).toEqual({
      dispute: {
        reference: 'dp_1',
        paymentOptionTokens: ['ch_1', 'pi_1'],
        amount: { minor: 1250, currency: 'EUR' },
        reason: 'fraudulent, says Stripe',
        status: chargeback,
      },
    });
  });

  test.each([
    ['an inquiry', { status: 'warning_needs_response' }, 'ignored'],
    ['a status of a later version', { status: 'arbitration' }, 'ignored'],
    ['a currency that we do not know', { currency: 'xyz' }, 'unreadable'],
    ['no charge', { charge: null }, 'unreadable'],
    ['no amount', { amount: 0 }, 'unreadable'],
  ])('about a dispute with %s comes to nothing', (_what, changes, read) => {
    const body = event('charge.dispute.created', { ...dispute, ...changes });
    expect(webhook.verify(body, signed(body))).toBe(read);
  });

  test('is taken up to five minutes later, as a slow delivery is', () => {
    const body = event('refund.updated', ours);
    expect(webhook.verify(body, signed(body, { at: Date.now() - 4 * MINUTE }))).not.toBe('ignored');
  });

  test('that cannot be read is taken, as sending it again would change nothing', () => {
    const body = event('refund.updated', { ...ours, id: 7 });
    expect(webhook.verify(body, signed(body))).toBe('unreadable');
    const thin = Buffer.from(JSON.stringify({ object: 'v2.core.event', type: 'v1.refund.updated' }));
    expect(webhook.verify(thin, signed(thin))).toBe('unreadable');
  });

  test('of an older version of the API is about a refund, too', () => {
    const body = event('charge.refund.updated', ours);
    expect(webhook.verify(body, signed(body))).toMatchObject({ refundReference: 'reference-1' });
  });
});

describe('an event that Stripe did not send is refused', () => {
  const body = event('refund.updated', ours);
  const changed = Buffer.from(body.toString().replace('reference-1', 'reference-2'));
  const other = event('refund.updated', { ...ours, id: 're_2' });

  test.each([
    ['another secret', body, signed(body, { secret: 'whsec_2' })],
    ['an old signature', body, signed(body, { at: Date.now() - 6 * MINUTE })],
    ['a changed body', changed, signed(body)],
    ['the signature of another event', body, signed(other)],
    ['no signature', body, {}],
    ['half a signature', body, { 'stripe-signature': 't=1' }],
    ['an empty body', Buffer.alloc(0), signed(body)],
  ])('%s', (_name, raw, headers) => {
    expect(() => webhook.verify(raw, headers)).toThrow(WebhookRejected);
  });

  test('in one line that says why', () => {
    expect(() => webhook.verify(body, signed(other))).toThrow(/^Not shown to be from Stripe: .+$/);
  });
});
