/** What names a payment for ever: its service subscriber and the subscriber's own reference for it. */
export interface PaymentRef {
  readonly subscriberId: string;
  /** At most 36 characters (unblock-amount, "uniqueReference"). */
  readonly uniqueReference: string;
}

/** What names a customer for ever. */
export interface CustomerRef {
  readonly subscriberId: string;
  readonly customerUuid: string;
}

/** One run per payment for ever: starting it again is refused by Temporal, so a repeated call starts nothing twice. */
export function paymentWorkflowId({ subscriberId, uniqueReference }: PaymentRef): string {
  return `payment:${subscriberId}:${uniqueReference}`;
}

/** The payment that a run is the life of; undefined for a run of another kind. */
export function paymentOfWorkflowId(workflowId: string): PaymentRef | undefined {
  const [, subscriberId, uniqueReference] = /^payment:([^:]+):(.+)$/s.exec(workflowId) ?? [];
  if (subscriberId === undefined || uniqueReference === undefined) return undefined;
  return { subscriberId, uniqueReference };
}

/** One open run per blocked customer; a later block after an unblock is a new run under the same id. */
export function customerBlockWorkflowId({ subscriberId, customerUuid }: CustomerRef): string {
  return `customer-block:${subscriberId}:${customerUuid}`;
}
