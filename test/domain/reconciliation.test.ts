import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compare,
  countsOf,
  type ReportedRefund,
  type SentRefund,
  subjectsOf,
  taskOf,
  totalsOf,
} from '../../src/domain/reconciliation.ts';
import { refundStatuses } from '../../src/domain/refund.ts';

const HOUR = 3600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-03-01T00:00:00Z');
const at = (hours: number) => new Date(START + hours * HOUR);

const money = fc.record({
  minor: fc.integer({ min: 1, max: 3 }),
  currency: fc.constantFrom('EUR', 'JPY'),
});
const anyOurs = fc
  .array(
    fc.record({
      status: fc.constantFrom(...refundStatuses),
      amount: money,
      hours: fc.integer({ min: 0, max: 95 }),
      gatewayReference: fc.option(fc.integer({ min: 0, max: 12 }).map((number) => `g${number}`)),
    }),
    { maxLength: 8 },
  )
  .map((refunds) =>
    refunds.map(
      ({ hours, ...refund }, index): SentRefund => ({
        ...refund,
        subscriberId: 'shop',
        uniqueReference: `p${index}`,
        refundReference: `r${index}`,
        sentAt: at(hours),
      }),
    ),
  );
/** References of ours, of nobody, and the same one more than once. */
const anyTheirs = fc
  .array(
    fc.record({
      refundReference: fc.constantFrom('r0', 'r1', 'r2', 'r3', 'r4', 'another', null),
      status: fc.constantFrom('paid', 'declined', 'pending'),
      amount: money,
      hours: fc.integer({ min: 0, max: 95 }),
    }),
    { maxLength: 12 },
  )
  .map((refunds) =>
    refunds.map(
      ({ hours, ...refund }, index): ReportedRefund => ({
        ...refund,
        gatewayReference: `g${index}`,
        at: at(hours),
      }),
    ),
  );

const terms = (from: number, to: number) => ({
  period: { from: at(from), to: at(to) },
  takenInWithinMs: DAY,
  asOf: at(200),
});

describe('of any two sides', () => {
  test('every refund is compared exactly once, however the time is cut into periods', () => {
    fc.assert(
      fc.property(anyOurs, anyTheirs, fc.array(fc.integer({ min: 1, max: 95 })), (ours, theirs, cuts) => {
        const edges = [0, ...new Set(cuts.toSorted((a, b) => a - b)), 96];
        const all = edges
          .slice(1)
          .flatMap((to, index) => compare(ours, theirs, terms(edges[index] ?? 0, to)));
        expect(all.flatMap((each) => each.ours ?? []).toSorted(byReference)).toEqual(
          ours.toSorted(byReference),
        );
        expect(all.flatMap((each) => each.theirs?.gatewayReference ?? []).toSorted()).toEqual(
          theirs.map(({ gatewayReference }) => gatewayReference).toSorted(),
        );
      }),
    );
  });

  test('counts and totals add up to what each side has', () => {
    fc.assert(
      fc.property(anyOurs, anyTheirs, (ours, theirs) => {
        const comparisons = compare(ours, theirs, terms(0, 96));
        const totals = totalsOf(comparisons);
        const counts = countsOf(comparisons);
        for (const currency of ['EUR', 'JPY']) {
          const sum = (side: 'ours' | 'theirs') =>
            totals
              .filter((each) => each.currency === currency)
              .reduce((total, each) => total + each[side], 0);
          expect(sum('ours')).toBe(minorOf(ours, currency));
          expect(sum('theirs')).toBe(minorOf(theirs, currency));
        }
        for (const [outcome, count] of Object.entries(counts)) {
          const rows = totals.filter((each) => each.outcome === outcome);
          expect(rows.reduce((total, { refunds }) => total + refunds, 0)).toBe(count);
        }
      }),
    );
  });

  test('each difference is a task of its own, and nothing that matches is one', () => {
    fc.assert(
      fc.property(anyOurs, anyTheirs, (ours, theirs) => {
        const comparisons = compare(ours, theirs, terms(0, 96));
        const tasks = comparisons.flatMap((each) => taskOf(each, 'bank') ?? []);
        expect(tasks).toHaveLength(comparisons.filter(({ outcome }) => outcome !== 'matched').length);
        expect(new Set(tasks.map(({ kind, subject }) => `${kind} ${subject}`)).size).toBe(tasks.length);
        const subjects = comparisons.flatMap((each) => subjectsOf(each, 'bank'));
        for (const { subject } of tasks) expect(subjects).toContain(subject);
      }),
    );
  });
});

const ours = (changes: Partial<SentRefund> = {}): SentRefund => ({
  subscriberId: 'shop',
  uniqueReference: 'p',
  refundReference: 'r',
  gatewayReference: null,
  status: 'CAPTURED',
  amount: { minor: 1200, currency: 'EUR' },
  sentAt: at(1),
  ...changes,
});
const theirs = (changes: Partial<ReportedRefund> = {}): ReportedRefund => ({
  gatewayReference: 'g',
  refundReference: 'r',
  status: 'paid',
  amount: { minor: 1200, currency: 'EUR' },
  at: at(1),
  ...changes,
});
const outcomesOf = (one: SentRefund[], other: ReportedRefund[], asOf = at(200)) =>
  compare(one, other, { ...terms(0, 24), asOf }).map(({ outcome }) => outcome);

describe('a refund', () => {
  test.each([
    ['is paid on both sides', [ours()], [theirs()], ['matched']],
    ['is pending on both sides', [ours({ status: 'PENDING' })], [theirs({ status: 'pending' })], ['matched']],
    ['was paid by now', [ours({ status: 'PENDING' })], [theirs()], ['statusDiffers']],
    ['came back after it was paid', [ours()], [theirs({ status: 'declined' })], ['statusDiffers']],
    ['is paid, and was given up here', [ours({ status: 'DECLINED' })], [theirs()], ['statusDiffers']],
    ['has no outcome here, and was paid', [ours({ status: 'FAILED' })], [theirs()], ['statusDiffers']],
    ['is said to be paid, and is not', [ours()], [], ['missingThere']],
    ['was declined, and not kept there', [ours({ status: 'DECLINED' })], [], ['matched']],
    ['is asked about long after it can be taken in', [ours({ status: 'PENDING' })], [], ['missingThere']],
    [
      'is of another amount',
      [ours()],
      [theirs({ amount: { minor: 1300, currency: 'EUR' } })],
      ['amountDiffers'],
    ],
    [
      'is of another currency',
      [ours()],
      [theirs({ amount: { minor: 1200, currency: 'USD' } })],
      ['amountDiffers'],
    ],
    ['was made elsewhere', [], [theirs({ refundReference: null })], ['missingHere']],
    [
      'was marked as paid by the gateway’s own reference',
      [ours({ gatewayReference: 'g' })],
      [theirs({ refundReference: null })],
      ['matched'],
    ],
    [
      'was taken in after the end of the period',
      [ours({ sentAt: at(23) })],
      [theirs({ at: at(25) })],
      ['matched'],
    ],
    ['was paid twice', [ours()], [theirs(), theirs({ gatewayReference: 'g2' })], ['matched', 'missingHere']],
  ])('that %s', (_what, one, other, expected) => {
    expect(outcomesOf(one, other)).toEqual(expected);
  });

  test('that may still be taken in is not missed yet', () => {
    expect(outcomesOf([ours({ status: 'PENDING' })], [], at(3))).toEqual(['matched']);
  });

  test('that was paid twice says so, to the subscriber whose payment it is', () => {
    const [, second] = compare([ours()], [theirs(), theirs({ gatewayReference: 'g2' })], terms(0, 24));
    expect(second && taskOf(second, 'bank')).toMatchObject({
      subscriberId: 'shop',
      subject: 'gatewayRefund:bank:g2',
      summary: expect.stringMatching(
        /g2, paid, over 12\.00 EUR, beside another .* of payment p: paid twice\?$/,
      ),
    });
  });
});

function byReference(a: SentRefund, b: SentRefund): number {
  return a.refundReference.localeCompare(b.refundReference);
}

function minorOf(refunds: readonly (SentRefund | ReportedRefund)[], currency: string): number {
  return refunds
    .filter(({ amount }) => amount.currency === currency)
    .reduce((sum, { amount }) => sum + amount.minor, 0);
}
