import { minorUnitDigits } from './currencies.ts';
import type { PaymentRef } from './ids.ts';
import { formatMoney, type Money } from './money.ts';
import type { RefundStatus } from './refund.ts';
import { NO_SUBSCRIBER, type NewTask, nextSteps } from './task.ts';

/** One refund of ours that was sent to a gateway. */
export interface SentRefund extends PaymentRef {
  readonly refundReference: string;
  /** The gateway's own, as far as it has reported it. */
  readonly gatewayReference: string | null;
  readonly status: RefundStatus;
  readonly amount: Money;
  /** When it was first sent. */
  readonly sentAt: Date;
}

/** One refund of a gateway's own report. */
export interface ReportedRefund {
  readonly gatewayReference: string;
  /** Ours, where the gateway holds one; null for a refund that was not made by us. */
  readonly refundReference: string | null;
  readonly status: 'paid' | 'declined' | 'pending';
  readonly amount: Money;
  /** When the gateway took it in. */
  readonly at: Date;
}

/** From `from` (inclusive) to `to` (exclusive). */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

export const differenceKinds = ['missingHere', 'missingThere', 'amountDiffers', 'statusDiffers'] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

/** What becomes of a refund when both sides are compared: `matched` where they do not contradict each other. */
export const outcomes = ['matched', ...differenceKinds] as const;
export type Outcome = (typeof outcomes)[number];

/** One refund of either side, or one of both that are the same. */
export interface Comparison {
  readonly outcome: Outcome;
  readonly ours: SentRefund | null;
  readonly theirs: ReportedRefund | null;
  /** Of one missing here: the refund of ours whose reference it bears, and which is paired with another of theirs. */
  readonly twinOf: SentRefund | null;
}

/** What the two sides are compared by. */
export interface Terms {
  /** The refunds that count: a pair by when we sent it, one that is missing here by when the gateway took it in. */
  readonly period: Period;
  /** How long after it was first sent a refund may still be taken in: as long as its idempotency key is honoured. */
  readonly takenInWithinMs: number;
  /** When the gateway's report was read. */
  readonly asOf: Date;
}

/**
 * Compares our refunds with a gateway's. What either side has must reach beyond the period by the time that a refund
 * may be under way, so that one that crosses the edge still finds its counterpart. Over periods that follow each other
 * every refund is compared exactly once.
 */
export function compare(
  ours: readonly SentRefund[],
  theirs: readonly ReportedRefund[],
  terms: Terms,
): Comparison[] {
  const { period } = terms;
  const partners = pair(ours, theirs);
  const pairs = ours
    .filter(({ sentAt }) => isWithin(period, sentAt))
    .map((refund): Comparison => {
      const partner = partners.get(refund) ?? null;
      return { outcome: outcomeOf(refund, partner, terms), ours: refund, theirs: partner, twinOf: null };
    });
  const paired = new Set(partners.values());
  const byReference = new Map(ours.map((refund) => [refund.refundReference, refund]));
  const missingHere = theirs
    .filter((refund) => !paired.has(refund) && isWithin(period, refund.at))
    .map((refund): Comparison => {
      const twinOf = byReference.get(refund.refundReference ?? '') ?? null;
      return { outcome: 'missingHere', ours: null, theirs: refund, twinOf };
    });
  return [...pairs, ...missingHere];
}

/** The strongest ties first: a reference that both sides name alike leaves no doubt, ours alone may be borne by two. */
function pair(
  ours: readonly SentRefund[],
  theirs: readonly ReportedRefund[],
): ReadonlyMap<SentRefund, ReportedRefund> {
  const byOurReference = groupBy(theirs, ({ refundReference }) => refundReference);
  const byTheirReference = groupBy(theirs, ({ gatewayReference }) => gatewayReference);
  const partners = new Map<SentRefund, ReportedRefund>();
  const taken = new Set<ReportedRefund>();
  const ties: readonly ((refund: SentRefund) => readonly ReportedRefund[])[] = [
    ({ refundReference, gatewayReference }) =>
      (byOurReference.get(refundReference) ?? []).filter(
        (each) => each.gatewayReference === gatewayReference,
      ),
    ({ gatewayReference }) => byTheirReference.get(gatewayReference ?? '') ?? [],
    ({ refundReference }) => byOurReference.get(refundReference) ?? [],
  ];
  for (const candidatesOf of ties) {
    for (const refund of ours) {
      if (partners.has(refund)) continue;
      const candidates = candidatesOf(refund).filter((candidate) => !taken.has(candidate));
      const partner = mostTelling(candidates);
      if (!partner) continue;
      partners.set(refund, partner);
      taken.add(partner);
    }
  }
  return partners;
}

function groupBy<K>(
  refunds: readonly ReportedRefund[],
  keyOf: (refund: ReportedRefund) => K,
): ReadonlyMap<K, ReportedRefund[]> {
  const groups = new Map<K, ReportedRefund[]>();
  for (const refund of refunds) {
    const group = groups.get(keyOf(refund));
    if (group) group.push(refund);
    else groups.set(keyOf(refund), [refund]);
  }
  return groups;
}

/** Of several, the one that matters most for the money: paid, else perhaps about to be. */
function mostTelling(refunds: readonly ReportedRefund[]): ReportedRefund | undefined {
  return (
    refunds.find(({ status }) => status === 'paid') ??
    refunds.find(({ status }) => status === 'pending') ??
    refunds[0]
  );
}

function outcomeOf(ours: SentRefund, theirs: ReportedRefund | null, terms: Terms): Outcome {
  if (!theirs) return isExpectedThere(ours, terms) ? 'missingThere' : 'matched';
  if (ours.amount.minor !== theirs.amount.minor || ours.amount.currency !== theirs.amount.currency) {
    return 'amountDiffers';
  }
  return AS_REPORTED[ours.status] === theirs.status ? 'matched' : 'statusDiffers';
}

const AS_REPORTED: { readonly [S in RefundStatus]: ReportedRefund['status'] } = {
  RECEIVED: 'pending',
  PENDING: 'pending',
  // The outcome is open, and a person's task already.
  FAILED: 'pending',
  CAPTURED: 'paid',
  DECLINED: 'declined',
};

/** A gateway need not keep what it declined, and may yet take in what we still ask about. */
function isExpectedThere({ status, sentAt }: SentRefund, { takenInWithinMs, asOf }: Terms): boolean {
  if (status === 'DECLINED') return false;
  return status === 'CAPTURED' || sentAt.getTime() + takenInWithinMs <= asOf.getTime();
}

function isWithin({ from, to }: Period, at: Date): boolean {
  return at >= from && at < to;
}

/** What both sides have of one outcome, in one currency, in minor units. */
export interface OutcomeTotal {
  readonly outcome: Outcome;
  readonly currency: string;
  readonly refunds: number;
  readonly ours: number;
  readonly theirs: number;
}

/** Counts and money by outcome and currency; a refund that both have counts once, in our currency. */
export function totalsOf(comparisons: readonly Comparison[]): OutcomeTotal[] {
  const totals = new Map<string, OutcomeTotal>();
  const add = (
    outcome: Outcome,
    currency: string,
    more: { refunds?: number; ours?: number; theirs?: number },
  ) => {
    const key = `${outcome} ${currency}`;
    const { refunds, ours, theirs } = totals.get(key) ?? { refunds: 0, ours: 0, theirs: 0 };
    totals.set(key, {
      outcome,
      currency,
      refunds: refunds + (more.refunds ?? 0),
      ours: ours + (more.ours ?? 0),
      theirs: theirs + (more.theirs ?? 0),
    });
  };
  for (const { outcome, ours, theirs } of comparisons) {
    if (ours) add(outcome, ours.amount.currency, { refunds: 1, ours: ours.amount.minor });
    if (theirs) add(outcome, theirs.amount.currency, { refunds: ours ? 0 : 1, theirs: theirs.amount.minor });
  }
  return [...totals.values()].toSorted(
    (a, b) =>
      outcomes.indexOf(a.outcome) - outcomes.indexOf(b.outcome) || a.currency.localeCompare(b.currency, 'en'),
  );
}

/** How many refunds came to each outcome. */
export function countsOf(comparisons: readonly Comparison[]): Record<Outcome, number> {
  const counts = { matched: 0, missingHere: 0, missingThere: 0, amountDiffers: 0, statusDiffers: 0 };
  for (const { outcome } of comparisons) counts[outcome] += 1;
  return counts;
}

/** What a comparison is about, as tasks name it: our refund, the gateway's, or both. */
export function subjectsOf({ ours, theirs }: Comparison, gateway: string): string[] {
  return [
    ...(ours ? [`refund:${ours.refundReference}`] : []),
    ...(theirs ? [`gatewayRefund:${gateway}:${theirs.gatewayReference}`] : []),
  ];
}

/** The task that a difference is for a person; undefined where there is none. */
export function taskOf(comparison: Comparison, gateway: string): NewTask | undefined {
  const { outcome, ours, theirs, twinOf } = comparison;
  const [subject] = subjectsOf(comparison, gateway);
  if (outcome === 'matched' || subject === undefined) return undefined;
  return {
    subscriberId: (ours ?? twinOf)?.subscriberId ?? NO_SUBSCRIBER,
    kind: outcome,
    subject,
    summary: [
      ours ? tellOurs(ours) : 'We have no record of a refund',
      tellTheirs(theirs, gateway, twinOf),
    ].join('; '),
    details: {
      gateway,
      uniqueReference: (ours ?? twinOf)?.uniqueReference ?? null,
      refundReference: ours?.refundReference ?? theirs?.refundReference ?? null,
      gatewayReference: theirs?.gatewayReference ?? ours?.gatewayReference ?? null,
      here: ours && { status: ours.status, amount: ours.amount },
      there: theirs && { status: theirs.status, amount: theirs.amount },
    },
  };
}

function tellOurs({ refundReference, uniqueReference, status, amount }: SentRefund): string {
  return `Refund ${refundReference} of payment ${uniqueReference} is ${status} here over ${formatReported(amount)}`;
}

function tellTheirs(theirs: ReportedRefund | null, gateway: string, twinOf: SentRefund | null): string {
  if (!theirs) return `the report of ${gateway} does not have it`;
  const { gatewayReference, status, amount } = theirs;
  const has = `${gateway} has it as ${gatewayReference}, ${status}, over ${formatReported(amount)}`;
  if (!twinOf) return has;
  return `${has}, beside another one under the same reference, of payment ${twinOf.uniqueReference}: paid twice?`;
}

/** A gateway's amount for people, also in a currency that is none of ours. */
export function formatReported(money: Money): string {
  return minorUnitDigits(money.currency) === undefined
    ? `${money.minor} minor units of ${money.currency}`
    : formatMoney(money);
}

/** One difference as a person reads it. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly subscriberId: string;
  readonly subject: string;
  readonly summary: string;
  readonly nextStep: string;
}

/** What a reconciliation with one gateway has found. */
export interface ReconciliationReport {
  readonly gateway: string;
  /** ISO 8601, UTC; `to` itself is left out. */
  readonly from: string;
  readonly to: string;
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly totals: readonly OutcomeTotal[];
  readonly tasksOpened: number;
  readonly tasksClosed: number;
  /** The first {@link DIFFERENCES_SHOWN}; every one is a task. */
  readonly differences: readonly Difference[];
}

/** More would make the run's result heavier than Temporal takes. */
const DIFFERENCES_SHOWN = 500;

/** The differences as they are shown, and no more of them than fit. */
export function differencesOf(tasks: readonly NewTask[]): Difference[] {
  return tasks.slice(0, DIFFERENCES_SHOWN).flatMap(({ kind, subscriberId, subject, summary }) => {
    const found = differenceKinds.find((each) => each === kind);
    return found ? [{ kind: found, subscriberId, subject, summary, nextStep: nextSteps[found] }] : [];
  });
}
