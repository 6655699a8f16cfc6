import type { Decision, Facts, FactValue, RuleEffect, RuleResult } from '../domain/decision.ts';
import { compose } from './compose.ts';
import { isLongerThan } from '../domain/text.ts';
import { LONGEST_FACT } from './cost.ts';
import { type ConditionValues, conditionValues } from './condition-parts.ts';
import type { Rule, RuleSet } from './rule-set.ts';
import { scoreResults } from './score.ts';

/**
 * Decides: every rule is tried, none cuts another short. Pure: the same rule set and facts give the same decision.
 * It never throws; a rule that cannot be evaluated, or that lacks a fact, says so and holds the payment.
 */
export function evaluate(ruleSet: RuleSet, facts: Facts): Decision {
  const values = conditionValues(facts);
  const sums = ruleSet.aggregates.flatMap(({ name, measure }) => (measure === 'amount' ? [name] : []));
  const ofRules = ruleSet.rules.map((rule) => resultOf(rule, facts, values, sums));
  const results = [...ofRules, ...scoreResults(ruleSet.scoreThresholds, ofRules)];
  const { name, version, hash } = ruleSet;
  return { ruleSet: { name, version, hash }, facts, results, ...compose(ruleSet, facts, results) };
}

function resultOf(rule: Rule, facts: Facts, values: ConditionValues, sums: readonly string[]): RuleResult {
  const { id, description, when } = rule;
  const saw = Object.fromEntries(when.facts.map((name) => [name, facts[name] ?? null]));
  const tooLong = when.facts.find((name) => isTooLong(facts[name]));
  const verdict =
    tooLong === undefined
      ? when.test(values)
      : ({ outcome: 'error', error: `${tooLong} has more than ${LONGEST_FACT} characters` } as const);
  const contributed = contribution(rule, verdict.outcome);
  const result = { ruleId: id, description, ...verdict, saw, contributed };
  const named = sums.filter((name) => when.facts.includes(name));
  return named.length === 0 ? result : { ...result, sums: named };
}

/** What a condition costs at most is computed from the longest fact. */
function isTooLong(value: FactValue | null | undefined): boolean {
  return typeof value === 'string' && isLongerThan(value, LONGEST_FACT);
}

function contribution(rule: Rule, outcome: RuleResult['outcome']): readonly RuleEffect[] {
  if (outcome === 'matched') return rule.then;
  const failsClosed = outcome === 'error' || (outcome === 'missingFact' && rule.ifMissing === 'hold');
  return failsClosed ? ['hold'] : [];
}
