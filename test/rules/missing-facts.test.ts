import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Facts } from '../../src/domain/decision.ts';
import { conditionCompiler } from '../../src/rules/condition.ts';
import { conditionValues } from '../../src/rules/condition-parts.ts';
import { factCatalogue } from '../../src/rules/facts.ts';

const compiler = conditionCompiler();
for (const [name, { type }] of Object.entries(factCatalogue)) compiler.declare(name, type);

const leaf = fc.constantFrom(
  'onlinePayment',
  'cardBlocked',
  'true',
  'amountMinor > 100',
  '100 <= amountMinor',
  '100 / amountMinor > 3',
  'amountMinor + 9223372036854775807 > 0',
  'amountMinor in [0, 100]',
  'currency == "EUR"',
  'currency in ["EUR", "USD"]',
  'currency == ccType',
  'ccLastFour.startsWith("4")',
  'ccType.matches("^V(I|A)+")',
  'int(ccType) > 5',
  'ccType.startsWith(currency)',
  '[1, 2].exists(x, x > amountMinor)',
  'size(ccType) > 2',
  '(amountMinor > 5) == onlinePayment',
);

/** Conditions of any shape over facts that may be missing, of comparisons that may fail. */
const condition = fc.letrec<{ all: string; not: string; and: string; or: string; choice: string }>((tie) => ({
  all: fc.oneof({ maxDepth: 4 }, leaf, tie('not'), tie('and'), tie('or'), tie('choice')),
  not: tie('all').map((inner) => `!(${inner})`),
  and: fc.tuple(tie('all'), tie('all')).map(([left, right]) => `(${left}) && (${right})`),
  or: fc.tuple(tie('all'), tie('all')).map(([left, right]) => `(${left}) || (${right})`),
  choice: fc
    .tuple(tie('all'), tie('all'), tie('all'))
    .map(([when, yes, no]) => `(${when}) ? (${yes}) : (${no})`),
})).all;

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 2 });
const facts: fc.Arbitrary<Facts> = fc.record({
  onlinePayment: maybe(fc.oneof(fc.boolean(), fc.constant('no boolean'))),
  cardBlocked: maybe(fc.boolean()),
  amountMinor: maybe(fc.oneof(fc.constantFrom(0, 100, 250), fc.constantFrom(1.5, 'no number'))),
  currency: maybe(fc.oneof(fc.constantFrom('EUR', 'JPY'), fc.constant(7))),
  ccType: maybe(fc.constantFrom('VISA', '')),
  ccLastFour: maybe(fc.constantFrom('4242', '1111')),
});

test('what is told of missing facts without the evaluator is what the evaluator tells', () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(condition, facts, (source, given) => {
      const compiled = compiler.compile(source);
      if (!('test' in compiled)) throw new Error(`${source}: ${compiled.message}`);
      const values = conditionValues(given);
      const verdict = compiled.test(values);
      expect(verdict).toEqual(compiled.testByEvaluator(values));
      outcomes.add(verdict.outcome);
    }),
    { numRuns: 3000 },
  );
  expect(outcomes).toEqual(new Set(['matched', 'notMatched', 'missingFact', 'error']));
});
