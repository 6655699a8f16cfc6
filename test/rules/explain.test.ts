import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/domain/decision.ts';
import { evaluate } from '../../src/rules/evaluate.ts';
import { explain } from '../../src/rules/explain.ts';
import { factsOfSubject } from '../../src/rules/facts.ts';
import { defaultRuleSetText, factsWith, parsed, ruleSetOf, type RuleText } from '../support/rule-sets.ts';

function explained(rule: Omit<RuleText, 'id'>, facts: Facts, rest: object = {}): string[] {
  return explain(evaluate(ruleSetOf([{ id: 'the-rule', ...rule }], rest), factsWith(facts)));
}

describe('an explanation has a line', () => {
  test('with the values that a matching rule saw', () => {
    const facts = factsWith({ onlinePayment: true, cardsPerIp1h: 6 });
    expect(explain(evaluate(parsed(defaultRuleSetText), facts))).toContain(
      'cards-per-ip: More than 5 cards from one address in an hour (cardsPerIp1h = 6)',
    );
  });

  test('with the amount as people write it', () => {
    expect(
      explained(
        { when: 'currency == "EUR" && amountMinor > 1', then: ['hold'] },
        { currency: 'EUR', amountMinor: 250_050 },
      ),
    ).toEqual(['the-rule: about the-rule (amount = 2500.50 EUR)']);
  });

  test('with sums of amounts as people write them, in a currency without minor units too', () => {
    const aggregates = [{ name: 'spentPerCard', sum: 'amount', over: 'card', window: '24h' }];
    const rule = { when: 'currency in ["EUR", "JPY"] && spentPerCard > 100', then: ['hold'] } as const;
    const lineIn = (currency: string) =>
      explained(rule, { currency, amountMinor: 10, spentPerCard: 250_050 }, { aggregates });
    expect(lineIn('EUR')).toEqual(['the-rule: about the-rule (currency = EUR, spentPerCard = 2500.50 EUR)']);
    expect(lineIn('JPY')).toEqual(['the-rule: about the-rule (currency = JPY, spentPerCard = 250050 JPY)']);
  });

  test('for a fact that was needed and not given', () => {
    expect(explained({ when: 'amountMinor > 1', then: [] }, {})).toEqual([
      'the-rule: held, because it needs what was not given (amountMinor)',
    ]);
  });

  test('for a condition that failed', () => {
    expect(explained({ when: '1 / amountMinor > 1', then: [] }, { amountMinor: 0 })).toEqual([
      'the-rule: held, because its condition failed (division by zero)',
    ]);
  });

  test('for a blocked customer that no rule speaks of', () => {
    expect(explained({ when: 'false', then: [] }, { cardBlocked: true })).toEqual([
      'the customer is blocked, so the payment is declined',
    ]);
  });
});

test('a rule that did not match, or was skipped, has no line', () => {
  expect(explained({ when: 'amountMinor > 1', then: [], ifMissing: 'skip' }, {})).toEqual([]);
  expect(explained({ when: 'onlinePayment', then: ['hold'] }, { onlinePayment: false })).toEqual([]);
});

test('no name, no address and no card number is ever in an explanation', () => {
  const secret = fc.stringMatching(/^SECRET[a-z]{8}$/);
  const subject = fc.record({
    subscriberId: fc.constant('s'),
    invoiceGUID: fc.constant('i'),
    onlinePayment: fc.boolean(),
    ccLastFour: fc.constantFrom('4242424242424242', '4242'),
    cardHolder: secret,
    ipAddress: secret,
    customerFirstName: secret,
    customerLastName: secret,
    cardholderFirstName: secret,
    cardholderLastName: secret,
  });
  const nosy = Object.keys(factsOfSubject({ subscriberId: 's', invoiceGUID: 'i', onlinePayment: true }))
    .filter(
      (name) =>
        !['amountMinor', 'onlinePayment', 'threeDSAuthentication', 'cardholderIsCustomer'].includes(name),
    )
    .map((name, index): RuleText => ({ id: `rule-${index}`, when: `${name} != "x"`, then: ['hold'] }));
  const ruleSet = ruleSetOf(nosy);
  fc.assert(
    fc.property(subject, (given) => {
      const text = explain(evaluate(ruleSet, factsWith({ ...factsOfSubject(given) }))).join('\n');
      expect(text).toContain('invoiceGUID = i');
      expect(text).not.toMatch(/SECRET|\d{5}/);
    }),
  );
});
