import { BY, parserOfSignature } from './message.ts';

export const UNBLOCK_CUSTOMER_EXAMPLE = `{${BY}, "reason": "identity confirmed"}`;

/** Reads what came with a customer's `unblock`. */
export const parseUnblockCustomer = parserOfSignature(UNBLOCK_CUSTOMER_EXAMPLE);
