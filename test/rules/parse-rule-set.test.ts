import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/rules/evaluate.ts';
import { formatProblem, parseRuleSet } from '../../src/rules/parse-rule-set.ts';
import { defaultRuleSetText, factsWith, parsed, ruleSetOf } from '../support/rule-sets.ts';

const valid = `name: shop
version: 3
cardTypesAvailableOnline: [VISA]
aggregates:
  - name: cardsPerIp
    distinct: card
    over: ip
    window: 1h
lists:
  - name: ipIsBad
    kind: ip
    entries: [192.0.2.0/24]
rules:
  - id: many-cards
    description: Many cards
    when: cardsPerIp > 5
    then: [decline]
  - id: bad-ip
    description: Bad address
    when: ipIsBad
    then: [hold]
`;

test('a valid document is read in full', () => {
  const ruleSet = parsed(valid);
  expect(ruleSet).toMatchObject({
    name: 'shop',
    version: 3,
    hash: 'hash',
    enforce: false,
    cardTypesAvailableOnline: ['VISA'],
    aggregates: [{ name: 'cardsPerIp', measure: 'card', over: 'ip', windowSeconds: 3600, only: null }],
    rules: [
      { id: 'bad-ip', then: ['hold'], priority: 0, ifMissing: 'hold', when: { facts: ['ipIsBad'] } },
      { id: 'many-cards', then: ['decline'], when: { facts: ['cardsPerIp'] } },
    ],
  });
});

test('the default rule set is valid, names every rule once and explains it', () => {
  const { rules } = parsed(defaultRuleSetText);
  expect(rules.length).toBeGreaterThanOrEqual(10);
  expect(new Set(rules.map(({ description }) => description)).size).toBe(rules.length);
});

test('rules come highest priority first, then by id, wherever they stand in the document', () => {
  const rule = (id: string, priority: number) => ({ id, when: 'true', then: [], priority });
  const { rules } = ruleSetOf([rule('b', 0), rule('c', 9), rule('a', 0), rule('d', -1)]);
  expect(rules.map(({ id }) => id)).toEqual(['c', 'a', 'b', 'd']);
});

describe('a broken rule set names rule, line and column', () => {
  const broken: readonly [what: string, from: string | RegExp, to: string, problem: string][] = [
    ['YAML syntax', '[VISA]', '[VISA', 'line 4, column 1: '],
    [
      'a field twice',
      'version: 3',
      'version: 3\nversion: 4',
      'line 3, column 1: there is another field "version"',
    ],
    ['a tag', 'name: shop', 'name: !secret shop', 'line 1, column 7: Unresolved tag: !secret'],
    [
      'an unknown field',
      'version: 3',
      'version: 3\nverison: 4',
      'line 3, column 1: the rule set has no field "verison"',
    ],
    ['a missing field', 'version: 3\n', '', 'line 1, column 1: the rule set lacks the field "version"'],
    [
      'a field without value',
      'version: 3',
      'version:',
      'line 2, column 9: "version" has to be a whole number',
    ],
    [
      'a version that is text',
      'version: 3',
      'version: three',
      'line 2, column 10: "version" has to be a whole number',
    ],
    ['a version of none', 'version: 3', 'version: 0', 'line 2, column 10: "version" counts from 1'],
    ['rules that are no list', /rules:[^]*/, 'rules: none', 'line 13, column 8: "rules" has to be a list'],
    [
      'a bad window',
      'window: 1h',
      'window: 1 hour',
      'line 8, column 13: a window is a number of minutes, hours or days',
    ],
    ['a window of nothing', 'window: 1h', 'window: 0h', 'line 8, column 13: a window'],
    ['a window of years', 'window: 1h', 'window: 91d', 'line 8, column 13: a window'],
    [
      'an unknown key to count over',
      'over: ip',
      'over: iban',
      'line 7, column 11: "over" has to be one of card, customer',
    ],
    [
      'neither count nor sum nor distinct',
      '    distinct: card\n',
      '',
      'line 5, column 5: an aggregate has either',
    ],
    [
      'a count and a sum in one',
      'distinct: card',
      'count: attempts\n    sum: amount',
      'line 5, column 5: an aggregate has either "count: attempts", "sum: amount" or',
    ],
    [
      'a sum of different ones',
      'distinct: card',
      'distinct: card\n    sum: amount',
      'line 5, column 5: an aggregate has either',
    ],
    [
      'a sum of what is no amount',
      'distinct: card',
      'sum: card',
      'line 6, column 10: "sum" has to be one of amount',
    ],
    [
      'distinct of itself',
      'distinct: card',
      'distinct: ip',
      'line 5, column 5: different ones of "ip" over the same',
    ],
    [
      'a name of a documented fact',
      'name: cardsPerIp',
      'name: currency',
      'line 5, column 11: there is already a fact "currency"',
    ],
    [
      'a name twice',
      'name: ipIsBad',
      'name: cardsPerIp',
      'line 10, column 11: there is already a fact "cardsPerIp"',
    ],
    ['a name of CEL', 'name: ipIsBad', 'name: in', 'line 10, column 11: "in" is a word of CEL'],
    [
      'a network that is none',
      '192.0.2.0/24',
      '192.0.2.0/33',
      'line 12, column 15: "192.0.2.0/33" is no IP address',
    ],
    [
      'a duplicate id',
      'id: bad-ip',
      'id: many-cards',
      'line 18, column 9, rule many-cards: there is another rule',
    ],
    [
      'a missing id',
      '  - id: bad-ip\n    desc',
      '  - desc',
      'line 18, column 5, rule rule 2: a rule lacks the field "id"',
    ],
    ['a bad id', 'id: bad-ip', 'id: Bad IP', 'line 18, column 9, rule rule 2: an id is'],
    [
      'an unknown effect',
      '[hold]',
      '[hold, explode]',
      'line 21, column 18, rule bad-ip: there is no effect "explode"',
    ],
    [
      'a card type that is not offered',
      '[hold]',
      '["removeCardType:DINERS"]',
      'line 21, column 12, rule bad-ip: "DINERS" is not one of',
    ],
    [
      'CEL syntax',
      'when: ipIsBad',
      'when: ipIsBad &&',
      'line 20, column 21, rule bad-ip: the condition cannot be read: Unexpected token: EOF',
    ],
    [
      'an unknown fact',
      'when: ipIsBad',
      'when: ipIsBad || ipIsWorse',
      'line 20, column 22, rule bad-ip: there is no fact "ipIsWorse"; the facts are amountMinor,',
    ],
    [
      'types that do not fit',
      'cardsPerIp > 5',
      'cardsPerIp > "5"',
      'line 16, column 11, rule many-cards: the condition cannot be read: no such overload: int > string',
    ],
    [
      'a condition that is no yes or no',
      'cardsPerIp > 5',
      'cardsPerIp + 5',
      'line 16, column 11, rule many-cards: the condition has to come out true or false, but it is of type int',
    ],
    [
      'a clock in a condition',
      'cardsPerIp > 5',
      'now() > 5',
      "line 16, column 11, rule many-cards: the condition cannot be read: found no matching overload for 'now()'",
    ],
    [
      'a fault in a block of text',
      'when: ipIsBad',
      'when: |\n      ipIsBad &&\n      nope',
      'line 22, column 7, rule bad-ip: there is no fact "nope"',
    ],
    [
      'a fault in folded text',
      'when: ipIsBad',
      'when: >-\n      ipIsBad\n      && nope',
      'line 22, column 10, rule bad-ip: there is no fact "nope"',
    ],
    [
      'a fault in quotes',
      'when: ipIsBad',
      `when: "ccType == \\"X\\" || nope"`,
      'line 20, column 31, rule bad-ip: there is no fact "nope"',
    ],
  ];

  test.each(broken)('%s', (_, from, to, problem) => {
    const text = valid.replace(from, to);
    expect(text).not.toBe(valid);
    const result = parseRuleSet(text, 'hash');
    expect('problems' in result ? result.problems.map(formatProblem) : []).toContainEqual(
      expect.stringContaining(problem),
    );
  });

  test('all of them at once', () => {
    const result = parseRuleSet(valid.replace('> 5', '>').replace('[hold]', '[explode]'), 'hash');
    expect(result).toMatchObject({ problems: [{ rule: 'many-cards' }, { rule: 'bad-ip' }] });
  });

  test.each(['', '- a', '42', '['.repeat(20_000)])('not even a mapping', (text) => {
    const result = parseRuleSet(text, 'hash');
    expect('problems' in result && result.problems[0]).toMatchObject({ line: 1 });
  });
});

test('a condition that goes beyond any reason is refused when it is loaded', () => {
  expect(() => ruleSetOf([{ id: 'deep', when: `${'('.repeat(99)}true${')'.repeat(99)}`, then: [] }])).toThrow(
    'maxDepth',
  );
});

test('a rule without effects is only seen in the results', () => {
  const ruleSet = ruleSetOf([{ id: 'note', when: '!onlinePayment', then: [] }]);
  const decision = evaluate(ruleSet, factsWith({ onlinePayment: false }));
  expect(decision).toMatchObject({
    disposition: 'RELEASE',
    results: [{ outcome: 'matched', contributed: [] }],
  });
});
