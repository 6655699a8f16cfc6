/** What the local log-in provider calls a sign-in that was asked to be a strong one (OpenID Connect: acr). */
export const STEP_UP_ACR = 'step-up';
