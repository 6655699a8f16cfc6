import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { insertPastReviews, type PastReview } from '../support/past-reviews.ts';
import { testDatabase } from '../support/database.ts';
import { Api, noTemporal } from '../support/api-rig.ts';

const HOUR_MS = 3600_000;

let api: Api;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

/** An operator's own subscriber, with these reviews. */
async function operator(reviews: readonly Partial<PastReview>[] = []) {
  const account = await api.user({ scopes: ['reviews.read'] });
  const { subscriberId } = account;
  const past = reviews.map(
    (review, index): PastReview => ({
      subscriberId,
      uniqueReference: `p${index}`,
      status: 'held',
      heldAt: new Date(Date.now() - HOUR_MS),
      dueAt: new Date(Date.now() + (index + 1) * HOUR_MS),
      ...review,
    }),
  );
  await insertPastReviews(api.database.ownerPool, past);
  const headers = { 'x-auth-token': await api.token(account) };
  return {
    subscriberId,
    ask: (query = '') => api.get(`/reviews${query}`, headers),
    statistics: () => api.get('/reviews/statistics', headers),
  };
}

test('a review is told with its amount, why it is held, and where it is decided', async () => {
  const heldAt = new Date(Date.now() - 2 * HOUR_MS);
  const dueAt = new Date(Date.now() + 2 * HOUR_MS);
  const reason = 'amount-large: The amount is above the limit for its currency (amount = 1250.00 EUR)';
  const { ask, subscriberId } = await operator([
    { minor: 125_000, heldAt, dueAt, assignedTo: 'ben', reasons: [reason], rules: ['amount-large'] },
  ]);
  expect(await ask()).toMatchObject({
    status: 200,
    body: {
      reviews: [
        {
          uniqueReference: 'p0',
          presentationAmount: 1250,
          presentationCurrCode: 'EUR',
          paymentStatus: 'held',
          inReviewSince: heldAt.toISOString(),
          reviewDueAt: dueAt.toISOString(),
          assignedTo: 'ben',
          escalatedTo: null,
          reasons: [reason],
          rules: [{ ruleId: 'amount-large', description: 'About amount-large' }],
          runUrl: `https://temporal.example/namespaces/default/workflows/payment%3A${subscriberId}%3Ap0`,
        },
      ],
      next: null,
      matching: { total: 1 },
      waiting: { total: 1 },
      responseCode: '0000',
    },
  });
});

test('pages lead through what the filters ask for, and the counts tell of all of it', async () => {
  const { ask } = await operator([{ assignedTo: 'ana' }, {}, {}, { status: 'refundFailed' }, {}]);
  const first = await ask('?assignedTo=nobody&status=held&limit=2');
  expect(first.body).toMatchObject({
    reviews: [{ uniqueReference: 'p1' }, { uniqueReference: 'p2' }],
    matching: { total: 3, held: 3, refundFailed: 0 },
    waiting: { total: 5, held: 4, refundFailed: 1 },
  });
  const next = z.string().parse(first.body['next']);
  expect((await ask(`?assignedTo=nobody&status=held&limit=2&after=${next}`)).body).toMatchObject({
    reviews: [{ uniqueReference: 'p4' }],
    next: null,
  });
  expect(await ask(`?sort=amount&after=${next}`)).toMatchObject({
    status: 400,
    body: { responseDescription: expect.stringContaining('after is not the "next" of a page in this order') },
  });
});

test("of another subscriber's reviews nothing is seen, not even how many there are", async () => {
  const other = await operator([{ uniqueReference: 'theirs' }]);
  const own = await operator();
  expect((await own.ask('?search=theirs')).body).toMatchObject({
    reviews: [],
    matching: { total: 0 },
    waiting: { total: 0 },
  });
  expect((await own.statistics()).body).toMatchObject({ total: { held: 0 } });
  expect((await other.statistics()).body).toMatchObject({ total: { held: 1 } });
});

test.each([
  { query: '?status=released', why: 'status is none of held, refundFailed' },
  { query: '?due=soon', why: 'due is none of overdue, today, later, undated' },
  { query: '?dueBefore=2026-02-31T25:00', why: 'dueBefore is not a time' },
  { query: '?amountFrom=10', why: 'amountFrom needs a currency' },
  { query: '?currCode=JPY&amountFrom=10.5', why: 'amountFrom has more decimals than the currency' },
  { query: '?currCode=XXX&amountTo=10', why: 'amountTo cannot be read: the currency is none of ISO 4217' },
  { query: '?currCode=euro', why: 'currCode is no currency code' },
  { query: '?search=%00', why: 'search holds a character that cannot be stored' },
  { query: '?limit=201', why: 'limit is not a whole number from 1 to 200' },
  { query: '?after=eyJvcmRlciI6ImR1ZSJ9', why: 'after is not the "next" of a page' },
  { query: '?status=held&status=held', why: 'status is none of held, refundFailed' },
])('a filter that cannot be used is named: $query', async ({ query, why }) => {
  const { ask } = await operator();
  expect(await ask(query)).toMatchObject({
    status: 400,
    body: { responseCode: '0001', responseDescription: expect.stringContaining(why) },
  });
});

test('the last 30 days are told day by day, and in all', async () => {
  const heldAt = new Date(Date.now() - 60_000);
  const decidedAt = new Date(heldAt.getTime() + 30_000);
  const { statistics } = await operator([
    { status: 'released', heldAt, endedAt: decidedAt, unblockedAt: [decidedAt] },
  ]);
  const { status, body } = await statistics();
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { total: { held: 1, released: 1, unblockedWithin: { p50Seconds: 30, p95Seconds: 30 } } },
  });
  expect(body['days']).toHaveLength(30);
});

test('without the scope reviews.read nothing is told', async () => {
  const headers = { 'x-auth-token': await api.token(await api.user({ scopes: ['payment.read'] })) };
  for (const url of ['/reviews', '/reviews/statistics'])
    expect(await api.get(url, headers)).toMatchObject({ status: 403, body: { responseCode: '0018' } });
  expect(await api.get('/reviews')).toMatchObject({ status: 401 });
});
