import { describe, expect, test } from 'vitest';
import {
  disagreementOfBlock,
  disagreementsOf,
  gatewayAgrees,
  type RecordedPayment,
  type RecordedRefund,
  type RunState,
} from '../../src/domain/consistency.ts';
import type { PaymentStatus } from '../../src/domain/payment.ts';
import type { RefundStatus } from '../../src/domain/refund.ts';

const NOW = new Date('2026-03-10T00:00:00Z');

function refundThatIs(status: RefundStatus, since = new Date(NOW.getTime() - 3600_000)): RecordedRefund {
  return { refundReference: 'r', gateway: 'sandbox', status, since, saidByGateway: true };
}

const REFUNDS: Partial<Record<PaymentStatus, RefundStatus>> = {
  refunding: 'PENDING',
  refunded: 'CAPTURED',
  refundFailed: 'FAILED',
};

function payment(status: PaymentStatus, changes: Partial<RecordedPayment> = {}): RecordedPayment {
  const refundStatus = REFUNDS[status];
  return {
    subscriberId: 'shop',
    uniqueReference: 'p',
    status,
    amount: { minor: 1000, currency: 'EUR' },
    blocked: status === 'blocked' || status === 'held' ? 1000 : 0,
    inTransit: status === 'refunding' || status === 'refundFailed' ? 1000 : 0,
    refund: refundStatus === undefined ? null : refundThatIs(refundStatus),
    ...changes,
  };
}

const told = (recorded: RecordedPayment | undefined, run: RunState) =>
  disagreementsOf(recorded, run, NOW).map(({ one, other }) => `${one}, but ${other}`);

test.each<[PaymentStatus, RunState]>([
  ['blocked', 'running'],
  ['held', 'running'],
  ['refunding', 'running'],
  ['refundFailed', 'running'],
  ['released', 'ended'],
  ['refunded', 'ended'],
  // Temporal forgets runs that ended long ago.
  ['refunded', 'missing'],
])('a %s payment whose run is %s agrees with itself', (status, run) => {
  expect(told(payment(status), run)).toEqual([]);
});

describe('it is told that', () => {
  const declined = refundThatIs('DECLINED');
  const old = refundThatIs('PENDING', new Date('2025-11-01T00:00:00Z'));
  test.each<[string, RecordedPayment | undefined, RunState, string]>([
    ['nobody carries a held payment on', payment('held'), 'ended', 'its run in Temporal has ended'],
    ['nobody ever carried it on', payment('held'), 'missing', 'Temporal has no run'],
    ['an ended payment is still carried on', payment('released'), 'running', 'still running'],
    ['a run has no payment', undefined, 'running', 'it is not on record'],
    [
      'blocked money is gone',
      payment('held', { blocked: 0 }),
      'running',
      'blocked balance must be 10.00 EUR, but the ledger has 0.00 EUR',
    ],
    ['money is held back after the end', payment('released', { blocked: 1000 }), 'ended', 'must be 0.00 EUR'],
    [
      'money in transit is gone',
      payment('refunding', { inTransit: 0 }),
      'running',
      'refundInTransit balance must be 10.00 EUR',
    ],
    ['money stays in transit', payment('refunded', { inTransit: 1000 }), 'ended', 'has 10.00 EUR there'],
    ['a refunded payment has no refund', payment('refunded', { refund: null }), 'ended', 'it has no refund'],
    [
      'a declined refund is still refunding',
      payment('refunding', { refund: declined }),
      'running',
      'refund r is DECLINED',
    ],
    [
      'a refund has no outcome for a quarter',
      payment('refunding', { refund: old }),
      'running',
      'PENDING since 2025-11-01',
    ],
  ])('%s', (_what, recorded, run, says) => {
    const answer = told(recorded, run);
    expect(answer).toHaveLength(1);
    expect(answer[0]).toContain(says);
  });
});

test('a step that has failed for minutes is told, with why', () => {
  const failing = [{ step: 'release', attempts: 12, failure: 'connection refused' }];
  expect(disagreementsOf(payment('held'), 'running', new Date(), failing)).toEqual([
    { one: 'its run does the step release', other: 'that has failed 12 times: connection refused' },
  ]);
});

test('a block that no run carries on, or that is on beyond its expiry, is told', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  const block = { customerUuid: 'c', expiresAt: new Date('2026-03-01T11:00:00Z') };
  expect(disagreementOfBlock(block, 'running', now)?.other).toContain('has expired at 2026-03-01T11:00');
  expect(disagreementOfBlock(block, 'missing', now)?.other).toBe('Temporal has no run for it');
  expect(disagreementOfBlock({ ...block, expiresAt: null }, 'running', now)).toBeUndefined();
  expect(disagreementOfBlock({ ...block, expiresAt: now }, 'running', now)).toBeUndefined();
});

test('a gateway that says nothing certain contradicts nobody', () => {
  expect(gatewayAgrees({ kind: 'unknown', reason: 'no answer' })).toBeUndefined();
  expect(gatewayAgrees({ kind: 'notFound' })).toBe(false);
  expect(gatewayAgrees({ kind: 'declined', reason: 'closed' })).toBe(false);
});
