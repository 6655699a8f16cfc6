/** The caller is not identified, or may not use the service at all. */
export class NotAuthenticated extends Error {
  override readonly name = 'NotAuthenticated';
  readonly reason: 'none' | 'wrong' | 'ended' | 'inactive' | 'locked';

  constructor(reason: NotAuthenticated['reason']) {
    super(
      {
        none: 'no credentials were given',
        wrong: 'the credentials are wrong or have expired',
        ended: 'the session has ended: sign in again',
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

  /** @param roles of which a person would need one; undefined for a service account */
  constructor(scope: string, roles?: readonly string[]) {
    super(missing(scope, roles));
  }
}

function missing(scope: string, roles: readonly string[] | undefined): string {
  if (!roles) return `the scope ${scope} is missing`;
  if (roles.length === 0) return `${scope} is for service accounts, and no person has it`;
  return `${scope} needs the role ${roles.join(' or ')}`;
}

/** A person signs for another, or would: they are not allowed to. */
export class NotYourName extends Error {
  override readonly name = 'NotYourName';
}

/** A person has to prove anew who they are before they do this. */
export class StepUpNeeded extends Error {
  override readonly name = 'StepUpNeeded';

  constructor(message: string) {
    super(
      `${message} takes a fresh proof of who you are: sign in by "payment-block sign-in --step-up" and send it within five minutes`,
    );
  }
}
