import type { CustomerRef, PaymentRef } from './ids.ts';
import { formatMoney, type Money } from './money.ts';
import { hasEnded, type PaymentStatus } from './payment.ts';
import { isOpen, LONGEST_ASKING, type RefundLookup, type RefundStatus } from './refund.ts';
import type { NewTask } from './task.ts';

/** What the record has of one payment, in its row, its ledger and its refund. */
export interface RecordedPayment extends PaymentRef {
  readonly status: PaymentStatus;
  /** What has not gone back another way. */
  readonly amount: Money;
  /** Balances in the payment's currency, in minor units. */
  readonly blocked: number;
  readonly inTransit: number;
  /** The newest refund. */
  readonly refund: RecordedRefund | null;
}

export interface RecordedRefund {
  readonly refundReference: string;
  readonly gateway: string;
  readonly status: RefundStatus;
  /** When it became what it is. */
  readonly since: Date;
  /** Whether it was the gateway that said so, and not a person. */
  readonly saidByGateway: boolean;
}

/** What Temporal says of a payment's run. */
export type RunState = 'running' | 'ended' | 'missing';

/** A run's step that is repeated and fails again and again. */
export interface FailingStep {
  readonly step: string;
  readonly attempts: number;
  readonly failure: string;
}

/** From so many attempts on, which take minutes, a step that fails is a person's to know of. */
export const ATTEMPTS_BEFORE_TASK = 10;

/** Two sides that should say the same. */
export interface Disagreement {
  readonly one: string;
  readonly other: string;
}

/** Where row, ledger, refund and run of a payment do not say the same. @param payment undefined: it is not on record */
export function disagreementsOf(
  payment: RecordedPayment | undefined,
  run: RunState,
  now: Date,
  failing: readonly FailingStep[] = [],
): Disagreement[] {
  if (!payment) {
    return run === 'running' ? [{ one: 'its run in Temporal is running', other: 'it is not on record' }] : [];
  }
  return [
    ...ledgerDisagreements(payment),
    ...refundDisagreements(payment, now),
    ...runDisagreements(payment.status, run),
    ...failing.map(({ step, attempts, failure }) => ({
      one: `its run does the step ${step}`,
      other: `that has failed ${attempts} times: ${failure}`,
    })),
  ];
}

function ledgerDisagreements({ status, amount, blocked, inTransit }: RecordedPayment): Disagreement[] {
  const expected = {
    blocked: status === 'blocked' || status === 'held' ? amount.minor : 0,
    refundInTransit: status === 'refunding' || status === 'refundFailed' ? amount.minor : 0,
  };
  const tell = (minor: number) => formatMoney({ ...amount, minor });
  const differ = (account: keyof typeof expected, balance: number): Disagreement[] =>
    balance === expected[account]
      ? []
      : [
          {
            one: `the payment is ${status}, so its ${account} balance must be ${tell(expected[account])}`,
            other: `the ledger has ${tell(balance)} there`,
          },
        ];
  return [...differ('blocked', blocked), ...differ('refundInTransit', inTransit)];
}

const REFUND_OF: { readonly [S in PaymentStatus]: readonly (RefundStatus | 'none')[] } = {
  blocked: ['none'],
  held: ['none', 'DECLINED'],
  refunding: ['RECEIVED', 'PENDING'],
  released: ['none', 'DECLINED'],
  refunded: ['CAPTURED'],
  refundFailed: ['FAILED'],
};

// The lifecycle asks for days by itself; after that, a refund without outcome is FAILED and a person's.
// Each lookup may take an hour by itself while the gateway is away.
const PATIENCE_MS = LONGEST_ASKING.milliseconds + LONGEST_ASKING.lookups * 3600_000;

function refundDisagreements({ status, refund }: RecordedPayment, now: Date): Disagreement[] {
  const found: Disagreement[] = [];
  const refundStatus = refund?.status ?? 'none';
  if (!REFUND_OF[status].includes(refundStatus)) {
    found.push({
      one: `the payment is ${status}`,
      other: refund ? `its refund ${refund.refundReference} is ${refundStatus}` : 'it has no refund',
    });
  }
  if (refund && isOpen(refund) && now.getTime() - refund.since.getTime() > PATIENCE_MS) {
    found.push({
      one: `refund ${refund.refundReference} is ${refundStatus} since ${refund.since.toISOString()}`,
      other: "by now its outcome must be known, or be a person's to find out (FAILED)",
    });
  }
  return found;
}

function runDisagreements(status: PaymentStatus, run: RunState): Disagreement[] {
  if (hasEnded(status) && run === 'running') {
    return [{ one: `the payment is ${status}`, other: 'its run in Temporal is still running' }];
  }
  if (hasEnded(status) || run === 'running') return [];
  const other = run === 'ended' ? 'its run in Temporal has ended' : 'Temporal has no run for it';
  return [{ one: `the payment is ${status}, so a run must carry it on`, other }];
}

/**
 * Whether a gateway agrees that a refund is paid.
 * @returns undefined where it says nothing certain
 */
export function gatewayAgrees(known: RefundLookup): boolean | undefined {
  if (known.kind === 'unknown' || known.kind === 'contested') return undefined;
  return known.kind === 'paid';
}

/** The task that disagreements about a payment are. */
export function inconsistentPayment(ref: PaymentRef, disagreements: readonly Disagreement[]): NewTask {
  const { subscriberId, uniqueReference } = ref;
  const told = disagreements.map(({ one, other }) => `${one}, but ${other}`).join('; ');
  return {
    subscriberId,
    kind: 'inconsistent',
    subject: `payment:${uniqueReference}`,
    summary: `Payment ${uniqueReference} does not agree with itself: ${told}`,
    details: { uniqueReference, disagreements },
  };
}

/**
 * Where the block of a customer and its run do not say the same: a block without a run ends neither by its expiry nor by an
 * operator's signal.
 */
export function disagreementOfBlock(
  { customerUuid, expiresAt }: { readonly customerUuid: string; readonly expiresAt: Date | null },
  run: RunState,
  now: Date,
): Disagreement | undefined {
  const one = `customer ${customerUuid} is blocked on record`;
  if (run !== 'running') {
    return { one, other: run === 'ended' ? 'its run in Temporal has ended' : 'Temporal has no run for it' };
  }
  const isOverdue = expiresAt !== null && now.getTime() - expiresAt.getTime() > EXPIRY_PATIENCE_MS;
  return isOverdue ? { one, other: `the block has expired at ${expiresAt.toISOString()}` } : undefined;
}

const EXPIRY_PATIENCE_MS = 15 * 60_000;

/** The task that a block is which no run carries on. */
export function inconsistentBlock(
  { subscriberId, customerUuid }: CustomerRef,
  { one, other }: Disagreement,
): NewTask {
  return {
    subscriberId,
    kind: 'inconsistent',
    subject: `customer:${customerUuid}`,
    summary: `${one}, but ${other}: unblock the customer, or block it again`,
    details: { customerUuid, disagreements: [{ one, other }] },
  };
}

/** The task that a captured refund is which its gateway has not paid. */
export function inconsistentRefund(ref: PaymentRef, refund: RecordedRefund, known: RefundLookup): NewTask {
  const { refundReference, gateway } = refund;
  const { subscriberId, uniqueReference } = ref;
  return {
    subscriberId,
    kind: 'inconsistent',
    subject: `refund:${refundReference}`,
    summary: `Refund ${refundReference} of payment ${uniqueReference} is CAPTURED here, but ${gateway} says ${known.kind}`,
    details: { uniqueReference, refundReference, gateway, here: 'CAPTURED', there: known.kind },
  };
}

/** The oldest of a subscriber's events that has been waiting for delivery for too long. */
export interface StuckEvent {
  readonly subscriberId: string;
  readonly eventId: string;
  readonly type: string;
  readonly createdAt: Date;
  readonly lastError: string | null;
}

/** The task that an outbox is which does not empty. */
export function inconsistentOutbox({
  subscriberId,
  eventId,
  type,
  createdAt,
  lastError,
}: StuckEvent): NewTask {
  const since = createdAt.toISOString();
  return {
    subscriberId,
    kind: 'inconsistent',
    subject: 'outbox',
    summary: `Event ${eventId} (${type}) lies in the outbox since ${since}, but it should have been delivered: ${lastError ?? 'it was not tried'}`,
    details: { eventId, type, createdAt: since },
  };
}

/** What one check has done. */
export interface ConsistencyReport {
  readonly checked: number;
  readonly tasksOpened: number;
  readonly tasksClosed: number;
  /** The newest seal of the audit, where one was made. */
  readonly auditSeal?: string;
}
