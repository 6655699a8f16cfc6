import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PaymentCase } from '../../src/domain/payment-case.ts';
import { describePayment } from '../../src/domain/payment-details.ts';
import { operatorMessages } from '../../src/domain/operator-messages.ts';
import { UNBLOCK_EXAMPLE } from '../../src/domain/operator-commands.ts';
import { samplePayment } from '../../tools/payments.ts';

const NOW = Date.UTC(2026, 0, 1);
const say = (current: PaymentCase, name: string, input: unknown) => {
  const message = operatorMessages.find((known) => known.name === name);
  if (!message) throw new Error(`there is no message ${name}`);
  message.take(current, input, NOW);
  return message;
};
const ana = { refundAmount: true, operator: 'ana' };
const ben = { refundAmount: false, operator: 'ben' };

test('the first decision wins; the second is told who was faster', () => {
  const current = new PaymentCase(samplePayment());
  const unblock = say(current, 'unblock', ana);
  expect(unblock.refusal(current, ben, NOW)).toBe('the payment is already being refunded: decided by ana');
  say(current, 'unblock', ben);
  expect(current.unblock).toMatchObject({ operator: 'ana', refundAmount: true });
  expect(current.view().messages.map(({ operator, outcome }) => `${operator} ${outcome}`)).toEqual([
    'ana accepted',
    'ben refused',
  ]);
});

test('an operator who is faster than the rules has the last word', () => {
  const current = new PaymentCase(samplePayment());
  say(current, 'unblock', ben);
  current.decide('REFUND', ['declined']);
  expect(current.unblock).toMatchObject({ decidedBy: 'operator', refundAmount: false });
});

test.each(['RELEASE', 'REFUND', 'HOLD'] as const)(
  'a hold asked for in time turns %s into a review',
  (disposition) => {
    const current = new PaymentCase(samplePayment());
    say(current, 'hold', { operator: 'customer block' });
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
    name: fc.constantFrom(...operatorMessages.map(({ name }) => name)),
    input: anything,
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 15 }),
      fc.constantFrom('blocked', 'held', 'refunding', 'refundFailed', 'released'),
      (steps, status) => {
        const current = new PaymentCase(samplePayment());
        current.status = status;
        for (const { name, input } of steps) say(current, name, input);
        const { messages } = current.view();
        expect(messages).toHaveLength(steps.length);
        const taken = messages.filter(({ name, outcome }) => name === 'unblock' && outcome === 'accepted');
        expect(taken.length).toBeLessThanOrEqual(status === 'blocked' || status === 'held' ? 1 : 0);
        expect(current.unblock !== undefined).toBe(taken.length === 1);
        const aboutTheRefund = messages.filter(
          ({ name, outcome }) => name.includes('Refund') && outcome === 'accepted',
        );
        expect(aboutTheRefund.length).toBeLessThanOrEqual(status === 'refundFailed' ? 1 : 0);
      },
    ),
  );
});

test('asking why a message would be refused changes nothing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...operatorMessages), fc.anything(), (message, input) => {
      const current = new PaymentCase(samplePayment());
      message.refusal(current, input, NOW);
      expect(current).toEqual(new PaymentCase(current.payment));
    }),
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
  expect(details).toContain(JSON.stringify(JSON.parse(UNBLOCK_EXAMPLE), undefined, 2));
  expect(details).not.toContain('Mallory');
});
