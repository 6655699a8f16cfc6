import { define, aboutTheRefund } from './define.ts';
import { BY, type Parsed, readSigned } from './message.ts';
import type { RefundCommand } from '../commands.ts';

export const GIVE_UP_REFUND_EXAMPLE = `{${BY}, "reason": "the gateway says it never came"}`;

/** Reads what came with `giveUpRefund`: it is not paid and will not be; the money goes back to the blocked balance. */
export function parseGiveUpRefund(input: unknown): Parsed<RefundCommand> {
  return readSigned(input, GIVE_UP_REFUND_EXAMPLE, (_field, signed) => ({
    ok: true,
    value: { kind: 'giveUpRefund', ...signed },
  }));
}

export const giveUpRefund = define({
  name: 'giveUpRefund',
  effect: 'A refund that needs a person: it is not paid; the payment goes back to review',
  example: GIVE_UP_REFUND_EXAMPLE,
  parse: parseGiveUpRefund,
  ...aboutTheRefund,
});
