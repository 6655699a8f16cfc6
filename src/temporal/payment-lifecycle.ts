import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { PaymentState, PaymentView } from '../domain/payment.ts';

/** The workflow type, as operators see it. */
export const PAYMENT_LIFECYCLE = 'paymentLifecycle';

/** Waits for the rules (or an earlier operator) to have decided; answers where the payment then stands. */
export const decisionUpdate = defineUpdate<PaymentState>('decision');

/**
 * Lets the money go, to the payment option or to the merchant. As an Update it answers once a release is on record or a
 * refund has begun under its reference, and is rejected readably; as a Signal it is what the Temporal UI's users know.
 * Input: an UnblockCommand as JSON, not trusted: the lifecycle reads it with parseUnblock.
 */
export const unblockUpdate = defineUpdate<PaymentState, [unknown]>('unblock');

/** Carries out the unblock that another operator has proposed. Input: a ConfirmUnblockCommand as JSON. */
export const confirmUnblockUpdate = defineUpdate<PaymentState, [unknown]>('confirmUnblock');

/** Sends the payment to review whatever the rules say. Input: a HoldCommand as JSON. */
export const holdSignal = defineSignal<[unknown]>('hold');

/** Moves the end of the review. Input: an ExtendReviewCommand as JSON, or hours instead of until. */
export const extendReviewSignal = defineSignal<[unknown]>('extendReview');

/**
 * The refund may have changed at the gateway: have it looked up now. A hint carries nothing, for nothing that it could
 * say would be believed.
 */
export const refundChangedSignal = defineSignal('refundChanged');

/** Where the payment stands. */
export const paymentQuery = defineQuery<PaymentView>('payment');
