import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from '../../src/rules/evaluate.ts';
import { explain } from '../../src/rules/explain.ts';
import { formatProblem, parseRuleSet } from '../../src/rules/parse-rule-set.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';

function document(scores: readonly number[], thresholds: Record<string, number>): string {
  const rules = scores.map((score, index) => ({
    id: `rule-${index}`,
    description: `Rule ${index}`,
    when: `amountMinor > ${index}`,
    then: [`score:${score}`],
  }));
  return JSON.stringify({
    name: 'scored',
    version: 1,
    cardTypesAvailableOnline: ['VISA'],
    scoreThresholds: thresholds,
    rules,
  });
}

function ruleSetOf(text: string): RuleSet {
  const parsed = parseRuleSet(text, 'hash');
  if ('ruleSet' in parsed) return parsed.ruleSet;
  throw new Error(parsed.problems.map(formatProblem).join('\n'));
}

test('rules that say little alone hold, and decline, together', () => {
  const ruleSet = ruleSetOf(document([30, 30, 60], { hold: 50, decline: 100 }));
  const dispositionOf = (amountMinor: number) => evaluate(ruleSet, { amountMinor, onlinePayment: true });
  expect(dispositionOf(1)).toMatchObject({ disposition: 'RELEASE', response: { declinePayment: false } });
  expect(dispositionOf(2)).toMatchObject({ disposition: 'HOLD', response: { declinePayment: false } });
  // Hold wins over refund, as everywhere; the checkout is declined.
  expect(dispositionOf(3)).toMatchObject({ disposition: 'HOLD', response: { declinePayment: true } });
  expect(explain(dispositionOf(2))).toContain(
    "score-hold: The rules' scores add up to 50 or more (score = 60)",
  );
});

test('what speaks for a payment counts against the rest', () => {
  const ruleSet = ruleSetOf(document([60, -20], { hold: 50 }));
  expect(evaluate(ruleSet, { amountMinor: 1, onlinePayment: true }).disposition).toBe('HOLD');
  expect(evaluate(ruleSet, { amountMinor: 2, onlinePayment: true }).disposition).toBe('RELEASE');
});

test('a threshold is reached exactly when the scores of the matching rules add up to it, in whatever order', () => {
  const score = fc.integer({ min: -100, max: 100 }).filter((points) => points !== 0);
  fc.assert(
    fc.property(fc.array(score, { minLength: 1, maxLength: 12 }), fc.nat(12), (scores, amountMinor) => {
      const highest = scores.filter((points) => points > 0).reduce((sum, points) => sum + points, 0);
      fc.pre(highest > 0);
      const hold = Math.ceil(highest / 2);
      const sum = scores.slice(0, amountMinor).reduce((total, points) => total + points, 0);
      const ruleSet = ruleSetOf(document(scores, { hold }));
      const backwards = { ...ruleSet, rules: ruleSet.rules.toReversed() };
      for (const rules of [ruleSet, backwards]) {
        const { disposition } = evaluate(rules, { amountMinor, onlinePayment: true });
        expect(disposition).toBe(sum >= hold ? 'HOLD' : 'RELEASE');
      }
    }),
  );
});

test.each([
  [
    'a threshold that is never reached',
    document([30, 20, -50], { hold: 51 }),
    '51 is never reached: the scores of all rules add up to 50',
  ],
  ['a threshold of nothing', document([30], { hold: 0 }), 'the threshold for hold counts from 1'],
  ['a threshold for something else', document([30], { refund: 10 }), 'has no field "refund"'],
  ['a score of nothing', document([0], {}), 'a score is a whole number up to 1000'],
  ['half a point', document([0.5], {}), 'a score is a whole number up to 1000'],
  ['too much', document([1001], {}), 'a score is a whole number up to 1000'],
  ['a rule with a threshold’s id', document([30], {}).replace('rule-0', 'score-hold'), 'choose another'],
])('%s is refused with its place', (_case, text, problem) => {
  const parsed = parseRuleSet(text, 'hash');
  const problems = 'problems' in parsed ? parsed.problems.map(formatProblem) : [];
  expect(problems.join('\n')).toContain(problem);
  expect(problems.join('\n')).toMatch(/^line \d+, column \d+/);
});
