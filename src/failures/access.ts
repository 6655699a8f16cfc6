/** The caller is not identified, or may not use the service at all. */
export class NotAuthenticated extends Error {
  override readonly name = 'NotAuthenticated';
  readonly reason: 'none' | 'wrong' | 'inactive' | 'locked';

  constructor(reason: NotAuthenticated['reason']) {
    super(
      {
        none: 'no credentials were given',
        wrong: 'the credentials are wrong or have expired',
        inactive: 'the user is inactive',
        locked: 'the user is locked',
      }[reason],
    );
    this.reason = reason;
  }
}

/** Too many passwords were tried, or wait to be checked: this one was not. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('there are too many attempts to sign in');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The caller is known, and not allowed this call. */
export class ScopeMissing extends Error {
  override readonly name = 'ScopeMissing';

  constructor(scope: string) {
    super(`the scope ${scope} is missing`);
  }
}
