export { customerBlock } from './customer-block.ts';
export { paymentLifecycle } from './payment-lifecycle.ts';
export { refundCheck } from './refund-check.ts';
export { checkConsistency, deliverNotifications, reconcile } from './scheduled.ts';
