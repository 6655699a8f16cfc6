/** The workflow type, as operators see it. */
export const CHECK_CONSISTENCY = 'checkConsistency';
