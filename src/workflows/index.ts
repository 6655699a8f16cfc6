export { customerBlock } from './customer-block.ts';
export { deliverNotifications } from './deliver-notifications.ts';
export { paymentLifecycle } from './payment-lifecycle.ts';
export { refundCheck } from './refund-check.ts';
