import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ASSIGN_EXAMPLE,
  confirmUnblockExample,
  EXAMPLE_OPERATOR,
  EXTEND_REVIEW_EXAMPLE,
  GIVE_UP_REFUND_EXAMPLE,
  HOLD_EXAMPLE,
  MARK_REFUND_PAID_EXAMPLE,
  NOTE_EXAMPLE,
  parseAssign,
  type Parsed,
  parseConfirmUnblock,
  parseExtendReview,
  parseGiveUpRefund,
  parseHold,
  parseMarkRefundPaid,
  parseNote,
  parsePauseReview,
  parseResumeReview,
  parseRetryRefund,
  parseUnblock,
  parseUnblockCustomer,
  PAUSE_REVIEW_EXAMPLE,
  RESUME_REVIEW_EXAMPLE,
  RETRY_REFUND_EXAMPLE,
  type SignedMessage,
  UNBLOCK_CUSTOMER_EXAMPLE,
  UNBLOCK_EXAMPLE,
} from '../../src/domain/operator-commands.ts';

const NOW = Date.UTC(2026, 0, 1);
const examples: readonly [string, (input: unknown) => Parsed<SignedMessage>][] = [
  [UNBLOCK_EXAMPLE, parseUnblock],
  [HOLD_EXAMPLE, parseHold],
  [confirmUnblockExample('f00'), parseConfirmUnblock],
  [ASSIGN_EXAMPLE, parseAssign],
  [NOTE_EXAMPLE, parseNote],
  [PAUSE_REVIEW_EXAMPLE, parsePauseReview],
  [RESUME_REVIEW_EXAMPLE, parseResumeReview],
  [RETRY_REFUND_EXAMPLE, parseRetryRefund],
  [MARK_REFUND_PAID_EXAMPLE, parseMarkRefundPaid],
  [GIVE_UP_REFUND_EXAMPLE, parseGiveUpRefund],
  [UNBLOCK_CUSTOMER_EXAMPLE, parseUnblockCustomer],
  [EXTEND_REVIEW_EXAMPLE, (input) => parseExtendReview(input, NOW)],
];

test('nothing an operator can paste makes reading throw', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (input) => {
      for (const [, read] of examples) expect(typeof read(input).ok).toBe('boolean');
    }),
  );
  fc.assert(
    fc.property(
      fc.record({ operator: fc.anything(), refundAmount: fc.anything(), hours: fc.anything() }),
      (input) => {
        for (const [, read] of examples) expect(typeof read(input).ok).toBe('boolean');
      },
    ),
  );
});

test.each(examples)('the example %s is taken with a name in it, and only so', (example, read) => {
  const signedBy = (name: string) => read(JSON.parse(example.replaceAll(EXAMPLE_OPERATOR, name)));
  expect(signedBy('ana')).toMatchObject({ ok: true, value: { operator: 'ana' } });
  for (const nobody of [EXAMPLE_OPERATOR, '  Your  NAME ']) {
    expect(signedBy(nobody)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('operator is still the example: put your own name in'),
    });
  }
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
])('a review cannot be extended by %j', (input, problem) => {
  const parsed = parseExtendReview(input, NOW);
  expect(parsed.ok ? '' : parsed.problem).toContain(problem);
});
