import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfirmUnblock } from '../../src/domain/messages/confirm-unblock.ts';
import { UNBLOCK_EXAMPLE } from '../../src/domain/messages/unblock.ts';
import { EXAMPLE_OPERATOR } from '../../src/domain/people.ts';
import { operatorMessages } from '../../src/domain/messages/operator-messages.ts';
import { hasEnded, mayMove, type TakenIn, type UnblockDecision } from '../../src/domain/payment.ts';
import { PaymentCase } from '../../src/domain/payment-case.ts';
import { stateOf, viewOf } from '../../src/domain/payment-view.ts';
import { describePayment } from '../../src/temporal/payment-details.ts';
import { refundStatuses } from '../../src/domain/refund.ts';
import { samplePayment } from '../../tools/payments.ts';

const NOW = Date.UTC(2026, 0, 1);
const DUE = NOW + 3600_000;
const say = (current: PaymentCase, name: string, input: unknown) => {
  const message = operatorMessages.find((known) => known.name === name);
  if (!message) throw new Error(`there is no message ${name}`);
  message.take(current, input, NOW);
  return message;
};
const ana = { refundAmount: true, operator: 'ana' };
const ben = { refundAmount: false, operator: 'ben' };

const ruled = {
  ruled: 'HOLD',
  disposition: 'HOLD',
  reasons: [],
  terms: { deadlineAction: 'stayHeld', fourEyes: false },
  blockCustomer: false,
} as const;
const taken = {
  held: { ...ruled, status: 'held', clock: { due: DUE } },
  released: { ...ruled, disposition: 'RELEASE', status: 'released' },
  refunding: { ...ruled, disposition: 'REFUND', status: 'refunding', refundReference: 'R-1' },
} as const satisfies Readonly<Record<string, TakenIn>>;

function takenIn(as: TakenIn): PaymentCase {
  const current = new PaymentCase(samplePayment());
  current.takenIn(as, NOW - 1000);
  return current;
}

const held = () => takenIn(taken.held);
const heldForTwo = (reasons: readonly string[] = []) =>
  takenIn({ ...taken.held, reasons, terms: { ...ruled.terms, fourEyes: true } });
const refundFailed = () => {
  const current = takenIn(taken.refunding);
  current.refundRecorded({ status: 'FAILED', statusReason: 'no answer' }, NOW);
  return current;
};

/** A payment in every status after the rules have decided. */
const cases = {
  held,
  refunding: () => takenIn(taken.refunding),
  refundFailed,
  released: () => takenIn(taken.released),
} as const;

function throws(work: () => void): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}

/** The proposal that waits to be put on record. */
function waitingProposal(current: PaymentCase) {
  const command = current.review.nextCommand;
  if (command?.kind !== 'proposeUnblock') throw new Error('no unblock is proposed');
  return command;
}

test('who has sent what cannot be taken is told where it can be read', () => {
  const current = held();
  say(current, 'unblock', { operator: 'ana' });
  say(current, 'unblock', JSON.parse(UNBLOCK_EXAMPLE));
  say(current, 'unblock', 'release');
  const told = viewOf(current).messages.map(({ operator, outcome }) => `${operator} ${outcome}`);
  expect(told).toEqual(['ana refused', 'unknown refused', 'unknown refused']);
});

test('the first decision wins; the second is told who was faster', () => {
  const current = held();
  const unblock = say(current, 'unblock', ana);
  expect(unblock.refusal(current, ben, NOW)).toBe('the payment is already being refunded: decided by ana');
  say(current, 'unblock', ben);
  expect(current.decision).toMatchObject({ operator: 'ana', refundAmount: true });
  expect(viewOf(current).messages.map(({ operator, outcome }) => `${operator} ${outcome}`)).toEqual([
    'ana accepted',
    'ben refused',
  ]);
});

test('an unblock or a hold that is sent before the rules decide asks for a review; nothing else does', () => {
  const asked = operatorMessages.filter(
    ({ earlyReason }) => earlyReason({ ...ana, text: 'x', hours: 1, confirms: 'h' }, NOW) !== undefined,
  );
  expect(asked.map(({ name }) => name)).toEqual(['unblock', 'hold']);
  for (const { earlyReason } of asked) expect(earlyReason({ operator: '' }, NOW)).toBeUndefined();
});

test('the status only moves as the table of transitions says; a step that does not fit changes nothing', () => {
  const decided: UnblockDecision = { ...ana, reason: '', decidedBy: 'operator' };
  const terms = ruled.terms;
  const step = fc.oneof(
    fc.constantFrom(...Object.values(taken)).map((as) => (current: PaymentCase) => {
      if (!current.isTakenIn) current.takenIn(as, NOW);
    }),
    fc.constant((current: PaymentCase) => current.released(NOW)),
    fc.constant((current: PaymentCase) => current.startRefund('R-2', NOW)),
    fc.constant((current: PaymentCase) => {
      current.reopened('R-1', { statusReason: 'returned', terms, reasons: [] }, NOW);
    }),
    fc
      .constantFrom(...refundStatuses)
      .map((status) => (current: PaymentCase) => current.refundRecorded({ status, statusReason: '' }, NOW)),
    fc.constant((current: PaymentCase) => {
      if (current.review.isOn) say(current, 'unblock', decided);
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const current = new PaymentCase(samplePayment());
      for (const take of steps) {
        const before = current.status;
        const state = stateOf(current);
        const fits = !throws(() => take(current));
        const moved = current.status !== before;
        expect(moved && !mayMove(before, current.status)).toBe(false);
        expect(fits || JSON.stringify(stateOf(current)) === JSON.stringify(state)).toBe(true);
        expect(current.hasEnded).toBe(hasEnded(current.status));
      }
    }),
  );
});

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
      fc.constantFrom('held', 'refunding', 'refundFailed', 'released'),
      (steps, status) => {
        const current = cases[status]();
        const { decision } = current;
        for (const { name, input } of steps) say(current, name, input);
        const { messages } = viewOf(current);
        expect(messages).toHaveLength(steps.length);
        const unblocks = messages.filter(({ name, outcome }) => name === 'unblock' && outcome === 'accepted');
        expect(unblocks.length).toBeLessThanOrEqual(status === 'held' ? 1 : 0);
        const decidedBy = unblocks.length === 1 ? 'operator' : decision?.decidedBy;
        expect(current.decision?.decidedBy).toBe(decidedBy);
        const aboutTheRefund = messages.filter(
          ({ name, outcome }) => name.includes('Refund') && outcome === 'accepted',
        );
        expect(aboutTheRefund.length).toBeLessThanOrEqual(status === 'refundFailed' ? 1 : 0);
      },
    ),
  );
});

test('where two must agree, nothing moves the money but a proposal that another person confirmed as it was stored', () => {
  const operator = fc.constantFrom('ana', ' ANA', 'A\u0301na', '\u00c1na', 'ben');
  const step = fc.oneof(
    fc.record({ name: fc.constant('unblock'), operator, refundAmount: fc.boolean() }),
    fc.record({ name: fc.constant('confirmUnblock'), operator, confirms: fc.constantFrom('h0', 'h1', 'h2') }),
    fc.record({ name: fc.constantFrom('hold', 'note', 'pauseReview'), operator, text: fc.constant('x') }),
    fc.record({ name: fc.constant('stored') }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const current = heldForTwo();
      let stored = 0;
      for (const { name, ...input } of steps) {
        const { proposal: proposed } = stateOf(current);
        const command = current.review.nextCommand;
        if (name !== 'stored') say(current, name, input);
        else if (command) {
          if (command.kind === 'proposeUnblock') current.decisions.proposed(command, `h${stored++}`);
          current.review.done(command);
        }
        if (!current.decision) continue;
        const { operator: one, confirmedBy: other = one, refundAmount } = current.decision;
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

test('where two must agree, a part is booked only as two people have said it, and a stop takes back what one has', () => {
  const operator = fc.constantFrom('ana', ' ANA', 'a\u200dna', '\u0430na', 'ben');
  const step = fc.oneof(
    fc.record({
      name: fc.constant('bookElsewhere'),
      operator,
      amount: fc.constantFrom('1', '1.00', '2'),
      gatewayReference: fc.constantFrom('re_1', 're_2'),
    }),
    fc.record({ name: fc.constantFrom('hold', 'extendReview'), operator, hours: fc.constant(48) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const current = heldForTwo();
      current.review.askForTwo(true);
      for (const { name, ...input } of steps) {
        const { bookingProposed: proposed } = stateOf(current);
        say(current, name, input);
        expect(name === 'hold' && stateOf(current).bookingProposed !== undefined).toBe(false);
        const command = current.review.nextCommand;
        if (command) current.review.done(command);
        if (command?.kind !== 'bookElsewhere') continue;
        expect(command).toMatchObject({ ...proposed, confirmedBy: input.operator.trim() });
        expect([command.operator, command.confirmedBy].filter((each) => each === 'ben')).toHaveLength(1);
      }
    }),
  );
});

test('what was proposed while it took two is booked by its own operator alone once it does not', () => {
  const current = heldForTwo();
  const booking = { operator: 'ana', amount: '1', gatewayReference: 're_1' };
  current.review.askForTwo(true);
  say(current, 'bookElsewhere', booking);
  current.review.askForTwo(false);
  say(current, 'bookElsewhere', booking);
  expect(current.review.nextCommand).toMatchObject({ kind: 'bookElsewhere', operator: 'ana' });
  expect(current.review.nextCommand).not.toHaveProperty('confirmedBy');
  expect(stateOf(current)).not.toHaveProperty('bookingProposed');
});

test('where two must agree, they must in the next run too, from its first message on', () => {
  const [booking, outcome] = [heldForTwo(), refundFailed()];
  booking.review.askForTwo(true);
  outcome.refund.awaitPerson(true);
  const inNextRun = (current: PaymentCase) => new PaymentCase(current.payment, current.carry());
  const [nextBooking, nextOutcome] = [inNextRun(booking), inNextRun(outcome)];
  say(nextBooking, 'bookElsewhere', { operator: 'ana', amount: '1', gatewayReference: 're_1' });
  expect([nextBooking.review.nextCommand, nextBooking.review.proposedBooking?.operator]).toEqual([
    undefined,
    'ana',
  ]);
  say(nextOutcome, 'giveUpRefund', { operator: 'ana' });
  expect([nextOutcome.refund.command, nextOutcome.refund.proposed?.operator]).toEqual([undefined, 'ana']);
});

test('a stop takes a proposal back, also one that is just being stored', () => {
  const current = heldForTwo();
  const unblock = say(current, 'unblock', ana);
  const command = waitingProposal(current);
  expect(unblock.isDone(current)).toBe(false);
  say(current, 'hold', { operator: 'customer block' });
  current.decisions.proposed(command, 'h');
  expect(stateOf(current).proposal).toBeUndefined();
  expect(unblock.isDone(current)).toBe(true);
});

test('what operators were promised an answer to is answered when the review is over', () => {
  const current = held();
  const extend = say(current, 'extendReview', { hours: 1, operator: 'ana' });
  const pause = say(current, 'pauseReview', { operator: 'ana' });
  say(current, 'unblock', ben);
  expect([extend.isDone(current), pause.isDone(current)]).toEqual([false, false]);
  current.released(NOW);
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
  const current = takenIn({
    ...taken.held,
    reasons: ['cards-per-ip: 6 cards from one IP'],
    clock: { due: NOW },
  });
  const details = describePayment(viewOf(current));
  expect(details).toContain('cards-per-ip: 6 cards from one IP');
  expect(details).toContain('Decide until 2026-01-01 00:00:00:');
  expect(details).toContain(JSON.stringify(JSON.parse(UNBLOCK_EXAMPLE), undefined, 2));
  expect(details).not.toContain('Mallory');
});

test('the details of a proposed unblock have what another person pastes to confirm it, and what happened in its order', () => {
  const current = heldForTwo();
  say(current, 'assign', { assignee: 'ben\n# not a headline', operator: 'ana' });
  say(current, 'unblock', { ...ana, reason: 'fraud' });
  current.decisions.proposed(waitingProposal(current), 'abc123');
  say(current, 'confirmUnblock', { confirms: 'abc123', operator: 'ana' });
  const details = describePayment(viewOf(current));
  expect(details).toContain('**ana proposes to refund it to the payment option** (fraud)');
  const [shown = ''] = /^\{\n +"confirms".*?^\}$/ms.exec(details) ?? [];
  const pasted = JSON.parse(shown.replace(EXAMPLE_OPERATOR, 'ben'));
  expect(parseConfirmUnblock(pasted)).toMatchObject({ ok: true, value: { confirms: 'abc123' } });
  expect(details).toMatch(/blocked\n.*the rules: HOLD\n.*held\n.*`assign` by ana.*\n.*`unblock` by ana/);
  expect(details).toMatch(/Refused:\n\n- .*`confirmUnblock` by ana: ana has proposed it/);
  expect(details).not.toMatch(/^# not a headline/m);
  expect(details).not.toContain(current.payment.paymentOption.token);
});
