export { connectTemporal } from './connect.ts';
export {
  LifecycleUnavailable,
  MessageRefused,
  Overloaded,
  PaymentAlreadyBlocked,
  PaymentNotFound,
} from './errors.ts';
export type { SigningKey } from './sign-payment.ts';
export { PaymentBlockClient } from './payment-block-client.ts';
export type { BlockCustomerRequest, CustomerBlockView } from '../domain/customer-block.ts';
export type { CustomerRef, PaymentRef } from '../domain/ids.ts';
export type { Money } from '../domain/money.ts';
export type { ConfirmUnblockCommand } from '../domain/commands.ts';
export type { UnblockCommand } from '../domain/commands.ts';
export type {
  BlockedPayment,
  PaymentOption,
  PaymentState,
  PaymentStatus,
  PaymentView,
} from '../domain/payment.ts';
export type { MessageAnswer, OpenProposal } from '../domain/proposals.ts';
