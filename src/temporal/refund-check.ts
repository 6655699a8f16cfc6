/** The workflow type, as operators see it. */
export const REFUND_CHECK = 'refundCheck';
