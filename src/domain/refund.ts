import { formatMoney, type Money } from './money.ts';

/**
 * RECEIVED  stored with its idempotency key, not sent yet
 * PENDING   sent; the gateway works on it, or its answer is unknown
 * CAPTURED  the gateway has paid it
 * DECLINED  the gateway refused it; no money moved
 * FAILED    the outcome stayed unknown: a person has to find out
 * (contract.md, refundStatusCode; a String(10) by unblock-amount)
 */
export type RefundStatus = (typeof refundStatuses)[number];

export const refundStatuses = ['RECEIVED', 'PENDING', 'CAPTURED', 'DECLINED', 'FAILED'] as const;

/** What is known of a refund after asking the gateway. `unknown` is an answer, not an error. */
export type RefundOutcome =
  | { readonly kind: 'paid'; readonly gatewayReference: string; readonly processed: Money }
  | {
      readonly kind: 'declined';
      readonly reason: string;
      /** Given up by a person while the gateway did not answer: it may have been paid. */
      readonly isUnanswered?: true;
    }
  | { readonly kind: 'pending'; readonly gatewayReference: string }
  | {
      readonly kind: 'unknown';
      readonly reason: string;
      /** The gateway has answered that it knows no such refund. */
      readonly isAnswer?: true;
    }
  /** Something else was paid than asked: a person finds out what that means. */
  | {
      readonly kind: 'paidOtherwise';
      readonly gatewayReference: string;
      readonly processed: Money;
      readonly reason: string;
    }
  /** Nothing was paid, because the money has gone back another way already: a person decides. */
  | { readonly kind: 'contested'; readonly reason: string };

/** Whether the gateway has answered that it has not paid, and is not about to. */
export function saysNotPaid(outcome: RefundOutcome): boolean {
  if (outcome.kind === 'unknown') return outcome.isAnswer === true;
  return outcome.kind === 'declined' || outcome.kind === 'contested';
}

/** What is risked while a refund that was given up is unanswered, for the operators who decide. */
export function unansweredRisk(refundReference: string, amount: Money): string {
  return (
    `Refund ${refundReference} was given up without an answer of the gateway: it may have been paid. Refunding again ` +
    `would then pay ${formatMoney(amount)} twice, and releasing would pay the customer and the merchant. ` +
    'Two operators have to agree, unless the gateway answers that it was not paid.'
  );
}

/** What is on record of a refund after a step. */
export interface RefundProgress {
  readonly status: RefundStatus;
  readonly statusReason: string;
  /** Of a PENDING one: its gateway knows it and has not finished it. */
  readonly isAtWork?: boolean;
}

/**
 * What a gateway's answer makes of a refund. An open one is PENDING; one that was paid otherwise, or went back
 * another way, is FAILED, a person's to settle.
 */
export function progressOf(outcome: RefundOutcome): RefundProgress {
  const statusReason = 'reason' in outcome ? asStatusReason(outcome.reason) : '';
  const isAtWork = outcome.kind === 'pending' ? { isAtWork: true } : {};
  return { status: STATUS_OF_OUTCOME[outcome.kind], statusReason, ...isAtWork };
}

const STATUS_OF_OUTCOME: Readonly<Record<RefundOutcome['kind'], RefundStatus>> = {
  paid: 'CAPTURED',
  declined: 'DECLINED',
  pending: 'PENDING',
  unknown: 'PENDING',
  paidOtherwise: 'FAILED',
  contested: 'FAILED',
};

/**
 * What a gateway's answer says of a refund of this amount: paid only where it has paid what it was asked for. Another
 * currency is what it may have converted to, where it declares that; the amount there is its own to know.
 */
export function asAsked(
  outcome: RefundOutcome,
  asked: Money,
  { convertsCurrency }: { readonly convertsCurrency: boolean },
): RefundOutcome {
  if (outcome.kind !== 'paid') return outcome;
  const { processed } = outcome;
  const isSameCurrency = processed.currency === asked.currency;
  if (isSameCurrency ? processed.minor === asked.minor : convertsCurrency) return outcome;
  const reason = `the gateway has paid ${formatMoney(processed)} instead of ${formatMoney(asked)}`;
  return { ...outcome, kind: 'paidOtherwise', reason };
}

/** The type of the failure that a refund ends with which could not be stored: nothing was sent, no money moved. */
export const REFUND_NOT_BEGUN = 'RefundNotBegun';

/** A refund that the gateway had paid and took back: the money did not arrive. */
export interface RefundReversal {
  readonly refundReference: string;
  /** In the gateway's words. */
  readonly reason: string;
}

/** A reason, cut to what a refundStatusReason may hold (unblock-amount: 255 characters). */
export function asStatusReason(text: string): string {
  return Array.from(text).slice(0, 255).join('');
}

/** What a lookup found: an outcome, or that the gateway has never heard of the refund. */
export type RefundLookup = RefundOutcome | { readonly kind: 'notFound' };

/** Whether the outcome is not known yet. */
export function isOpen({ status }: { readonly status: RefundStatus }): boolean {
  return status === 'RECEIVED' || status === 'PENDING';
}

/** Whether the refund has ended: CAPTURED and DECLINED are final, unless the gateway takes a paid one back. */
export function isSettled({ status }: { readonly status: RefundStatus }): boolean {
  return status === 'CAPTURED' || status === 'DECLINED';
}

/**
 * May a refund that the gateway does not know be sent again? Only while the gateway still honours its idempotency
 * key: after that a resend could be a second payment, so nothing is left but to look it up.
 * @param firstSubmittedAt when the key was first used (epoch milliseconds, UTC)
 * @param keyLifetimeMs how long the gateway honours a key, as its adapter declares
 */
export function mayResend(firstSubmittedAt: number, keyLifetimeMs: number, now: number): boolean {
  return now - firstSubmittedAt < keyLifetimeMs - CLOCK_MARGIN_MS;
}

// Our clock, the gateway's clock and the way between them: never resend in the last minutes of a key's life.
const CLOCK_MARGIN_MS = 5 * 60_000;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How calls of the gateway that fail are repeated: after so long, then after twice as long, up to the longest pause. */
export const GATEWAY_RETRY_MS = { first: SECOND, longest: 10 * MINUTE } as const;

/**
 * When to call a gateway again that said when it wants to be: never sooner than without its word, which may be 0, and never
 * later than the longest pause.
 * @param attempt the one that failed, counted from 1
 */
export function gatewayRetryDelayMs(attempt: number, askedForMs: number): number {
  const { first, longest } = GATEWAY_RETRY_MS;
  return Math.min(Math.max(first * 2 ** (attempt - 1), askedForMs), longest);
}

/**
 * How long to wait before the next lookup of a refund that is PENDING: seconds, then minutes, then hours, three days in
 * all. After that only one that its gateway says it works on is asked for, once a day: Stripe gives a refund up to 45 days.
 * @param asked how many of these lookups are over
 * @returns undefined past the last one: the refund is FAILED and a person's
 */
export function lookupDelayMs(asked: number, { isAtWork = false }: RefundProgress): number | undefined {
  const daily = isAtWork && asked < LOOKUP_DELAYS_MS.length + DAILY_LOOKUPS;
  return LOOKUP_DELAYS_MS[asked] ?? (daily ? 24 * HOUR : undefined);
}

const DAILY_LOOKUPS = 42;

const LOOKUP_DELAYS_MS: readonly number[] = [
  2 * SECOND,
  5 * SECOND,
  15 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  ...Array.from({ length: 4 }, () => HOUR),
  ...Array.from({ length: 11 }, () => 6 * HOUR),
];

/** For how long a refund is asked for at most, and how often. */
export const LONGEST_ASKING = {
  milliseconds: LOOKUP_DELAYS_MS.reduce((sum, delay) => sum + delay, DAILY_LOOKUPS * 24 * HOUR),
  lookups: LOOKUP_DELAYS_MS.length + DAILY_LOOKUPS,
} as const;
