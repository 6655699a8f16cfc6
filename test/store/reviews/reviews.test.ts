import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCursor, writeCursor } from '../../../src/reviews/cursor.ts';
import { readReviewFields } from '../../../src/reviews/query.ts';
import { insertPayment } from '../../../src/store/payments/payments.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import { reviewStatistics } from '../../../src/store/reviews/review-statistics.ts';
import {
  countReviews,
  listReviews,
  reviewOrders,
  type ReviewPosition,
} from '../../../src/store/reviews/reviews.ts';
import { samplePayment } from '../../../tools/payments.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { insertPastReviews, type PastReview } from '../../support/past-reviews.ts';
import { hold } from '../../support/steps.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

const NOW = new Date('2026-03-10T12:00:00Z');
const HOUR_MS = 3600_000;
const hours = (count: number) => new Date(NOW.getTime() + count * HOUR_MS);

/** Puts a subscriber's reviews on record, and asks for them in an operator's words. */
async function queueOf(reviews: readonly Partial<PastReview>[]) {
  const subscriberId = `shop-${randomUUID()}`;
  const past = reviews.map((review, index) => ({
    subscriberId,
    uniqueReference: `p${index}`,
    status: 'held' as const,
    heldAt: hours(-1),
    dueAt: hours(20),
    ...review,
  }));
  await insertPastReviews(database.pool, past);
  return {
    subscriberId,
    ask: async (fields: Record<string, string>): Promise<string[]> => {
      const read = readReviewFields(fields, NOW);
      if ('problems' in read) throw new Error(JSON.stringify(read.problems));
      const { reviews: found } = await listReviews(database.pool, subscriberId, read.asked);
      const { total } = await countReviews(database.pool, subscriberId, read.asked.filter, NOW);
      expect(total).toBe(found.length);
      return found.map(({ uniqueReference }) => uniqueReference);
    },
  };
}

describe('the queue', () => {
  test('has a payment that the lifecycle holds, with why, and not what has ended or is under way', async () => {
    const payment = samplePayment({ subscriberId: `shop-${randomUUID()}`, customerUuid: 'customer-1' });
    const { subscriberId, uniqueReference, amount } = payment;
    await inTransaction(database.pool, async (db) => {
      await insertPayment(db, payment);
      await hold(db, payment, hours(24).toISOString(), ['amount-large: above the limit']);
    });
    await insertPastReviews(
      database.pool,
      (['blocked', 'refunding', 'released', 'refunded'] as const).map((status) => ({
        subscriberId,
        uniqueReference: status,
        status,
        ...(status === 'released' || status === 'refunded' ? { endedAt: NOW } : {}),
      })),
    );
    const asked = { filter: {}, order: 'due', limit: 10 } as const;
    const { reviews, next } = await listReviews(database.pool, subscriberId, asked);
    expect(reviews).toMatchObject([
      { uniqueReference, amount, dueAt: hours(24), customerUuid: 'customer-1', assignedTo: null, rules: [] },
    ]);
    expect(reviews[0]?.reasons).toEqual(['amount-large: above the limit']);
    expect(next).toBeNull();
  });

  test('tells of each rule that had a say, and of no other', async () => {
    const { subscriberId } = await queueOf([{ rules: ['amount-large', 'new-card'] }]);
    const asked = { filter: {}, order: 'due', limit: 10 } as const;
    expect((await listReviews(database.pool, subscriberId, asked)).reviews[0]?.rules).toEqual([
      { ruleId: 'amount-large', description: 'About amount-large' },
      { ruleId: 'new-card', description: 'About new-card' },
    ]);
  });

  test('is asked by status, due time, amount, operator, rule and a part of a reference', async () => {
    const { ask } = await queueOf([
      { dueAt: hours(-1), assignedTo: 'ana', minor: 5_000 },
      { dueAt: hours(11), customerUuid: 'Customer-7%', minor: 5_001, rules: ['amount-large'] },
      { dueAt: hours(12), invoiceGUID: 'invoice-77', currency: 'USD', minor: 9_000 },
      { dueAt: hours(-2), pausedAt: hours(-3), rules: ['amount-larger'] },
      { status: 'refundFailed', dueAt: undefined, heldAt: undefined },
    ]);
    expect(await ask({})).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
    expect(await ask({ status: 'refundFailed' })).toEqual(['p4']);
    expect(await ask({ due: 'overdue' })).toEqual(['p0']);
    expect(await ask({ due: 'today' })).toEqual(['p1']);
    expect(await ask({ due: 'later' })).toEqual(['p2']);
    expect(await ask({ due: 'undated' })).toEqual(['p3', 'p4']);
    expect(await ask({ dueBefore: '2026-03-11T00:00' })).toEqual(['p0', 'p1']);
    expect(await ask({ dueBefore: '2026-03-11T01:00+01:00', due: 'later' })).toEqual([]);
    expect(await ask({ currCode: 'EUR', amountFrom: '50', amountTo: '50.00' })).toEqual(['p0']);
    expect(await ask({ currCode: 'EUR', amountFrom: '50.01', amountTo: '99' })).toEqual(['p1']);
    expect(await ask({ assignedTo: 'ana' })).toEqual(['p0']);
    expect(await ask({ assignedTo: 'nobody', currCode: 'USD' })).toEqual(['p2']);
    expect(await ask({ rule: 'amount-large' })).toEqual(['p1']);
    expect(await ask({ rule: 'silent' })).toEqual([]);
    expect(await ask({ search: 'CUSTOMER-7%' })).toEqual(['p1']);
    expect(await ask({ search: 'ice-77' })).toEqual(['p2']);
    expect(await ask({ search: '_' })).toEqual([]);
  });

  test('is counted by status and by when it is due, each review once', async () => {
    const { subscriberId } = await queueOf([
      { dueAt: hours(-1) },
      { dueAt: NOW },
      { dueAt: hours(12) },
      { dueAt: hours(-1), pausedAt: hours(-2) },
      { status: 'refundFailed', dueAt: undefined },
    ]);
    expect(await countReviews(database.pool, subscriberId, {}, NOW)).toEqual({
      total: 5,
      held: 4,
      refundFailed: 1,
      overdue: 1,
      today: 1,
      later: 1,
      undated: 2,
    });
  });

  test('leads through every review once, page by page, in each order', async () => {
    // Few values, so that many reviews share their place but for the reference.
    const anyQueue = fc.array(
      fc.record({
        minor: fc.constantFrom(1, 500, 90_000),
        currency: fc.constantFrom('EUR', 'USD'),
        heldAt: fc.option(fc.constantFrom(hours(-1), hours(-2)), { nil: undefined }),
        blockedAt: fc.constantFrom(hours(-2), hours(-3)),
        dueAt: fc.option(fc.constantFrom(hours(-1), hours(1)), { nil: undefined }),
        pausedAt: fc.option(fc.constant(NOW), { nil: undefined, freq: 3 }),
      }),
      { maxLength: 12 },
    );
    const keys = {
      due: (each: PastReview) => (each.pausedAt ? Infinity : (each.dueAt?.getTime() ?? Infinity)),
      age: (each: PastReview) => (each.heldAt ?? each.blockedAt)?.getTime() ?? 0,
      amount: ({ minor = 0, currency = '' }: PastReview) => (currency === 'EUR' ? -1e9 : 0) - minor,
    };
    const property = fc.asyncProperty(
      anyQueue,
      fc.constantFrom(...reviewOrders),
      fc.integer({ min: 1, max: 5 }),
      async (queue, order, limit) => {
        const subscriberId = `shop-${randomUUID()}`;
        const past = queue.map(
          (each, index): PastReview => ({
            subscriberId,
            uniqueReference: `p${String(index).padStart(2, '0')}`,
            status: 'held',
            ...each,
          }),
        );
        await insertPastReviews(database.pool, past);
        const seen: string[] = [];
        let after: ReviewPosition | undefined;
        do {
          const asked = { filter: {}, order, limit, after };
          const { reviews, next } = await listReviews(database.pool, subscriberId, asked);
          expect(reviews.length).toBeLessThanOrEqual(limit);
          seen.push(...reviews.map(({ uniqueReference }) => uniqueReference));
          after = next === null ? undefined : readCursor(writeCursor(next));
        } while (after !== undefined);
        // A stable sort: what is alike stays in the order of the references.
        const expected = past.toSorted((a, b) => keys[order](a) - keys[order](b));
        expect(seen).toEqual(expected.map(({ uniqueReference }) => uniqueReference));
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test('keeps its page where times differ by microseconds', async () => {
    const { subscriberId } = await queueOf([{}, {}, {}]);
    await database.pool.query(
      `update payments set review_due_at = review_due_at + (3 - substr(unique_reference, 2)::int) * interval '1 microsecond'
        where subscriber_id = $1`,
      [subscriberId],
    );
    const first = await listReviews(database.pool, subscriberId, { filter: {}, order: 'due', limit: 1 });
    const after = first.next ?? undefined;
    const rest = await listReviews(database.pool, subscriberId, {
      filter: {},
      order: 'due',
      limit: 5,
      after,
    });
    expect([...first.reviews, ...rest.reviews].map(({ uniqueReference }) => uniqueReference)).toEqual([
      'p2',
      'p1',
      'p0',
    ]);
  });
});

test('what was made of reviews is told by day: how many, and how fast half and 95 % were decided', async () => {
  const ended = (status: 'released' | 'refunded', heldAt: Date, ...unblockedAt: Date[]) => ({
    status,
    heldAt,
    dueAt: undefined,
    endedAt: new Date(unblockedAt.at(-1) ?? heldAt),
    unblockedAt,
  });
  const { subscriberId } = await queueOf([
    {},
    ended('released', hours(-30), hours(-29)),
    ended('released', hours(-30), hours(-27)),
    // The refund of the first decision was declined, and it went into review again.
    ended('refunded', hours(-8), hours(-20), hours(-6)),
    // Decided by the rules: it never was in review.
    { ...ended('released', hours(-5), hours(-4)), heldAt: undefined },
    ended('released', hours(-24 * 31), hours(-24 * 30.6)),
  ]);
  const { days, total } = await reviewStatistics(database.pool, subscriberId, NOW);
  expect(days).toHaveLength(30);
  expect([days[0]?.day, days.at(-1)?.day]).toEqual(['2026-02-09', '2026-03-10']);
  expect(days.slice(-3)).toEqual([
    { day: '2026-03-08', held: 0, released: 0, refunded: 0, unblockedWithin: null },
    {
      day: '2026-03-09',
      held: 2,
      released: 2,
      refunded: 0,
      unblockedWithin: { p50Seconds: 2 * 3600, p95Seconds: 2.9 * 3600 },
    },
    {
      day: '2026-03-10',
      held: 2,
      released: 0,
      refunded: 1,
      unblockedWithin: { p50Seconds: 2 * 3600, p95Seconds: 2 * 3600 },
    },
  ]);
  expect(total).toMatchObject({
    held: 4,
    released: 2,
    refunded: 1,
    unblockedWithin: { p50Seconds: 2 * 3600 },
  });
  expect((await reviewStatistics(database.pool, 'nobody', NOW)).total).toEqual({
    held: 0,
    released: 0,
    refunded: 0,
    unblockedWithin: null,
  });
});

test('queue and statistics are read through their indexes, never by a walk through all payments', async () => {
  const subscriberId = `shop-${randomUUID()}`;
  await insertPastReviews(
    database.pool,
    Array.from({ length: 20_000 }, (_, index): PastReview => {
      const heldAt = hours(-10 * index);
      return {
        subscriberId,
        uniqueReference: `p${index}`,
        heldAt,
        rules: [],
        ...(index % 100 === 0
          ? { status: 'held', dueAt: hours(index % 48) }
          : { status: 'released', endedAt: heldAt, unblockedAt: [heldAt] }),
      };
    }),
  );
  await database.pool.query('analyze payments, unblocks, decisions');
  const db = await database.pool.connect();
  const plans: string[] = [];
  db.on('notice', ({ message }) => plans.push(message ?? ''));
  await db.query(`load 'auto_explain'`);
  await db.query('set auto_explain.log_min_duration = 0; set client_min_messages = log');
  for (const order of reviewOrders) {
    const { next } = await listReviews(db, subscriberId, { filter: {}, order, limit: 20 });
    const after = next ?? undefined;
    await listReviews(db, subscriberId, { filter: { search: 'p1' }, order, limit: 20, after });
    for (const plan of plans.splice(0)) {
      expect(plan).toContain(`Index Scan using reviews_by_${order}`);
      expect(plan).not.toMatch(/Sort|Seq Scan/);
    }
  }
  await countReviews(db, subscriberId, {}, NOW);
  await reviewStatistics(db, subscriberId, NOW);
  db.release(true);
  expect(plans).toHaveLength(2);
  expect(plans[0]).toMatch(/Scan (using|on) reviews_by_/);
  for (const index of [/payments_by_hold/, /payments_ended(_after_review)?/, /unblocks_by_time/])
    expect(plans[1]).toMatch(index);
  for (const plan of plans) expect(plan).not.toContain('Seq Scan');
});
