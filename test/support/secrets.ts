/** The secrets that rigs, programs and tests are started with: of the least length that is taken, and all different. */
export const SECRETS = {
  TOKEN_SECRET: 'a secret of at least thirty-two characters',
  FINGERPRINT_SECRET: 'another secret of at least thirty-two characters',
  SECRETS_KEY: 'a third secret of at least thirty-two characters',
};
