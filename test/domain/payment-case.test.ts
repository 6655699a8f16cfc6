import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PaymentCase } from '../../src/domain/payment-case.ts';
import { describePayment } from '../../src/domain/payment-details.ts';
import { UNBLOCK_EXAMPLE } from '../../src/domain/operator-commands.ts';
import { samplePayment } from '../../tools/payments.ts';

const NOW = Date.UTC(2026, 0, 1);
const ana = { refundAmount: true, operator: 'ana' };
const ben = { refundAmount: false, operator: 'ben' };

test('the first decision wins; the second is told who was faster', () => {
  const current = new PaymentCase(samplePayment());
  current.onUnblock(ana, NOW);
  expect(current.refusalOfUnblock(ben)).toBe('the payment is already being refunded: decided by ana');
  current.onUnblock(ben, NOW);
  expect(current.unblock).toMatchObject({ operator: 'ana', refundAmount: true });
  expect(current.view().messages.map(({ operator, outcome }) => `${operator} ${outcome}`)).toEqual([
    'ana accepted',
    'ben refused',
  ]);
});

test('an operator who is faster than the rules has the last word', () => {
  const current = new PaymentCase(samplePayment());
  current.onUnblock(ben, NOW);
  current.decide('REFUND', ['declined']);
  expect(current.unblock).toMatchObject({ decidedBy: 'operator', refundAmount: false });
});

test.each(['RELEASE', 'REFUND', 'HOLD'] as const)(
  'a hold asked for in time turns %s into a review',
  (disposition) => {
    const current = new PaymentCase(samplePayment());
    current.onHold({ operator: 'customer block' }, NOW);
    current.decide(disposition, []);
    expect(current.disposition).toBe('HOLD');
    expect(current.unblock).toBeUndefined();
  },
);

test('whatever operators send, in whatever order, at most one decision is taken and every message is answered', () => {
  const anything = fc.oneof(
    fc.constantFrom<unknown>(ana, ben, undefined, 'release', {}),
    fc.record({ operator: fc.string(), refundAmount: fc.boolean(), hours: fc.integer() }),
    fc.anything(),
  );
  const step = fc.record({
    name: fc.constantFrom('unblock', 'hold', 'extendReview', 'unlock'),
    input: anything,
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 15 }),
      fc.constantFrom('blocked', 'held', 'refunding', 'released'),
      (steps, status) => {
        const current = new PaymentCase(samplePayment());
        current.status = status;
        for (const { name, input } of steps) {
          if (name === 'unblock') current.onUnblock(input, NOW);
          else if (name === 'hold') current.onHold(input, NOW);
          else if (name === 'extendReview') current.onExtendReview(input, NOW);
          else current.onUnknownMessage(name, NOW);
        }
        const { messages } = current.view();
        expect(messages).toHaveLength(steps.length);
        const taken = messages.filter(({ name, outcome }) => name === 'unblock' && outcome === 'accepted');
        expect(taken.length).toBeLessThanOrEqual(status === 'blocked' || status === 'held' ? 1 : 0);
        expect(current.unblock !== undefined).toBe(taken.length === 1);
      },
    ),
  );
});

test('the details of a held payment say why it is held, until when, and what to paste', () => {
  const current = new PaymentCase(samplePayment());
  current.decide('HOLD', ['cards-per-ip: 6 cards from one IP']);
  current.status = 'held';
  current.reviewDueAt = NOW;
  const details = describePayment(current.view());
  expect(details).toContain('cards-per-ip: 6 cards from one IP');
  expect(details).toContain('2026-01-01T00:00:00.000Z');
  expect(details).toContain(UNBLOCK_EXAMPLE);
  expect(details).not.toContain('Mallory');
});
