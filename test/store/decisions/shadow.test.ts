import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/rules/evaluate.ts';
import type { RuleSet } from '../../../src/rules/rule-set.ts';
import { type RuleSubject, subjectOfPayment } from '../../../src/rules/subject.ts';
import { decideBesideShadow } from '../../../src/store/decisions/decide.ts';
import type { StoredDecision } from '../../../src/store/decisions/decisions.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import { readDocument } from '../../../src/store/rules/rule-set-file.ts';
import { addRuleSet, shadowRuleSet } from '../../../src/store/rules/rule-sets.ts';
import type { ShadowRuleSet } from '../../../src/rules/rule-sets-in-force.ts';
import { shadowOfDecision } from '../../../src/store/decisions/shadow-decisions.ts';
import { shadowReport } from '../../../src/store/decisions/shadow-report.ts';
import { ruleSetOf } from '../../support/rule-sets.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { samplePayment } from '../../../tools/payments.ts';
import { documentOf } from '../../support/rule-documents.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const ana = { actor: 'ana', reason: 'a test' };
const attempts = (windowHours: number) => ({
  aggregates: [{ name: 'attempts', count: 'attempts', over: 'invoice', window: `${windowHours}h` }],
});
const active = ruleSetOf(
  [
    { id: 'large', when: 'amountMinor > 100000', then: ['hold'], ifMissing: 'skip' },
    { id: 'many', when: 'attempts > 2', then: ['decline'] },
  ],
  attempts(24),
);

function someone(): string {
  return `subscriber-${randomUUID()}`;
}

/** A version in shadow, as it is on record. */
async function inShadow(subscriberId: string, document: string): Promise<ShadowRuleSet> {
  const { ruleSetId } = await addRuleSet(database.pool, subscriberId, document, ana);
  await shadowRuleSet(database.pool, subscriberId, ruleSetId, ana);
  const parsed = readDocument(document);
  if (!('ruleSet' in parsed)) throw new Error('not a rule set');
  return { ruleSetId, ruleSet: parsed.ruleSet };
}

function decide(subject: RuleSubject, shadow?: ShadowRuleSet, by: RuleSet = active): Promise<StoredDecision> {
  const inForce = shadow === undefined ? { active: by } : { active: by, shadow };
  return inTransaction(database.pool, (db) => decideBesideShadow(db, inForce, subject));
}

function payment(subscriberId: string, minor: number): RuleSubject {
  return subjectOfPayment(samplePayment({ subscriberId, amount: { minor, currency: 'EUR' } }));
}

async function shadowsOf(subscriberId: string): Promise<number> {
  const { rowCount } = await database.pool.query('select from shadow_decisions where subscriber_id = $1', [
    subscriberId,
  ]);
  return rowCount ?? 0;
}

describe('a version in shadow', () => {
  test('never acts: decisions and the facts they saw are those made without it', async () => {
    const subscriberId = someone();
    const declinesAll = await inShadow(
      subscriberId,
      documentOf({
        effects: ['decline', 'blockOnlinePayment', 'notify', 'removeCardType:AMEX'],
        // Its own name for another count: the active one's must not change by it.
        rest: { aggregates: [{ name: 'attempts', distinct: 'card', over: 'customer', window: '1h' }] },
      }),
    );
    for (const minor of [5_000, 200_000]) {
      const subject = payment(subscriberId, minor);
      const { decision } = await decide(subject, declinesAll);
      const alone = await decide({ ...subject, uniqueReference: randomUUID(), invoiceGUID: randomUUID() });
      const { invoiceGUID: _one, ...facts } = decision.facts;
      const { invoiceGUID: _other, ...factsAlone } = alone.decision.facts;
      expect({ ...decision, facts }).toEqual({ ...alone.decision, facts: factsAlone });
    }
  });

  test('decides every live decision, on the same facts and its own, and tells what would differ and why', async () => {
    const subscriberId = someone();
    const shadow = await inShadow(
      subscriberId,
      documentOf({
        when: 'attempts >= 1 && amountMinor > 1000 && attempts10m >= 1',
        rest: {
          aggregates: [
            { name: 'attempts', count: 'attempts', over: 'customer', window: '2h' },
            { name: 'attempts10m', count: 'attempts', over: 'invoice', window: '10m' },
          ],
        },
      }),
    );
    const stored = await decide(payment(subscriberId, 200_000), shadow);
    const told = await shadowOfDecision(database.pool, stored);
    expect(told).toMatchObject({
      ruleSet: { ruleSetId: shadow.ruleSetId, name: 'trial', version: 1, hash: shadow.ruleSet.hash },
      disposition: 'REFUND',
      response: { declinePayment: true },
      difference: {
        fields: ['disposition', 'declinePayment', 'sendToGateway'],
        rules: [
          { ruleId: 'large', adds: [], drops: ['hold'] },
          { ruleId: 'trial-rule', adds: ['decline'], drops: [] },
        ],
      },
    });
    if (!told || 'fault' in told) throw new Error('the shadow did not decide');
    // Everything that it takes to decide again is on record.
    expect(evaluate(shadow.ruleSet, told.facts)).toMatchObject({
      results: told.results,
      response: told.response,
      disposition: told.disposition,
    });
    expect(stored.decision.facts).not.toHaveProperty('attempts10m');
  });

  test('is recorded once for a payment that is decided on many times at once', async () => {
    const subscriberId = someone();
    const shadow = await inShadow(subscriberId, documentOf());
    const subject = payment(subscriberId, 5_000);
    await Promise.all(Array.from({ length: 6 }, () => decide(subject, shadow)));
    expect(await shadowsOf(subscriberId)).toBe(1);
  });

  test('that fails leaves the decision as it is, and its fault on record', async () => {
    const subscriberId = someone();
    const sound = await inShadow(subscriberId, documentOf());
    // Not a document that parses to this: a window that the database cannot take.
    const faulty = {
      ...sound,
      ruleSet: {
        ...sound.ruleSet,
        aggregates: [
          {
            name: 'n',
            measure: 'attempts' as const,
            over: 'invoice' as const,
            windowSeconds: 2 ** 40,
            only: null,
          },
        ],
      },
    };
    const stored = await decide(payment(subscriberId, 200_000), faulty);
    expect(stored.decision.disposition).toBe('HOLD');
    expect(await shadowOfDecision(database.pool, stored)).toMatchObject({
      fault: expect.stringContaining('out of range'),
    });
    const unrecorded = await decide(payment(subscriberId, 200_000), { ...sound, ruleSetId: randomUUID() });
    expect(unrecorded.decision.disposition).toBe('HOLD');
    expect(await shadowOfDecision(database.pool, unrecorded)).toBeUndefined();
  });

  test('decides alike however often it is asked', async () => {
    const shadow = await inShadow(someone(), documentOf({ when: 'amountMinor > 1000 && !customerBlocked' }));
    const { decision } = await decide(payment(someone(), 5_000), undefined, shadow.ruleSet);
    for (let again = 0; again < 20; again += 1) {
      expect(evaluate(shadow.ruleSet, decision.facts)).toEqual(decision);
    }
  });
});

describe('the report on a version in shadow', () => {
  test('tells what would differ by disposition, amount and rule, with examples', async () => {
    const subscriberId = someone();
    const shadow = await inShadow(
      subscriberId,
      documentOf({
        when: 'currency == "EUR" && amountMinor >= 5000',
        rest: {
          rules: [
            {
              id: 'from-50',
              description: 'x',
              when: 'amountMinor >= 5000',
              then: ['hold'],
              ifMissing: 'skip',
            },
          ],
        },
      }),
    );
    // Released now, held by the shadow.
    const examples = [
      await decide(payment(subscriberId, 5_000), shadow),
      await decide(payment(subscriberId, 7_000), shadow),
    ];
    await decide(
      subjectOfPayment(samplePayment({ subscriberId, amount: { minor: 9_000, currency: 'JPY' } })),
      shadow,
    );
    // Alike in both, by different rules: released, and held.
    await decide(payment(subscriberId, 1_000), shadow);
    await decide(payment(subscriberId, 200_000), shadow);
    await decide({ subscriberId, invoiceGUID: 'no amount', onlinePayment: true }, shadow);

    const report = await shadowReport(database.pool, subscriberId);
    expect(report).toMatchObject({
      ruleSet: { ruleSetId: shadow.ruleSetId, version: 1, state: 'shadow' },
      decisions: 6,
      differing: 3,
      faults: 0,
      changes: [
        {
          decided: { disposition: 'RELEASE', declinePayment: false },
          shadow: { disposition: 'HOLD', declinePayment: false },
          decisions: 3,
          amounts: [
            { currency: 'EUR', minor: 12_000 },
            { currency: 'JPY', minor: 9_000 },
          ],
        },
      ],
      rules: [{ ruleId: 'from-50', adds: ['hold'], drops: [], decisions: 3 }],
    });
    expect(report.rules[0]?.examples).toContainEqual({
      decisionId: examples[1]?.decisionId,
      uniqueReference: examples[1]?.uniqueReference,
    });
    expect(report.latest.map(({ amount, shadow: { disposition } }) => [amount, disposition])).toEqual([
      [{ minor: 9_000, currency: 'JPY' }, 'HOLD'],
      [{ minor: 7_000, currency: 'EUR' }, 'HOLD'],
      [{ minor: 5_000, currency: 'EUR' }, 'HOLD'],
    ]);
    const later = await shadowReport(database.pool, subscriberId, undefined, {
      from: new Date('2999-01-01'),
    });
    expect(later).toMatchObject({ decisions: 0, changes: [], rules: [], latest: [] });
  });

  test('of a version that nobody has named is refused while none is in shadow', async () => {
    await expect(shadowReport(database.pool, someone())).rejects.toThrow(/no version is in shadow/);
  });
});
