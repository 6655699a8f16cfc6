import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { BlockCustomerRequest, CustomerBlockView } from '../domain/customer-block.ts';

/** The workflow type, as operators see it. */
export const CUSTOMER_BLOCK = 'customerBlock';

/** Bars the customer from online payment, or adds card details to a block; answers once that is stored. */
export const blockUpdate = defineUpdate<CustomerBlockView, [BlockCustomerRequest]>('block');

/** Ends the block. Input: {operator, reason} as JSON, read with parseUnblockCustomer. */
export const unblockCustomerUpdate = defineUpdate<CustomerBlockView, [unknown]>('unblock');
export const unblockCustomerSignal = defineSignal<[unknown]>('unblock');

/** Whether the customer is blocked, and until when. */
export const customerBlockQuery = defineQuery<CustomerBlockView>('customerBlock');
