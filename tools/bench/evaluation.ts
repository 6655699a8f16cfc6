import { performance } from 'node:perf_hooks';
import type { Facts } from '../../src/domain/decision.ts';
import { evaluate } from '../../src/rules/evaluate.ts';
import { formatProblem, parseRuleSet } from '../../src/rules/parse-rule-set.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { Samples } from './samples.ts';
import { type Measured, numbers } from './tables.ts';

/** Conditions in the manner of rules/default.yaml, each with a number of its own. */
const conditions: readonly ((number: number) => string)[] = [
  (number) => `attempts > ${number + 50}`,
  (number) =>
    `onlinePayment && currency == "EUR" && amountMinor > ${50_000 + number} && !threeDSAuthentication`,
  (number) => `ccLastFour == "${String(number).padStart(4, '0')}"`,
  (number) =>
    `currency in ["EUR", "USD"] && amountMinor > ${100_000 + number} || currency == "JPY" && amountMinor > ${number}`,
  () => '!cardholderIsCustomer',
  (number) => `ccType.startsWith("X${number}") || customerBlocked`,
];

const everything: Facts = {
  ...{
    onlinePayment: true,
    threeDSAuthentication: true,
    invoiceGUID: 'invoice',
    ccLastFour: '4242',
    ccType: 'VISA',
  },
  ...{
    cardHolder: 'Erika Muster',
    ipAddress: '198.51.100.7',
    customerUuid: 'customer',
    customerFirstName: 'Erika',
  },
  ...{ customerLastName: 'Muster', cardholderFirstName: 'Erika', cardholderLastName: 'Muster' },
  ...{ cardholderIsCustomer: true, amountMinor: 12_500, currency: 'EUR' },
  ...{ customerBlocked: false, cardBlocked: false, invoiceOfBlockedCustomer: false, attempts: 3 },
};

/** What a rules call cannot say. */
const missing: Facts = {
  ...{ threeDSAuthentication: null, ccType: null, cardHolder: null, customerUuid: null },
  ...{ amountMinor: null, currency: null },
};

/** Decisions with the full trace, by number of rules, with every fact given and as a rules call gives them. */
export function benchEvaluation(millisecondsEach: number): Measured {
  const rows = [10, 100, 1000].flatMap((rules) => {
    const ruleSet = ruleSetOf(rules);
    const withoutParts = {
      ...ruleSet,
      rules: ruleSet.rules.map((rule) => ({ ...rule, when: byEvaluator(rule.when) })),
    };
    return [
      row(rules, 'none', ruleSet, everything, millisecondsEach),
      row(rules, 'as on a rules call', ruleSet, { ...everything, ...missing }, millisecondsEach),
      row(rules, 'same, all by the evaluator', withoutParts, { ...everything, ...missing }, millisecondsEach),
    ];
  });
  return {
    title: 'Evaluation with the full trace, one decision at a time',
    columns: [
      ...numbers(0, 'rules'),
      { name: 'facts missing' },
      ...numbers(0, 'p50 µs', 'p99 µs', 'decisions'),
    ],
    rows,
  };
}

function byEvaluator(condition: RuleSet['rules'][number]['when']): RuleSet['rules'][number]['when'] {
  return { ...condition, test: condition.testByEvaluator };
}

function row(
  rules: number,
  missingFacts: string,
  ruleSet: RuleSet,
  facts: Facts,
  milliseconds: number,
): Measured['rows'][number] {
  run(ruleSet, facts, milliseconds / 4);
  const samples = run(ruleSet, facts, milliseconds);
  const micros = (share: number) => samples.quantile(share) * 1000;
  return [rules, missingFacts, micros(0.5), micros(0.99), samples.count];
}

function run(ruleSet: RuleSet, facts: Facts, milliseconds: number): Samples {
  const samples = new Samples();
  const end = performance.now() + milliseconds;
  for (let now = performance.now(); now < end; ) {
    if (evaluate(ruleSet, facts).results.length !== ruleSet.rules.length)
      throw new Error('a rule has no result');
    const done = performance.now();
    samples.add(done - now);
    now = done;
  }
  return samples;
}

function ruleSetOf(count: number): RuleSet {
  const document = {
    name: 'bench',
    version: 1,
    cardTypesAvailableOnline: ['VISA', 'MASTERCARD', 'AMEX'],
    aggregates: [{ name: 'attempts', count: 'attempts', over: 'ip', window: '1h' }],
    rules: Array.from({ length: count }, (_, index) => ({
      id: `rule-${index}`,
      description: `Rule ${index} of the bench`,
      when: conditions[index % conditions.length]?.(index) ?? 'false',
      // oxlint-disable-next-line unicorn/no-thenable
      then: ['hold'],
      ifMissing: 'skip',
    })),
  };
  const parsed = parseRuleSet(JSON.stringify(document), 'bench');
  if ('ruleSet' in parsed) return parsed.ruleSet;
  throw new Error(parsed.problems.map(formatProblem).join('\n'));
}
