import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * What a run can be found by in the Temporal UI. For finding only, never for a decision: visibility is eventually
 * consistent and not encrypted, so nothing personal of a customer is in it.
 */
export const searchAttributes = {
  serviceSubscriber: defineSearchAttributeKey('ServiceSubscriber', 'KEYWORD'),
  paymentStatus: defineSearchAttributeKey('PaymentStatus', 'KEYWORD'),
  disposition: defineSearchAttributeKey('Disposition', 'KEYWORD'),
  customerUuid: defineSearchAttributeKey('CustomerUuid', 'KEYWORD'),
  invoiceGuid: defineSearchAttributeKey('InvoiceGuid', 'KEYWORD'),
  currency: defineSearchAttributeKey('Currency', 'KEYWORD'),
  amountMinor: defineSearchAttributeKey('AmountMinor', 'INT'),
  reviewDueAt: defineSearchAttributeKey('ReviewDueAt', 'DATETIME'),
  assignedTo: defineSearchAttributeKey('AssignedTo', 'KEYWORD'),
  refundStatus: defineSearchAttributeKey('RefundStatus', 'KEYWORD'),
  needsAttention: defineSearchAttributeKey('NeedsAttention', 'BOOL'),
};
