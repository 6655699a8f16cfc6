import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { PaymentState, PaymentView } from '../domain/payment.ts';
import type { BlockCustomerRequest, CustomerBlockView } from '../domain/customer-block.ts';

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

/** The workflow type, as operators see it. */
export const CUSTOMER_BLOCK = 'customerBlock';

/** Bars the customer from online payment, or adds card details to a block; answers once that is stored. */
export const blockUpdate = defineUpdate<CustomerBlockView, [BlockCustomerRequest]>('block');

/** Ends the block. Input: {operator, reason} as JSON, read with parseUnblockCustomer. */
export const unblockCustomerUpdate = defineUpdate<CustomerBlockView, [object]>('unblock');
export const unblockCustomerSignal = defineSignal<[unknown]>('unblock');

/** Whether the customer is blocked, and until when. */
export const customerBlockQuery = defineQuery<CustomerBlockView>('customerBlock');

/** The workflow type, as operators see it. */
export const REFUND_CHECK = 'refundCheck';

/** The workflow type, as operators see it. */
export const RECONCILE = 'reconcile';

/** What to compare; left out: every gateway that has refunds on record, over the days that a refund may still change. */
export interface ReconcileRequest {
  readonly gateway?: string;
  /** ISO 8601, UTC; of refunds by when they were first sent. */
  readonly from?: string;
  /** Itself left out. */
  readonly to?: string;
}

/** How far a comparison with a gateway has come. */
export interface ReconcileProgress {
  readonly gateway: string;
  /** Refunds of its report that were read so far. */
  readonly reported: number;
}

/** The workflow type, as operators see it. */
export const CHECK_CONSISTENCY = 'checkConsistency';

/** The workflow type, as operators see it. */
export const DELIVER_NOTIFICATIONS = 'deliverNotifications';
