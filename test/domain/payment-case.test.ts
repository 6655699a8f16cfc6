import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PaymentCase } from '../../src/domain/payment-case.ts';
import { describePayment } from '../../src/domain/payment-details.ts';
import { operatorMessages } from '../../src/domain/operator-messages.ts';
import {
  EXAMPLE_OPERATOR,
  parseConfirmUnblock,
  UNBLOCK_EXAMPLE,
} from '../../src/domain/operator-commands.ts';
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

test('who has sent what cannot be taken is told where it can be read', () => {
  const current = new PaymentCase(samplePayment());
  say(current, 'unblock', { operator: 'ana' });
  say(current, 'unblock', JSON.parse(UNBLOCK_EXAMPLE));
  say(current, 'unblock', 'release');
  const told = current.view().messages.map(({ operator, outcome }) => `${operator} ${outcome}`);
  expect(told).toEqual(['ana refused', 'unknown refused', 'unknown refused']);
});

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
  current.decide('REFUND', ['declined'], NOW);
  expect(current.unblock).toMatchObject({ decidedBy: 'operator', refundAmount: false });
});

test.each(['RELEASE', 'REFUND', 'HOLD'] as const)(
  'a hold asked for in time turns %s into a review',
  (disposition) => {
    const current = new PaymentCase(samplePayment());
    say(current, 'hold', { operator: 'customer block' });
    current.decide(disposition, [], NOW);
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

test('where two must agree, nothing moves the money but a proposal that somebody else confirmed as it was stored', () => {
  const operator = fc.constantFrom('ana', ' ANA', 'A\u0301na', '\u00c1na', 'ben');
  const step = fc.oneof(
    fc.record({ name: fc.constant('unblock'), operator, refundAmount: fc.boolean() }),
    fc.record({ name: fc.constant('confirmUnblock'), operator, confirms: fc.constantFrom('h0', 'h1', 'h2') }),
    fc.record({ name: fc.constantFrom('hold', 'note', 'pauseReview'), operator, text: fc.constant('x') }),
    fc.record({ name: fc.constant('stored') }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const current = new PaymentCase(samplePayment());
      current.fourEyes = true;
      current.decide('HOLD', [], NOW);
      current.status = 'held';
      let stored = 0;
      for (const { name, ...input } of steps) {
        const proposed = current.proposal;
        if (name !== 'stored') say(current, name, input);
        else if (current.reviewCommand?.kind === 'proposeUnblock') {
          current.onProposed(current.reviewCommand, `h${stored}`);
          stored += 1;
          current.carriedOut(current.reviewCommand);
        } else if (current.reviewCommand) current.carriedOut(current.reviewCommand);
        if (!current.unblock) continue;
        const { operator: one, confirmedBy: other = one, refundAmount } = current.unblock;
        expect(input).toMatchObject({ confirms: proposed?.hash });
        expect({ operator: one, refundAmount }).toMatchObject({
          operator: proposed?.operator,
          refundAmount: proposed?.refundAmount,
        });
        expect(other.normalize('NFKC').trim().toLowerCase()).not.toBe(
          one.normalize('NFKC').trim().toLowerCase(),
        );
        return;
      }
    }),
  );
});

test('whoever says stop takes a proposal back, also one that is just being stored', () => {
  const current = new PaymentCase(samplePayment());
  current.fourEyes = true;
  current.decide('HOLD', [], NOW);
  current.status = 'held';
  const unblock = say(current, 'unblock', ana);
  const command = current.reviewCommand;
  if (command?.kind !== 'proposeUnblock') throw new Error('it is not proposed');
  expect(unblock.isDone(current)).toBe(false);
  say(current, 'hold', { operator: 'customer block' });
  current.onProposed(command, 'h');
  expect(current.proposal).toBeUndefined();
  expect(unblock.isDone(current)).toBe(true);
});

test('what operators were promised an answer to is answered when the review is over', () => {
  const current = new PaymentCase(samplePayment());
  current.status = 'held';
  const extend = say(current, 'extendReview', { hours: 1, operator: 'ana' });
  const pause = say(current, 'pauseReview', { operator: 'ana' });
  say(current, 'unblock', ben);
  expect([extend.isDone(current), pause.isDone(current)]).toEqual([false, false]);
  current.leaveReview();
  expect([extend.isDone(current), pause.isDone(current)]).toEqual([true, true]);
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
  current.decide('HOLD', ['cards-per-ip: 6 cards from one IP'], NOW);
  current.status = 'held';
  current.reviewDueAt = NOW;
  const details = describePayment(current.view());
  expect(details).toContain('cards-per-ip: 6 cards from one IP');
  expect(details).toContain('Decide until 2026-01-01 00:00:00:');
  expect(details).toContain(JSON.stringify(JSON.parse(UNBLOCK_EXAMPLE), undefined, 2));
  expect(details).not.toContain('Mallory');
});

test('the details of a proposed unblock have what somebody else pastes to confirm it, and what happened in its order', () => {
  const current = new PaymentCase(samplePayment());
  current.happened(NOW - 2000, 'blocked');
  current.fourEyes = true;
  current.decide('HOLD', [], NOW - 1000);
  current.status = 'held';
  current.see(NOW - 500);
  say(current, 'assign', { assignee: 'ben\n# not a headline', operator: 'ana' });
  say(current, 'unblock', { ...ana, reason: 'fraud' });
  if (current.reviewCommand?.kind === 'proposeUnblock') current.onProposed(current.reviewCommand, 'abc123');
  say(current, 'confirmUnblock', { confirms: 'abc123', operator: 'ana' });
  const details = describePayment(current.view());
  expect(details).toContain('**ana proposes to refund it to the payment option** (fraud)');
  const [shown = ''] = /^\{\n +"confirms".*?^\}$/ms.exec(details) ?? [];
  const pasted = JSON.parse(shown.replace(EXAMPLE_OPERATOR, 'ben'));
  expect(parseConfirmUnblock(pasted)).toMatchObject({ ok: true, value: { confirms: 'abc123' } });
  expect(details).toMatch(/blocked\n.*the rules: HOLD\n.*held\n.*`assign` by ana.*\n.*`unblock` by ana/);
  expect(details).toMatch(/Refused:\n\n- .*`confirmUnblock` by ana: ana has proposed it/);
  expect(details).not.toMatch(/^# not a headline/m);
  expect(details).not.toContain(current.payment.paymentOption.token);
});
