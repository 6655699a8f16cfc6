import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { PaymentState, PaymentView } from '../domain/payment.ts';

/** The workflow type, as operators see it. */
export const PAYMENT_LIFECYCLE = 'paymentLifecycle';

/** Waits for the rules (or an earlier operator) to have decided; answers where the payment then stands. */
export const decisionUpdate = defineUpdate<PaymentState>('decision');

/** Sends the payment to review whatever the rules say. Input: a SignedMessage as JSON. */
export const holdSignal = defineSignal<[unknown]>('hold');

/**
 * The refund may have changed at the gateway: have it looked up now. A hint carries nothing, for nothing that it could
 * say would be believed.
 */
export const refundChangedSignal = defineSignal('refundChanged');

/** Where the payment stands. */
export const paymentQuery = defineQuery<PaymentView>('payment');
