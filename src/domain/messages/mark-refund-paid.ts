import { define, aboutTheRefund } from './define.ts';
import { EXAMPLE_REFERENCE, readGatewayReference } from './gateway-reference.ts';
import { BY, type Parsed, readSigned } from './message.ts';
import type { RefundCommand } from '../commands.ts';

export const MARK_REFUND_PAID_EXAMPLE = `{"gatewayReference": "${EXAMPLE_REFERENCE}", ${BY}, "reason": "seen in the gateway's books"}`;

/** Reads what came with `markRefundPaid`: it is paid, under this reference of the gateway's. */
export function parseMarkRefundPaid(input: unknown): Parsed<RefundCommand> {
  return readSigned(input, MARK_REFUND_PAID_EXAMPLE, (field, signed) => {
    const reference = readGatewayReference(field('gatewayReference'), MARK_REFUND_PAID_EXAMPLE, {
      missing: "gatewayReference is missing: the gateway's own reference for the refund",
      isExample: "gatewayReference is still the example: put the gateway's own reference in",
    });
    if (!reference.ok) return reference;
    return { ok: true, value: { kind: 'markRefundPaid', gatewayReference: reference.value, ...signed } };
  });
}

export const markRefundPaid = define({
  name: 'markRefundPaid',
  effect: 'A refund that needs a person: it is paid, under this reference of the gateway',
  fields: [
    {
      name: 'gatewayReference',
      kind: 'text',
      isRequired: true,
      description: "the gateway's own reference for it",
    },
  ],
  example: MARK_REFUND_PAID_EXAMPLE,
  parse: parseMarkRefundPaid,
  ...aboutTheRefund,
});
