import type { UnblockCommand } from '../commands.ts';
import { isLongerThan, storable } from '../text.ts';
import { define } from './define.ts';
import { BY, type Parsed, readSigned, refuse } from './message.ts';

export const UNBLOCK_EXAMPLE = `{"refundAmount": true, ${BY}, "reason": "customer confirmed fraud"}`;

/** unblock-amount: String 64. */
const LONGEST_REFERENCE = 64;

/** Reads what came with `unblock`; letter case of the fields does not matter, `reason` may be left out. */
export function parseUnblock(input: unknown): Parsed<UnblockCommand> {
  return readSigned(input, UNBLOCK_EXAMPLE, (field, signed) => {
    const refundAmount = readBoolean(field('refundAmount'));
    if (refundAmount === undefined) {
      return refuse('refundAmount must be true (refund) or false (release to the merchant)', UNBLOCK_EXAMPLE);
    }
    const partnerReference = field('partnerReference');
    if (typeof partnerReference === 'string' && isLongerThan(partnerReference, LONGEST_REFERENCE))
      return refuse(`partnerReference is longer than ${LONGEST_REFERENCE} characters`, UNBLOCK_EXAMPLE);
    return {
      ok: true,
      value: {
        refundAmount,
        ...signed,
        ...(typeof partnerReference === 'string' ? { partnerReference: storable(partnerReference) } : {}),
      },
    };
  });
}

function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

export const unblock = define({
  name: 'unblock',
  effect: 'Refund (true) or release (false)',
  fields: [
    {
      name: 'refundAmount',
      kind: 'boolean',
      isRequired: true,
      description: 'back to the payment option, or on to the merchant',
      options: ['--refund', '--release'],
    },
  ],
  example: UNBLOCK_EXAMPLE,
  parse: parseUnblock,
  refusal: (current, { partnerReference }) => {
    const refused = current.decisions.refusalOfUnblock(current.status);
    const { unanswered } = current.refund;
    if (refused !== undefined || partnerReference === undefined || !unanswered) return refused;
    return `refund ${unanswered.reference} was given up without an answer of the gateway and may have been paid: two operators decide`;
  },
  accept: (current, command, now) => {
    // The gateway may know by now.
    if (current.refund.unanswered) current.refund.hint();
    const { callProposes = false } = current.reviewTerms;
    return current.decisions.onUnblock(command, now, current.needsFourEyes, callProposes);
  },
  earlyReason: ({ operator }) => `${operator} sent unblock before the rules had decided`,
  part: 'decision',
  isDone: (current) => current.decisions.isUnblockDone(current.status),
});
