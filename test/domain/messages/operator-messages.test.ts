import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseAssign } from '../../../src/domain/messages/assign.ts';
import { parseExtendReview } from '../../../src/domain/messages/extend-review.ts';
import { EXAMPLE_OPERATOR, systemParts } from '../../../src/domain/people.ts';
import { operatorMessages } from '../../../src/domain/messages/operator-messages.ts';
import { parseUnblock, UNBLOCK_EXAMPLE } from '../../../src/domain/messages/unblock.ts';
import {
  parseUnblockCustomer,
  UNBLOCK_CUSTOMER_EXAMPLE,
} from '../../../src/domain/messages/unblock-customer.ts';

const NOW = Date.UTC(2026, 0, 1);
type Problem = (input: unknown) => string | undefined;
const customersProblem: Problem = (input) => {
  const parsed = parseUnblockCustomer(input);
  return parsed.ok ? undefined : parsed.problem;
};
/** Every message, by its example, with what is wrong with an input. */
const examples: readonly [string, Problem][] = [
  ...operatorMessages.map(({ example, problem }): [string, Problem] => [
    example,
    (input) => problem(input, NOW),
  ]),
  [UNBLOCK_CUSTOMER_EXAMPLE, customersProblem],
];

test('nothing an operator can paste makes reading throw', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (input) => {
      for (const [, problem] of examples) expect(['string', 'undefined']).toContain(typeof problem(input));
    }),
  );
  fc.assert(
    fc.property(
      fc.record({ operator: fc.anything(), refundAmount: fc.anything(), hours: fc.anything() }),
      (input) => {
        for (const [, problem] of examples) expect(['string', 'undefined']).toContain(typeof problem(input));
      },
    ),
  );
});

test('no object in the place of a value makes reading throw', () => {
  const hostile = JSON.parse('{"toString": 1, "valueOf": 1, "constructor": null, "__proto__": null}');
  for (const { fields, problem } of operatorMessages) {
    const input = Object.fromEntries(
      ['operator', 'reason', ...fields.map(({ name }) => name)].map((name) => [name, hostile]),
    );
    expect(problem(input, NOW)).toEqual(expect.any(String));
    expect(problem({ ...input, operator: 'ana' }, NOW) ?? '').toEqual(expect.any(String));
  }
});

test.each(examples)('the example %s is taken with a name in it, and only so', (example, problem) => {
  const signedBy = (name: string) =>
    problem(JSON.parse(example.replaceAll(EXAMPLE_OPERATOR, name).replace('its reference there', 're_1')));
  expect(signedBy('ana')).toBeUndefined();
  for (const notAName of [EXAMPLE_OPERATOR, '  Your  NAME ', 'your\u00ad name']) {
    expect(signedBy(notAName)).toContain('operator is still the example: put your own name in');
  }
});

test.each(examples)(
  '%s is not taken from a part of the system, or with the number of a card',
  (example, problem) => {
    const given = z.record(z.string(), z.unknown()).parse(JSON.parse(example));
    for (const part of [
      ...systemParts,
      'Gateway',
      'ｒｕｌｅｓ',
      'dead\u200bline',
      'gаteway',
      'system',
      '*',
    ]) {
      // A hold by the block of a customer is taken as such, from any sender.
      if (part === 'customer block' && !('refundAmount' in given)) continue;
      expect([part, problem({ ...given, operator: part })]).toEqual([
        part,
        expect.stringContaining('that is a part of the system, not a person'),
      ]);
    }
    for (const number of [
      '4242424242424242',
      '4242 4242 4242 4242',
      '4242.4242.4242.4242',
      '3782-822463-10005',
    ]) {
      const reason = `the card is ${number}, he says`;
      expect(problem({ ...given, operator: 'ana', reason })).toContain(
        'reason holds the whole number of a card',
      );
    }
  },
);

test.each(['note', 'assign'])('the text of %s never holds the number of a card', (name) => {
  const message = operatorMessages.find((each) => each.name === name);
  const input = { text: '4242 4242 4242 4242', assignee: '4242424242424242', operator: 'ana', reason: '' };
  expect(message?.problem(input, NOW)).toContain('holds the whole number of a card');
});

test('references are no longer than the contract has them, and never the example', () => {
  const said = (name: string, input: object) =>
    operatorMessages.find((each) => each.name === name)?.problem({ operator: 'ana', ...input }, NOW);
  expect(said('unblock', { refundAmount: true, partnerReference: 'x'.repeat(65) })).toContain(
    'partnerReference is longer than 64',
  );
  expect(said('unblock', { refundAmount: true, partnerReference: 'x'.repeat(64) })).toBeUndefined();
  expect(said('markRefundPaid', { gatewayReference: 'x'.repeat(256) })).toContain('longer than 255');
  expect(said('markRefundPaid', { gatewayReference: ' its  reference there' })).toContain(
    'still the example',
  );
});

test.each(operatorMessages)('the fields of $name are those of its example', ({ fields, example }) => {
  const {
    operator: _operator,
    reason: _reason,
    ...given
  } = z.record(z.string(), z.unknown()).parse(JSON.parse(example));
  const inExample = fields.filter(({ name, isRequired }) => isRequired || name in given);
  expect(Object.entries(given).map(([name, value]) => [name, typeof value])).toEqual(
    inExample.map(({ name, kind }) => [name, kind === 'text' ? 'string' : kind]),
  );
});

test('a review is extended by hours from now', () => {
  expect(parseExtendReview({ hours: 24, operator: 'ana' }, NOW)).toEqual({
    ok: true,
    value: { until: '2026-01-02T00:00:00.000Z', operator: 'ana', reason: '' },
  });
});

test('what no database can store is left out, whole characters stay', () => {
  const reason = `${'x'.repeat(499)}😀`;
  const input = { refundAmount: true, operator: 'a\0na', reason, partnerReference: 'p\ud800' };
  expect(parseUnblock(input)).toEqual({
    ok: true,
    value: { refundAmount: true, operator: 'ana', reason: 'x'.repeat(499), partnerReference: 'p' },
  });
  expect(parseUnblock({ ...input, operator: '\0' })).toMatchObject({ ok: false });
});

test('letter case and quoted booleans are forgiven, a missing reason too', () => {
  expect(parseUnblock({ RefundAmount: 'TRUE', OPERATOR: ' ana ' })).toEqual({
    ok: true,
    value: { refundAmount: true, operator: 'ana', reason: '' },
  });
});

test('nobody is assigned as the example', () => {
  expect(parseAssign({ assignee: 'Your name', operator: 'ana' })).toMatchObject({
    ok: false,
    problem: expect.stringContaining('assignee is still the example'),
  });
});

test.each([
  [null, {}],
  ['  ', {}],
  [' ben ', { assignee: 'ben' }],
])('an assignment to %j is one to %j', (assignee, value) => {
  const operator = 'ana';
  expect(parseAssign({ assignee, operator })).toEqual({
    ok: true,
    value: { ...value, operator, reason: '' },
  });
});

test.each([
  ['an empty box', undefined, 'nothing came with it'],
  ['text', 'release', 'it takes one JSON object'],
  ['a list', [{ operator: 'ana' }], 'it takes one JSON object'],
  ['nobody', { refundAmount: true }, 'operator is missing'],
  ['no decision', { operator: 'ana' }, 'refundAmount must be true'],
  ['a number for a decision', { operator: 'ana', refundAmount: 1 }, 'refundAmount must be true'],
])('%s is refused with what to send instead', (_case, input, problem) => {
  const parsed = parseUnblock(input);
  expect(parsed.ok ? '' : parsed.problem).toContain(problem);
  expect(parsed.ok ? '' : parsed.problem).toContain(UNBLOCK_EXAMPLE);
});

test.each([
  [{ hours: -1, operator: 'ana' }, 'in the past'],
  [{ until: '2020-01-01', operator: 'ana' }, 'in the past'],
  [{ until: 'tomorrow', operator: 'ana' }, 'say how long'],
  [{ hours: 1e9, operator: 'ana' }, 'a year at most'],
  [{ operator: 'ana' }, 'say how long'],
  [{ hours: 0.0005, operator: 'ana' }, 'a minute at least'],
  [{ until: '2026-02-30T12:00Z', operator: 'ana' }, 'say how long'],
  [{ until: '2026-02-01T25:00Z', operator: 'ana' }, 'say how long'],
  [{ until: 'Sun, 01 Mar 2026 12:00', operator: 'ana' }, 'say how long'],
])('a review cannot be extended by %j', (input, problem) => {
  const parsed = parseExtendReview(input, NOW);
  expect(parsed.ok ? '' : parsed.problem).toContain(problem);
});
