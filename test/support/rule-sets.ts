import { readFileSync } from 'node:fs';
import type { Facts, RuleEffect } from '../../src/domain/decision.ts';
import { factCatalogue } from '../../src/rules/facts.ts';
import { formatProblem, parseRuleSet } from '../../src/rules/parse-rule-set.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';

export interface RuleText {
  readonly id: string;
  readonly when: string;
  readonly then: readonly RuleEffect[];
  readonly priority?: number;
  readonly ifMissing?: 'hold' | 'skip';
}

export const cardTypes = ['VISA', 'MASTERCARD', 'AMEX'];

/** A rule set of these rules, by way of its document; the rest of the document as given. */
export function ruleSetOf(rules: readonly RuleText[], rest: object = {}): RuleSet {
  const document = {
    name: 'test',
    version: 1,
    cardTypesAvailableOnline: cardTypes,
    rules: rules.map((rule) => ({ description: `about ${rule.id}`, ...rule })),
    ...rest,
  };
  return parsed(JSON.stringify(document));
}

export function parsed(text: string): RuleSet {
  const result = parseRuleSet(text, 'hash');
  if ('ruleSet' in result) return result.ruleSet;
  throw new Error(result.problems.map(formatProblem).join('\n'));
}

export const defaultRuleSetText = readFileSync(new URL('../../rules/default.yaml', import.meta.url), 'utf8');

/** Facts of which nothing was given, but these. */
export function factsWith(facts: Facts): Facts {
  return { ...Object.fromEntries(Object.keys(factCatalogue).map((name) => [name, null])), ...facts };
}
