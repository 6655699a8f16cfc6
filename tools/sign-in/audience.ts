/** What the local provider's tokens for Temporal are for: they count nowhere else, and no others count there. */
export const TEMPORAL_AUDIENCE = 'urn:payment-block:temporal';
