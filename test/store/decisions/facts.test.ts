import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MAX_MINOR } from '../../../src/domain/money.ts';
import type { Aggregate } from '../../../src/rules/rule-set.ts';
import { attemptKeyNames, attemptKeys, type RuleSubject } from '../../../src/rules/subject.ts';
import { endBlock, storeBlock } from '../../../src/store/customers/customer-blocks.ts';
import { gatherFacts } from '../../../src/store/decisions/facts.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { insertAttempts, type PastAttempt } from '../../support/attempts.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

// Tables are append-only, so each test is a subscriber of its own.
let subscriberId: string;
let tests = 0;
beforeEach(() => {
  tests += 1;
  subscriberId = `subscriber-${tests}`;
});

function subject(more: Partial<RuleSubject> = {}): RuleSubject {
  return {
    subscriberId,
    invoiceGUID: 'invoice',
    customerUuid: 'customer',
    ccLastFour: '4242',
    cardHolder: 'Anna Huber',
    ipAddress: '198.51.100.7',
    onlinePayment: true,
    ...more,
  };
}

function past(more: Partial<PastAttempt> = {}): PastAttempt {
  const { invoice, customer, card, ip } = attemptKeys(subject());
  return {
    subscriberId,
    invoice: invoice ?? '',
    customer,
    card,
    ip,
    declined: false,
    minutesAgo: 1,
    ...more,
  };
}

const aggregate = (name: string, more: Partial<Aggregate> = {}): Aggregate => ({
  name,
  measure: 'attempts',
  over: 'invoice',
  windowSeconds: 3600,
  only: null,
  ...more,
});

const factsOf = async (about: RuleSubject, aggregates: readonly Aggregate[] = []) =>
  (await gatherFacts(database.pool, { aggregates, lists: [] }, about)).facts;

describe('what the subject says', () => {
  test('becomes facts as it was given, and null where it was not', async () => {
    const about = subject({
      ccType: ' ',
      cardholderFirstName: 'Anna',
      customerFirstName: 'ANNA',
      customerLastName: 'Huber',
    });
    expect(await factsOf(about)).toEqual({
      onlinePayment: true,
      threeDSAuthentication: null,
      invoiceGUID: 'invoice',
      ccLastFour: '4242',
      ccType: null,
      cardHolder: 'Anna Huber',
      ipAddress: '198.51.100.7',
      customerUuid: 'customer',
      customerFirstName: 'ANNA',
      customerLastName: 'Huber',
      cardholderFirstName: 'Anna',
      cardholderLastName: null,
      cardholderIsCustomer: true,
      amountMinor: null,
      currency: null,
      customerBlocked: false,
      cardBlocked: false,
      invoiceOfBlockedCustomer: false,
      listVerdict: 'none',
      listMatch: 'none',
      listEntryId: null,
    });
  });

  test('never keeps a card number that was put where the last four belong', async () => {
    expect(await factsOf(subject({ ccLastFour: '4242424242424242' }))).toMatchObject({ ccLastFour: null });
  });
});

describe('blocks', () => {
  const block = {
    invoiceGUID: 'invoice of the blocked',
    ccLastFour: '1111',
    cardHolder: 'Zoë Blocked',
    onlinePayment: true,
    sendBlockNotification: false,
    threeDSAuthentication: false,
    actor: 'test',
  };
  const none = { customerBlocked: false, cardBlocked: false, invoiceOfBlockedCustomer: false };
  const found: readonly [string, Partial<RuleSubject>, object][] = [
    ['by the customer', { customerUuid: 'blocked' }, { customerBlocked: true }],
    [
      'by its card, however the name is written',
      { ccLastFour: '1111', cardHolder: 'ZOE  BLOCKED' },
      { cardBlocked: true },
    ],
    ['by one of its invoices', { invoiceGUID: block.invoiceGUID }, { invoiceOfBlockedCustomer: true }],
    ['not by the last four alone', { ccLastFour: '1111' }, {}],
  ];

  test.each(found)('are found %s', async (_, more, facts) => {
    await storeBlock(database.pool, { subscriberId, customerUuid: 'blocked' }, block);
    expect(await factsOf(subject(more))).toMatchObject({ ...none, ...facts });
    expect(await factsOf(subject({ ...more, subscriberId: 'another' }))).toMatchObject(none);
  });

  test.each(found)('are not found %s once they have ended', async (_, more) => {
    await storeBlock(database.pool, { subscriberId, customerUuid: 'blocked' }, block);
    await endBlock(database.pool, {
      subscriberId,
      customerUuid: 'blocked',
      endedBy: 'test',
      reason: 'over',
    });
    expect(await factsOf(subject(more))).toMatchObject(none);
  });

  test.each(found)('are not found %s once they have expired', async (_, more) => {
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    await storeBlock(database.pool, { subscriberId, customerUuid: 'blocked' }, { ...block, expiresAt });
    expect(await factsOf(subject(more))).toMatchObject(none);
  });
});

describe('an aggregate', () => {
  test('counts the attempt at hand', async () => {
    const attempts = aggregate('attempts');
    expect(await factsOf(subject(), [attempts])).toMatchObject({ attempts: 1 });
    await insertAttempts(
      database.pool,
      Array.from({ length: 5 }, () => past()),
    );
    expect(await factsOf(subject(), [attempts])).toMatchObject({ attempts: 6 });
  });

  test('counts what is different, the card at hand among it', async () => {
    const cards = aggregate('cards', { measure: 'card', over: 'ip' });
    await insertAttempts(database.pool, [
      past({ card: 'one' }),
      past({ card: 'one' }),
      past({ card: 'two' }),
      past({ card: null }),
    ]);
    expect(await factsOf(subject(), [cards])).toMatchObject({ cards: 3 });
    await insertAttempts(database.pool, [past()]);
    expect(await factsOf(subject(), [cards])).toMatchObject({ cards: 3 });
    expect(await factsOf(subject({ ccLastFour: 'string' }), [cards])).toMatchObject({ cards: 3 });
  });

  test('of declined or accepted attempts leaves the one at hand out', async () => {
    const ended = [aggregate('declined', { only: 'declined' }), aggregate('accepted', { only: 'accepted' })];
    await insertAttempts(database.pool, [past({ declined: true }), past({ declined: true }), past()]);
    expect(await factsOf(subject(), ended)).toMatchObject({ declined: 2, accepted: 1 });
  });

  test('sums the amounts in the currency at hand, and never adds money of another', async () => {
    const eur = (minor: number) => ({ amount: { minor, currency: 'EUR' } });
    const sums = [
      aggregate('all', { measure: 'amount', over: 'card' }),
      aggregate('declined', { measure: 'amount', over: 'card', only: 'declined' }),
    ];
    await insertAttempts(database.pool, [
      past(eur(3_000_000_000)),
      past({ ...eur(20), declined: true }),
      past({ amount: { minor: 7, currency: 'USD' } }),
      past(),
    ]);
    const summed = async (currency: string) => factsOf(subject({ amount: { minor: 100, currency } }), sums);
    expect(await summed('EUR')).toMatchObject({ all: 3_000_000_120, declined: 20 });
    expect(await summed('USD')).toMatchObject({ all: 107, declined: 0 });
    expect(await summed('JPY')).toMatchObject({ all: 100, declined: 0 });
  });

  test('sums nothing where the subject has no amount, or nothing to sum over', async () => {
    const total = aggregate('total', { measure: 'amount', over: 'ip' });
    const amount = { minor: 100, currency: 'EUR' };
    await insertAttempts(database.pool, [past({ amount })]);
    expect(await factsOf(subject(), [total])).toMatchObject({ total: null });
    expect(await factsOf(subject({ amount, ipAddress: 'string' }), [total])).toMatchObject({ total: null });
  });

  test('sums the largest amounts without failing, and stays at the largest number of all', async () => {
    const amount = { minor: MAX_MINOR, currency: 'EUR' };
    const total = aggregate('total', { measure: 'amount' });
    await insertAttempts(
      database.pool,
      Array.from({ length: 8 }, () => past({ amount })),
    );
    expect(await factsOf(subject({ amount }), [total])).toMatchObject({ total: 9 * MAX_MINOR });
    await insertAttempts(
      database.pool,
      // So many that they are too large for a bigint too.
      Array.from({ length: 9_300 }, () => past({ amount })),
    );
    expect(await factsOf(subject({ amount }), [total])).toMatchObject({ total: Number.MAX_SAFE_INTEGER });
  });

  test('looks back as far as its own window, not as far as its neighbour', async () => {
    const windows = [
      aggregate('in10m', { windowSeconds: 600 }),
      aggregate('in24h', { windowSeconds: 86_400 }),
    ];
    await insertAttempts(
      database.pool,
      [9, 11, 23 * 60, 25 * 60].map((minutesAgo) => past({ minutesAgo })),
    );
    expect(await factsOf(subject(), windows)).toMatchObject({ in10m: 2, in24h: 4 });
  });

  test('is null where the subject has nothing to count over', async () => {
    const overs = attemptKeyNames.map((over) => aggregate(`over${over}`, { over }));
    const bare: RuleSubject = {
      subscriberId,
      invoiceGUID: 'invoice',
      ipAddress: 'string',
      ccLastFour: 'string',
      onlinePayment: true,
    };
    expect(await factsOf(bare, overs)).toMatchObject({
      overcard: null,
      overcustomer: null,
      overip: null,
      overinvoice: 1,
    });
  });

  test("never sees another subscriber's attempts", async () => {
    await insertAttempts(database.pool, [past({ subscriberId: 'another' })]);
    expect(await factsOf(subject(), [aggregate('attempts')])).toMatchObject({ attempts: 1 });
  });

  test('of any shape over any past counts what a person would count', async () => {
    const few = (prefix: string) => fc.constantFrom(`${prefix}1`, `${prefix}2`, null);
    const anyAmount = fc.option(
      fc.record({
        minor: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100_000_000_000_000 })),
        currency: fc.constantFrom('EUR', 'JPY'),
      }),
      { nil: undefined },
    );
    const anyPast = fc.array(
      fc.record({
        invoice: fc.constantFrom('invoice', 'other'),
        customer: fc.oneof(fc.constant('customer'), few('u')),
        card: fc.oneof(fc.constant('4242:ANNA HUBER'), few('c')),
        ip: fc.oneof(fc.constant('198.51.100.7'), few('i')),
        amount: anyAmount,
        declined: fc.boolean(),
        minutesAgo: fc.integer({ min: 0, max: 30 }).map((half) => half * 10 + 5),
      }),
      { maxLength: 30 },
    );
    const anyAggregates = fc.array(
      fc.record({
        measure: fc.constantFrom('attempts' as const, 'amount' as const, ...attemptKeyNames),
        over: fc.constantFrom(...attemptKeyNames),
        windowSeconds: fc.integer({ min: 1, max: 30 }).map((tens) => tens * 600),
        only: fc.constantFrom(null, 'declined' as const, 'accepted' as const),
      }),
      { maxLength: 12 },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(anyPast, anyAggregates, anyAmount, async (attempts, shapes, amount) => {
        run += 1;
        const about = subject({ subscriberId: `${subscriberId}-${run}`, ...(amount && { amount }) });
        await insertAttempts(
          database.pool,
          attempts.map((attempt) => ({ ...attempt, subscriberId: about.subscriberId })),
        );
        const aggregates = shapes.map((shape, index) => ({ ...shape, name: `a${index}` }));
        const expected = aggregates.map((each) => [each.name, countByHand(each, attempts, about)]);
        expect(await factsOf(about, aggregates)).toMatchObject(Object.fromEntries(expected));
      }),
      { numRuns: 40 },
    );
  });

  test('is read through an index, never by a walk through all attempts', async () => {
    await insertAttempts(
      database.pool,
      Array.from({ length: 5000 }, (_, index) =>
        past({ invoice: `i${index}`, card: `c${index}`, ip: `ip${index}`, customer: `u${index}` }),
      ),
    );
    await database.pool.query('analyze attempts');
    const client = await database.pool.connect();
    const plans: string[] = [];
    client.on('notice', ({ message }) => plans.push(message ?? ''));
    await client.query(`load 'auto_explain'`);
    await client.query('set auto_explain.log_min_duration = 0; set client_min_messages = log');
    const aggregates = attemptKeyNames.map((over) => aggregate(`over${over}`, { over }));
    // Postgres plans a prepared statement anew five times, and may then settle on one plan for all.
    for (let time = 0; time < 8; time += 1) await gatherFacts(client, { aggregates, lists: [] }, subject());
    client.release(true);
    expect(plans).toHaveLength(8);
    for (const plan of plans) {
      expect(plan).not.toContain('Seq Scan on attempts');
      for (const key of attemptKeyNames) expect(plan).toContain(`attempts_by_${key}`);
    }
  });
});

/** The aggregate's own definition, in the slowest and plainest way. */
function countByHand(
  { measure, over, windowSeconds, only }: Omit<Aggregate, 'name'>,
  attempts: readonly Omit<PastAttempt, 'subscriberId'>[],
  about: RuleSubject,
): number | null {
  const keys = attemptKeys(about);
  if (keys[over] === null) return null;
  const counted = attempts
    .filter((attempt) => attempt[over] === keys[over] && attempt.minutesAgo * 60 < windowSeconds)
    .filter(({ declined }) => only === null || declined === (only === 'declined'));
  if (measure === 'attempts') return counted.length + (only === null ? 1 : 0);
  if (measure === 'amount') {
    const { amount: own } = about;
    if (own === undefined) return null;
    const alike = counted.filter(({ amount }) => amount?.currency === own.currency);
    return alike.reduce((total, { amount }) => total + (amount?.minor ?? 0), only === null ? own.minor : 0);
  }
  const values = [...counted.map((attempt) => attempt[measure]), only === null ? keys[measure] : null];
  return new Set(values.filter((value) => value !== null)).size;
}
