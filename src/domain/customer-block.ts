import type { CustomerRef } from './ids.ts';

/** What a customer's block says; the body of block-customer, and when it ends by itself. */
export interface BlockCustomerRequest {
  readonly invoiceGUID?: string;
  readonly ccLastFour?: string;
  readonly ccType?: string;
  readonly cardHolder?: string;
  readonly onlinePayment: boolean;
  readonly sendBlockNotification: boolean;
  readonly threeDSAuthentication: boolean;
  /** ISO 8601, UTC; without it the block stays until an operator unblocks. */
  readonly expiresAt?: string;
  /** Who blocks: recorded in the audit. */
  readonly actor: string;
}

/** What became of a customer's block or unblock. */
export interface CustomerBlockView extends CustomerRef {
  readonly customerBlocked: boolean;
  readonly expiresAt?: string;
}
