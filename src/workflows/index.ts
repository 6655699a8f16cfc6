export { checkConsistency } from './check-consistency.ts';
export { customerBlock } from './customer-block.ts';
export { deliverNotifications } from './deliver-notifications.ts';
export { paymentLifecycle } from './payment-lifecycle.ts';
export { reconcile } from './reconcile.ts';
export { refundCheck } from './refund-check.ts';
