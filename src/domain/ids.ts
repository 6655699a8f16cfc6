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

/**
 * One open run per payment, and one for ever unless its refund is reversed: starting it again is refused by Temporal,
 * so a repeated call starts nothing twice.
 */
export function paymentWorkflowId({ subscriberId, uniqueReference }: PaymentRef): string {
  return `payment:${subscriberId}:${uniqueReference}`;
}

/** The path of a payment's case at the desk, which is its subscriber's. */
export function casePath(uniqueReference: string): string {
  return `/reviews/payment/${encodeURIComponent(uniqueReference)}`;
}

/** The path of the open tasks at the desk. */
export const TASKS_PATH = '/reviews/tasks';

/** The path of a customer's page at the desk, which is their subscriber's. */
export function customerPath(customerUuid: string): string {
  return `/reviews/customer/${encodeURIComponent(customerUuid)}`;
}

/** The payment that a run is the life of; undefined for a run of another kind. */
export function paymentOfWorkflowId(workflowId: string): PaymentRef | undefined {
  const [, subscriberId, uniqueReference] = /^payment:([^:]+):(.+)$/s.exec(workflowId) ?? [];
  if (subscriberId === undefined || uniqueReference === undefined) return undefined;
  return { subscriberId, uniqueReference };
}

/** One open run per payment: looks whether the gateway has taken a refund back after the payment's end. */
export function refundCheckWorkflowId({ subscriberId, uniqueReference }: PaymentRef): string {
  return `refund-check:${subscriberId}:${uniqueReference}`;
}

/** One open run per blocked customer; a later block after an unblock is a new run under the same id. */
export function customerBlockWorkflowId({ subscriberId, customerUuid }: CustomerRef): string {
  return `customer-block:${subscriberId}:${customerUuid}`;
}
