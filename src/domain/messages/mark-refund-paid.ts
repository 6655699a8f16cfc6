import { isLongerThan } from '../text.ts';
import { define, aboutTheRefund } from './define.ts';
import { BY, type Parsed, readSigned, readText, refuse } from './message.ts';
import type { RefundCommand } from '../commands.ts';

/** Stands in examples where the gateway's reference goes, and is refused. */
const EXAMPLE_REFERENCE = 'its reference there';
const LONGEST_REFERENCE = 255;

export const MARK_REFUND_PAID_EXAMPLE = `{"gatewayReference": "${EXAMPLE_REFERENCE}", ${BY}, "reason": "seen in the gateway's books"}`;

/** Reads what came with `markRefundPaid`: it is paid, under this reference of the gateway's. */
export function parseMarkRefundPaid(input: unknown): Parsed<RefundCommand> {
  return readSigned(input, MARK_REFUND_PAID_EXAMPLE, (field, signed) => {
    const gatewayReference = readText(field('gatewayReference'));
    if (gatewayReference === undefined) {
      return refuse(
        "gatewayReference is missing: the gateway's own reference for the refund",
        MARK_REFUND_PAID_EXAMPLE,
      );
    }
    if (gatewayReference === EXAMPLE_REFERENCE)
      return refuse(
        "gatewayReference is still the example: put the gateway's own reference in",
        MARK_REFUND_PAID_EXAMPLE,
      );
    if (isLongerThan(gatewayReference, LONGEST_REFERENCE))
      return refuse(
        `gatewayReference is longer than ${LONGEST_REFERENCE} characters`,
        MARK_REFUND_PAID_EXAMPLE,
      );
    return { ok: true, value: { kind: 'markRefundPaid', gatewayReference, ...signed } };
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
