import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { attemptKeyNames, subjectOfPayment } from '../../../src/rules/subject.ts';
import { backtest } from '../../../src/store/decisions/backtest.ts';
import { recordChargeback } from '../../../src/store/refunds/chargebacks.ts';
import { factsAsOf } from '../../../src/store/decisions/facts-as-of.ts';
import { insertPayment } from '../../../src/store/payments/payments.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import {
  countDecisions,
  type DecisionRange,
  recordedDecisions,
} from '../../../src/store/decisions/recorded-decisions.ts';
import { addEntry, removeEntry } from '../../../src/store/lists/lists.ts';
import { decide } from '../../../src/store/decisions/decide.ts';
import { defaultRuleSetText, parsed, ruleSetOf, type RuleText } from '../../support/rule-sets.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { paymentOf, send, someTraffic } from '../../support/traffic.ts';
import { steps } from '../../support/steps.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

// Tables are append-only, so each run is a subscriber of its own.
let subscriberId = '';
let subscribers = 0;
const anotherSubscriber = (): string => {
  subscribers += 1;
  subscriberId = `subscriber-${subscribers}`;
  return subscriberId;
};
beforeEach(anotherSubscriber);

const ever = (): DecisionRange => ({
  from: new Date(0),
  to: new Date(Date.now() + 60_000),
  subscriberId,
});

const anyAggregates = fc
  .array(
    fc.record({
      measure: fc.constantFrom('attempts' as const, 'amount' as const, ...attemptKeyNames),
      over: fc.constantFrom(...attemptKeyNames),
      windowSeconds: fc.constantFrom(60, 3600),
      only: fc.constantFrom(null, 'declined' as const, 'accepted' as const),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((shapes) => shapes.map((shape, index) => ({ ...shape, name: `a${index}` })));

describe('properties', () => {
  test('the active version changes nothing about its own decisions', async () => {
    const active = parsed(defaultRuleSetText);
    await fc.assert(
      fc.asyncProperty(someTraffic(25), async (moves) => {
        anotherSubscriber();
        await send(database.pool, active, subscriberId, moves);
        const itself = await backtest(database.pool, active, ever());
        expect(itself).toMatchObject({ compared: moves.length, recounted: 0, changed: 0, otherAnswers: 0 });
        // Nor where nothing is known of what its hash stands for, so that all is counted anew.
        const renamed = await backtest(database.pool, { ...active, hash: 'another' }, ever());
        expect(renamed).toMatchObject({ recounted: moves.length, changed: 0, otherAnswers: 0, rules: [] });
      }),
      { numRuns: 15 },
    );
  });

  test('aggregates counted anew are what was seen at that moment', async () => {
    await fc.assert(
      fc.asyncProperty(someTraffic(25), anyAggregates, async (moves, aggregates) => {
        anotherSubscriber();
        const seen: RuleSet = { ...parsed(defaultRuleSetText), aggregates };
        const stored = await send(database.pool, seen, subscriberId, moves);
        const recorded = [];
        for await (const batch of recordedDecisions(database.pool, ever(), 7)) recorded.push(...batch);
        const { facts, recounted } = await factsAsOf(database.pool, seen, () => undefined, recorded);
        expect(recounted).toBe(moves.length);
        const byId = new Map(stored.map(({ decisionId, decision }) => [decisionId, decision.facts]));
        expect(facts).toEqual(recorded.map(({ decisionId }) => byId.get(decisionId)));
      }),
      { numRuns: 25 },
    );
  });
});

/** A payment that was blocked and decided on by `ruleSet`. */
async function decided(ruleSet: RuleSet, minor: number) {
  const payment = paymentOf(subscriberId, { amount: { minor, currency: 'EUR' } });
  await inTransaction(database.pool, async (db) => {
    await insertPayment(db, payment);
    await decide(db, ruleSet, subjectOfPayment(payment));
  });
  return payment;
}

const large: RuleText = { id: 'large', when: 'amountMinor > 5000', then: ['hold'], ifMissing: 'skip' };
const unblock = { refundAmount: false, decidedBy: 'rules', operator: 'rules', reason: '' } as const;

describe('a report', () => {
  test('tells changes by what happened later, with amounts and the rules responsible', async () => {
    const before = ruleSetOf([{ id: 'old', when: 'amountMinor > 20000', then: ['hold'], ifMissing: 'skip' }]);
    const [small, released, lost] = [
      await decided(before, 100),
      await decided(before, 6_000),
      await decided(before, 7_050),
    ];
    await decided(before, 30_000);
    for (const payment of [small, released, lost])
      await inTransaction(database.pool, (db) => steps.release(db, payment, unblock));
    await recordChargeback(database.pool, lost, { reference: 'cb', reason: 'not ordered' }, 'bank');

    const candidate = { ...ruleSetOf([large]), hash: 'candidate' };
    const report = await backtest(database.pool, candidate, ever());
    expect(report).toMatchObject({ compared: 4, changed: 2, otherAnswers: 0 });
    const change = { from: 'RELEASE', to: 'HOLD', decisions: 1 };
    expect(report.changes).toEqual([
      { ...change, later: 'released', amounts: [{ minor: 6_000, currency: 'EUR' }] },
      { ...change, later: 'charged back', amounts: [{ minor: 7_050, currency: 'EUR' }] },
    ]);
    expect(report.rules).toEqual([
      { ruleId: 'large', how: 'only now', decisions: 2, later: { released: 1, 'charged back': 1 } },
    ]);
    expect(report.examples.map(({ about }) => about)).toEqual([
      released.uniqueReference,
      lost.uniqueReference,
    ]);
    expect(report.later).toContainEqual({ later: 'still open', compared: 1, changed: 0 });
  });

  test('takes the lists as they were at the moment of each decision', async () => {
    const active = ruleSetOf([]);
    const from = async (customerUuid: string) => {
      const payment = paymentOf(subscriberId, { customerUuid });
      await inTransaction(database.pool, async (db) => {
        await insertPayment(db, payment);
        await decide(db, active, subjectOfPayment(payment));
      });
      return payment.uniqueReference;
    };
    const editor = { subscriberId, actor: 'ana' };
    const entryFor = (value: string) =>
      inTransaction(database.pool, (db) =>
        addEntry(db, editor, { kind: 'customer', value, verdict: 'block', reason: 'why', expiresAt: null }),
      );
    const { entry } = await entryFor('listed-then');
    const listed = await from('listed-then');
    await from('listed-since');
    await inTransaction(database.pool, (db) => removeEntry(db, editor, entry.entryId, 'a mistake'));
    await entryFor('listed-since');
    await from('listed-then');

    const byList: RuleText = { id: 'listed', when: 'listVerdict == "block"', then: ['hold'] };
    const report = await backtest(database.pool, { ...ruleSetOf([byList]), hash: 'candidate' }, ever());
    expect(report).toMatchObject({ compared: 3, changed: 1 });
    expect(report.examples.map(({ about }) => about)).toEqual([listed]);
  });

  test('counts an aggregate that is new, and one that has another definition under the same name', async () => {
    const attempts = { name: 'attempts', count: 'attempts', over: 'invoice', window: '1h' };
    const often: RuleText = { id: 'often', when: 'attempts > 2', then: ['decline'] };
    const ofCards = { name: 'attempts', distinct: 'card', over: 'invoice', window: '1h' };
    const active = ruleSetOf([often], { aggregates: [ofCards] });
    for (let index = 0; index < 4; index += 1) await decided(active, 100);
    const candidate = { ...ruleSetOf([often], { aggregates: [attempts] }), hash: 'candidate' };
    const known = (hash: string) => (hash === active.hash ? active : undefined);
    const report = await backtest(database.pool, candidate, ever(), known);
    expect(report).toMatchObject({ compared: 4, recounted: 4, changed: 2 });
    expect(report.rules).toMatchObject([{ ruleId: 'often', how: 'only now', decisions: 2 }]);
  });

  test('sums amounts that its own decisions never summed', async () => {
    const total = { name: 'total', sum: 'amount', over: 'invoice', window: '1h' };
    const active = ruleSetOf([]);
    for (const minor of [3_000_000_000, 2_000_000_000, 1]) await decided(active, minor);
    const much: RuleText = { id: 'much', when: 'total > 5000000000', then: ['hold'] };
    const candidate = { ...ruleSetOf([much], { aggregates: [total] }), hash: 'candidate' };
    const report = await backtest(database.pool, candidate, ever());
    expect(report).toMatchObject({ compared: 3, recounted: 3, changed: 1 });
    expect(report.changes).toMatchObject([{ to: 'HOLD', amounts: [{ minor: 1, currency: 'EUR' }] }]);
  });

  test('covers the time and the subscriber that were asked for', async () => {
    await decided(ruleSetOf([large]), 100);
    const { to } = ever();
    expect(await countDecisions(database.pool, ever())).toBe(1);
    expect(await countDecisions(database.pool, { from: to, to, subscriberId })).toBe(0);
    expect(await countDecisions(database.pool, { ...ever(), subscriberId: 'nobody' })).toBe(0);
  });
});

describe('a chargeback', () => {
  test('is recorded once, however often it is reported', async () => {
    const payment = await decided(ruleSetOf([]), 5_000);
    const report = { reference: 'twice', reason: 'not ordered' };
    const first = await recordChargeback(database.pool, payment, report, 'bank');
    expect(await recordChargeback(database.pool, payment, report, 'bank')).toEqual(first);
    expect(first.amount).toEqual({ minor: 5_000, currency: 'EUR' });
    const { rowCount } = await database.pool.query(`select from audit where action = 'chargeback'
      and subject = 'payment:${payment.uniqueReference}'`);
    expect(rowCount).toBe(1);
  });

  test('of another payment under the same reference, of more than was paid, or of nothing is refused', async () => {
    const [one, other] = [await decided(ruleSetOf([]), 5_000), await decided(ruleSetOf([]), 5_000)];
    const report = { reference: 'once', reason: 'not ordered' };
    await recordChargeback(database.pool, one, report, 'bank');
    const refused = [
      recordChargeback(database.pool, other, report, 'bank'),
      recordChargeback(database.pool, one, { ...report, reference: 'more', amountMinor: 5_001 }, 'bank'),
      recordChargeback(database.pool, { ...one, uniqueReference: 'nothing' }, report, 'bank'),
    ];
    for (const { status } of await Promise.allSettled(refused)) expect(status).toBe('rejected');
  });
});
