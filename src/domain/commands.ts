import type { Known, KnownActor } from './people.ts';

/** What every operator's message carries. */
export interface SignedMessage {
  /** Who says so. The Temporal UI sends no identity, so it is part of the message. */
  readonly operator: string;
  readonly reason: string;
  /**
   * How it is known that the operator says so; typed by a caller of Temporal where it is left out. A client that vouches for
   * senders sends it as an assertion, and the run reads it from there: what a message says of itself does not count.
   */
  readonly known?: Known;
}

/** Who says so, for the audit. */
export function signerOf({ operator: name, known = TYPED }: SignedMessage): KnownActor {
  return { name, known };
}

const TYPED: Known = { by: 'typed', door: 'temporal' };

/** Let the money go: back to the payment option (refundAmount true) or on to the merchant (false). */
export interface UnblockCommand extends SignedMessage {
  readonly refundAmount: boolean;
  /** The call that carries it, where it came by the API. */
  readonly partnerReference?: string;
}

/** Carry out the unblock that another operator has proposed. */
export interface ConfirmUnblockCommand extends SignedMessage {
  /** The proposal's hash: it stands for all that the confirming operator saw. */
  readonly confirms: string;
}

/** Say who looks after the payment; without a name it is unassigned. */
export interface AssignCommand extends SignedMessage {
  readonly assignee?: string;
}

/** Something that the deciding operator should know. */
export interface NoteCommand extends SignedMessage {
  readonly text: string;
}

/** Move the end of the review. */
export interface ExtendReviewCommand extends SignedMessage {
  /** The new end of the review: ISO 8601, UTC. */
  readonly until: string;
}

/** Book a part of the money as gone another way. */
export interface BookElsewhereCommand extends SignedMessage {
  /** In the payment's currency, major units, as written. */
  readonly amount: string;
  /** What the gateway or the bank calls the movement. */
  readonly gatewayReference: string;
}

/** The same with the amount in minor units: what one operator proposes where two have to say so. */
export interface Booking extends BookElsewhereCommand {
  readonly amountMinor: number;
}

/** What an operator decides about a refund whose outcome is unknown. All but `retryRefund` may take a second one. */
export type RefundCommand = SignedMessage &
  (
    | { readonly kind: 'retryRefund' | 'giveUpRefund' }
    /** The gateway's own reference for the payment that a person has found. */
    | { readonly kind: 'markRefundPaid'; readonly gatewayReference: string }
  );

/** Such a decision as it is carried out. */
export type RefundSettlement = RefundCommand & Confirmed;

/** The second operator, where two had to say the same, and why. */
export interface Confirmed {
  readonly confirmedBy?: string;
  readonly confirmedKnown?: Known;
  readonly confirmReason?: string;
}

/** What is confirmed by the sender of this message. */
export function confirmationBy({ operator, known, reason }: SignedMessage): Confirmed {
  return { confirmedBy: operator, ...(known && { confirmedKnown: known }), confirmReason: reason };
}

/** The second operator of what is carried out, and nothing else of it; empty where one was enough. */
export function secondOf(carriedOut: Confirmed): Confirmed {
  const { confirmedBy: by, confirmedKnown: known, confirmReason: reason } = carriedOut;
  return by === undefined
    ? {}
    : {
        confirmedBy: by,
        ...(known && { confirmedKnown: known }),
        ...(reason !== undefined && { confirmReason: reason }),
      };
}
