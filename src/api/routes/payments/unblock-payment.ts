import { MessageRefused, type UnblockCommand } from '../../../client/index.ts';
import { canBeUnblocked, type UnblockProposal } from '../../../domain/payment.ts';
import {
  type Claim,
  type PartnerRequest,
  releasePartnerReference,
  unblockUnder,
} from '../../../store/payments/partner-requests.ts';
import { paymentByReference, type StoredPayment } from '../../../store/payments/payment-record.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { wrongStatus } from '../../../wire/response-codes.ts';

/** What an unblock came to. */
export interface Unblocked {
  readonly refundReference: string | null;
  /** What another operator has to confirm before anything moves. */
  readonly proposal?: UnblockProposal;
}

/**
 * Has a payment unblocked through its lifecycle.
 * @param call its key is given back if it is refused, so that a corrected call may use it
 * @param claim distinguishes the call from an earlier one under its key, whose outcome Temporal still has
 * @returns the refund that has begun; null where the payment was released, or where another operator has to confirm the
 *   call, with what is proposed
 * @throws Refusal 0015 if the payment cannot be unblocked, or another call was faster
 * @throws LifecycleUnavailable, PaymentNotFound
 */
export async function unblockPayment(
  { pool, client }: Pick<RouteDeps, 'pool' | 'client'>,
  payment: StoredPayment,
  call: PartnerRequest,
  claim: Claim,
  decision: Omit<UnblockCommand, 'partnerReference'>,
): Promise<Unblocked> {
  const { partnerReference } = call;
  try {
    // The record is enough to say no, and outlives the run.
    if (!canBeUnblocked(payment.status)) {
      throw new MessageRefused(`the payment is ${payment.status} and cannot be unblocked`);
    }
    const command = { ...decision, partnerReference };
    const { status, refundReference, proposal } = await client.unblockPayment(
      payment,
      command,
      claim.claimedAt,
    );
    if (status === 'held' && proposal) {
      const isOpen =
        claim.key === 'first' || (await client.payment(payment)).proposal?.hash === proposal.hash;
      if (!isOpen) throw new MessageRefused('what it proposed was taken back, or replaced');
      return { refundReference: null, proposal };
    }
    if (status === 'released') return { refundReference: null };
    if (status === 'refunding' && refundReference !== undefined) {
      if (claim.key === 'repeated' && (await isGivenUp(client, payment, refundReference)))
        throw new MessageRefused('the refund could not be begun, and the payment is back in review');
      return { refundReference };
    }
    throw new Error(`payment ${payment.uniqueReference} was unblocked, and is ${status}`);
  } catch (error) {
    // It may have been carried out all the same, by this call or by its twin: the record knows.
    const unblocked = await unblockUnder(pool, call, partnerReference);
    if (unblocked) return unblocked;
    if (error instanceof MessageRefused) {
      await releasePartnerReference(pool, call, claim);
      throw wrongStatus(error.message);
    }
    // Another call may have been faster. The key stays taken: Temporal may still hold the message.
    const now = await paymentByReference(pool, payment);
    if (now && !canBeUnblocked(now.status)) throw wrongStatus(`the payment is ${now.status}`);
    throw error;
  }
}

/** Whether a refund that an earlier call has begun was given up before it was on record: Temporal has that call's outcome. */
async function isGivenUp(
  client: RouteDeps['client'],
  payment: StoredPayment,
  refundReference: string,
): Promise<boolean> {
  const now = await client.payment(payment);
  return now.status === 'held' && now.refundReference !== refundReference;
}
