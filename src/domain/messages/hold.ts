import { define, isJournalRecorded } from './define.ts';
import { BY, parserOfSignature } from './message.ts';

export const HOLD_EXAMPLE = `{${BY}, "reason": "waiting for the bank"}`;

/** Keeps the money for review, whatever the rules say. */
export const hold = define({
  name: 'hold',
  effect: 'Keep for review, and take back a proposed unblock',
  example: HOLD_EXAMPLE,
  parse: parserOfSignature(HOLD_EXAMPLE),
  refusal: (current) => current.refusalOfHold(),
  accept: (current, command) => current.onHold(command),
  earlyReason: ({ operator }) => `review asked for by ${operator}`,
  part: 'journal',
  isDone: isJournalRecorded,
});
