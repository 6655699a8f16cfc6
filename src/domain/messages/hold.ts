import { define, isJournalRecorded } from './define.ts';
import type { SignedMessage } from '../commands.ts';
import { BY, type Parsed, parserOfSignature } from './message.ts';

export const HOLD_EXAMPLE = `{${BY}, "reason": "waiting for the bank"}`;

/** What the block of a customer sends to the payments under way; its name is no person's. */
export const HOLD_BY_CUSTOMER_BLOCK: SignedMessage = {
  operator: 'customer block',
  reason: 'the customer or the card was blocked',
};

const parseSigned = parserOfSignature(HOLD_EXAMPLE);

function parseHold(input: unknown): Parsed<SignedMessage> {
  const isOurs =
    typeof input === 'object' &&
    input !== null &&
    'operator' in input &&
    input.operator === HOLD_BY_CUSTOMER_BLOCK.operator;
  return isOurs ? { ok: true, value: HOLD_BY_CUSTOMER_BLOCK } : parseSigned(input);
}

/** Keeps the money for review, whatever the rules say. */
export const hold = define({
  name: 'hold',
  effect: 'Keep for review, and take back a proposed unblock',
  example: HOLD_EXAMPLE,
  parse: parseHold,
  refusal: (current) => current.decisions.refusalOfHold(current.status),
  accept: (current, command) => current.decisions.onHold(command),
  earlyReason: ({ operator }) => `review asked for by ${operator}`,
  part: 'journal',
  isDone: isJournalRecorded,
});
