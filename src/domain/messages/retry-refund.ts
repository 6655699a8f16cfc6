import { define, aboutTheRefund } from './define.ts';
import { BY, type Parsed, readSigned } from './message.ts';
import type { RefundCommand } from '../commands.ts';

export const RETRY_REFUND_EXAMPLE = `{${BY}, "reason": "the gateway is up again"}`;

/** Reads what came with `retryRefund`: ask the gateway again, with the same key. */
export function parseRetryRefund(input: unknown): Parsed<RefundCommand> {
  return readSigned(input, RETRY_REFUND_EXAMPLE, (_field, signed) => ({
    ok: true,
    value: { kind: 'retryRefund', ...signed },
  }));
}

export const retryRefund = define({
  name: 'retryRefund',
  effect: 'A refund that needs a person: ask the gateway again, with the same key',
  example: RETRY_REFUND_EXAMPLE,
  parse: parseRetryRefund,
  ...aboutTheRefund,
});
