import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ASSIGN_EXAMPLE,
  confirmUnblockExample,
  EXTEND_REVIEW_EXAMPLE,
  HOLD_EXAMPLE,
  NOTE_EXAMPLE,
  parseAssign,
  parseConfirmUnblock,
  parseExtendReview,
  parseHold,
  parseNote,
  parsePauseReview,
  parseResumeReview,
  PAUSE_REVIEW_EXAMPLE,
  RESUME_REVIEW_EXAMPLE,
  parseUnblock,
  parseUnblockCustomer,
  UNBLOCK_CUSTOMER_EXAMPLE,
  UNBLOCK_EXAMPLE,
} from '../../src/domain/operator-commands.ts';

const NOW = Date.UTC(2026, 0, 1);
const readers = [
  parseUnblock,
  parseHold,
  parseUnblockCustomer,
  parseConfirmUnblock,
  parseAssign,
  parseNote,
  parsePauseReview,
  parseResumeReview,
  (input: unknown) => parseExtendReview(input, NOW),
];

test('nothing an operator can paste makes reading throw', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (input) => {
      for (const read of readers) expect(typeof read(input).ok).toBe('boolean');
    }),
  );
  fc.assert(
    fc.property(
      fc.record({ operator: fc.anything(), refundAmount: fc.anything(), hours: fc.anything() }),
      (input) => {
        for (const read of readers) expect(typeof read(input).ok).toBe('boolean');
      },
    ),
  );
});

test('the examples that operators are shown are themselves accepted', () => {
  expect(parseUnblock(JSON.parse(UNBLOCK_EXAMPLE)).ok).toBe(true);
  expect(parseHold(JSON.parse(HOLD_EXAMPLE)).ok).toBe(true);
  expect(parseConfirmUnblock(JSON.parse(confirmUnblockExample('f00'))).ok).toBe(true);
  expect(parseAssign(JSON.parse(ASSIGN_EXAMPLE)).ok).toBe(true);
  expect(parseNote(JSON.parse(NOTE_EXAMPLE)).ok).toBe(true);
  expect(parsePauseReview(JSON.parse(PAUSE_REVIEW_EXAMPLE)).ok).toBe(true);
  expect(parseResumeReview(JSON.parse(RESUME_REVIEW_EXAMPLE)).ok).toBe(true);
  expect(parseUnblockCustomer(JSON.parse(UNBLOCK_CUSTOMER_EXAMPLE)).ok).toBe(true);
  expect(parseExtendReview(JSON.parse(EXTEND_REVIEW_EXAMPLE), NOW)).toEqual({
    ok: true,
    value: { until: '2026-01-02T00:00:00.000Z', operator: 'ana', reason: 'waiting for the bank' },
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
