import { createHmac, randomBytes } from 'node:crypto';
import { type Attempt, SignInGuard } from './sign-in-guard.ts';

const REMEMBERED_MS = 5 * 60_000;
const MOST_REMEMBERED = 1_000;

/**
 * Checks passwords against their hashes, and remembers for five minutes which ones were right: scrypt takes some
 * 50 ms, and the rules call, made with Basic credentials every time, sits in a shopper's checkout. What is remembered
 * belongs to one hash, so a changed password is asked for at once; wrong passwords are never remembered.
 */
export class PasswordCheck {
  private readonly key = randomBytes(32);
  private readonly guard = new SignInGuard();
  private readonly remembered = new Map<
    string,
    { readonly until: number; readonly matches: Promise<boolean> }
  >();

  /** @throws NotAuthenticated `locked`, TooManyAttempts (SignInGuard); never for a password that was right just now */
  async matches(attempt: Attempt, password: string, hash: string): Promise<boolean> {
    const digest = createHmac('sha256', this.key)
      .update(attempt.userId)
      .update('\0')
      .update(hash)
      .update('\0')
      .update(password)
      .digest('base64');
    const known = this.remembered.get(digest);
    // Also one that is still being checked: a burst of calls with the same credentials costs one scrypt.
    if (known && known.until > Date.now()) return known.matches;

    const matches = this.guard.check(attempt, password, hash);
    this.remember(digest, matches);
    let right = false;
    try {
      right = await matches;
    } finally {
      if (!right) this.remembered.delete(digest);
    }
    return right;
  }

  private remember(digest: string, matches: Promise<boolean>): void {
    this.remembered.delete(digest);
    this.remembered.set(digest, { until: Date.now() + REMEMBERED_MS, matches });
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > MOST_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
  }
}
