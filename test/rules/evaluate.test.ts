import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision, Facts, FactValue, RuleEffect } from '../../src/domain/decision.ts';
import { evaluate } from '../../src/rules/evaluate.ts';
import { explain } from '../../src/rules/explain.ts';
import { factCatalogue, type FactType } from '../../src/rules/facts.ts';
import { defaultRuleSetText, factsWith, parsed, ruleSetOf, type RuleText } from '../support/rule-sets.ts';

const effects: readonly RuleEffect[] = [
  'decline',
  'hold',
  'blockOnlinePayment',
  'customerBlocked',
  'notify',
  'removeCardType:AMEX',
];

const conditions = [
  'onlinePayment',
  '!threeDSAuthentication',
  'amountMinor > 100',
  'currency == "EUR" && amountMinor >= 50',
  'ccLastFour.startsWith("4") || cardBlocked',
  '100 / amountMinor > 3',
  'customerBlocked ? ccType == "VISA" : !cardholderIsCustomer',
  'true',
];

const rule = (id: string): fc.Arbitrary<RuleText> =>
  fc.record({
    id: fc.constant(id),
    when: fc.constantFrom(...conditions),
    then: fc.subarray([...effects]),
    priority: fc.integer({ min: -1, max: 1 }),
    ifMissing: fc.constantFrom('hold', 'skip'),
  });

const rules = fc
  .integer({ min: 0, max: 6 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => rule(`rule-${index}`))));

const values: Readonly<Record<FactType, fc.Arbitrary<FactValue>>> = {
  string: fc.constantFrom('EUR', 'VISA', '4242', ''),
  int: fc.integer({ min: 0, max: 200 }),
  bool: fc.boolean(),
};

/** Facts of the declared types, any of them missing. */
const facts: fc.Arbitrary<Facts> = fc.record(
  Object.fromEntries(
    Object.entries(factCatalogue).map(([name, { type }]) => [name, fc.option(values[type])]),
  ),
);

/** Facts that nobody declared like that. */
const anyFacts: fc.Arbitrary<Facts> = fc.dictionary(
  fc.oneof(fc.constantFrom(...Object.keys(factCatalogue)), fc.string()),
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.array(fc.string()),
    fc.constant(null),
  ),
);

describe('properties', () => {
  test('a matching decline rule more never turns a decline into an accept', () => {
    fc.assert(
      fc.property(rules, facts, (before, given) => {
        const more: RuleText = { id: 'more', when: 'true', then: ['decline'] };
        const [without, with_] = [before, [...before, more]].map((set) => evaluate(ruleSetOf(set), given));
        expect(!without?.response.declinePayment || with_?.response.declinePayment).toBe(true);
        expect(strictness(with_)).toBeGreaterThanOrEqual(strictness(without));
        expect(with_?.disposition).not.toBe('RELEASE');
      }),
    );
  });

  test('the order of the rules in the document decides nothing', () => {
    const shuffled = rules.chain((set) =>
      fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length })),
    );
    fc.assert(
      fc.property(shuffled, facts, ([one, other], given) => {
        expect(evaluate(ruleSetOf(other), given)).toEqual(evaluate(ruleSetOf(one), given));
      }),
    );
  });

  test('priority decides nothing but the order of the results', () => {
    fc.assert(
      fc.property(rules, facts, (set, given) => {
        const flat = evaluate(ruleSetOf(set.map((each) => ({ ...each, priority: 0 }))), given);
        const { response, disposition } = evaluate(ruleSetOf(set), given);
        expect({ response, disposition }).toEqual({ response: flat.response, disposition: flat.disposition });
      }),
    );
  });

  test('the same facts give the same decision, also after a way through JSON', () => {
    fc.assert(
      fc.property(rules, facts, (set, given) => {
        const ruleSet = ruleSetOf(set);
        const first: unknown = JSON.parse(JSON.stringify(evaluate(ruleSet, given)));
        expect(evaluate(ruleSet, structuredClone(given))).toEqual(first);
      }),
    );
  });

  test('whatever the facts are, a decision comes out and can be explained', () => {
    const ruleSet = parsed(defaultRuleSetText);
    fc.assert(
      fc.property(fc.oneof(facts, anyFacts), (given) => {
        const decision = evaluate(ruleSet, given);
        expect(decision.results).toHaveLength(ruleSet.rules.length);
        expect(explain(decision).length).toBeLessThanOrEqual(ruleSet.rules.length + 1);
      }),
      { numRuns: 500 },
    );
  });

  test('a rule that could not be evaluated never lets the payment go', () => {
    fc.assert(
      fc.property(rules, fc.oneof(facts, anyFacts), (set, given) => {
        const closed = evaluate(ruleSetOf(set.map((each) => ({ ...each, ifMissing: 'hold' }))), given);
        const failed = closed.results.some(({ outcome }) => outcome === 'missingFact' || outcome === 'error');
        expect(!failed || closed.disposition === 'HOLD').toBe(true);
      }),
    );
  });
});

describe('a missing fact', () => {
  const amount: RuleText = { id: 'amount', when: 'amountMinor > 100', then: ['decline'] };

  test('holds, and is visible', () => {
    const { results, disposition } = evaluate(ruleSetOf([amount]), factsWith({}));
    expect(results).toEqual([
      {
        ruleId: 'amount',
        description: 'about amount',
        outcome: 'missingFact',
        saw: { amountMinor: null },
        contributed: ['hold'],
      },
    ]);
    expect(disposition).toBe('HOLD');
  });

  test('is skipped where the rule says so, and still visible', () => {
    const { results, disposition } = evaluate(ruleSetOf([{ ...amount, ifMissing: 'skip' }]), factsWith({}));
    expect(results).toMatchObject([{ outcome: 'missingFact', contributed: [] }]);
    expect(disposition).toBe('RELEASE');
  });

  test('does not matter where the condition can be answered without it', () => {
    const ruleSet = ruleSetOf([{ ...amount, when: 'amountMinor > 100 || customerBlocked' }]);
    const matched = evaluate(ruleSet, factsWith({ customerBlocked: true }));
    expect(matched.results).toMatchObject([
      { outcome: 'matched', saw: { amountMinor: null, customerBlocked: true } },
    ]);
    expect(evaluate(ruleSet, factsWith({ customerBlocked: false })).results).toMatchObject([
      { outcome: 'missingFact' },
    ]);
  });
});

test('a condition that fails holds the payment and says why', () => {
  const ruleSet = ruleSetOf([{ id: 'share', when: '100 / amountMinor > 3', then: [], ifMissing: 'skip' }]);
  const decision = evaluate(ruleSet, factsWith({ amountMinor: 0 }));
  expect(decision).toMatchObject({
    disposition: 'HOLD',
    results: [{ outcome: 'error', error: 'division by zero', contributed: ['hold'] }],
  });
});

test('whole numbers stay whole: the largest amount is compared to the unit', () => {
  const ruleSet = ruleSetOf([{ id: 'top', when: 'amountMinor > 999999999999998', then: ['hold'] }]);
  expect(evaluate(ruleSet, factsWith({ amountMinor: 999_999_999_999_999 })).disposition).toBe('HOLD');
  expect(evaluate(ruleSet, factsWith({ amountMinor: 999_999_999_999_998 })).disposition).toBe('RELEASE');
});

function strictness(decision: Decision | undefined): number {
  return ['RELEASE', 'REFUND', 'HOLD'].indexOf(decision?.disposition ?? '');
}
