import { RateLimiterMemory } from 'rate-limiter-flexible';
import { NotAuthenticated, TooManyAttempts } from '../../failures/access.ts';
import { passwordMatches } from '../../store/accounts/accounts.ts';

const WINDOW_SECONDS = 15 * 60;
/** Wrong passwords for one user from one address within the window, after which that address is locked out of it. */
const WRONG_FOR_USER = 10;
/** Wrong passwords from one address, whatever the users. */
const WRONG_FROM_ADDRESS = 100;
/** Checks of a password that may run at once: each keeps one of Node's four threads busy for some 50 ms. */
const CHECKED_AT_ONCE = 2;
const MOST_WAITING = 50;
const BUSY_SECONDS = 1;

/** Who tries to sign in, and where from. */
export interface Attempt {
  readonly userId: string;
  readonly address: string;
}

/**
 * Checks passwords, a few at a time, and counts the wrong ones: by user and address, so that guessing locks the
 * guesser out and not the user, and by address. The counts are this process's own.
 */
export class SignInGuard {
  private readonly byUser = new RateLimiterMemory({ points: WRONG_FOR_USER, duration: WINDOW_SECONDS });
  private readonly byAddress = new RateLimiterMemory({
    points: WRONG_FROM_ADDRESS,
    duration: WINDOW_SECONDS,
  });
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /**
   * Whether the password is the hash's.
   * @throws NotAuthenticated `locked` where the address has guessed too often for this user; TooManyAttempts where it has
   *   guessed too often at all, or more passwords wait to be checked than can be within a second
   */
  async check({ userId, address }: Attempt, password: string, hash: string): Promise<boolean> {
    const pair = JSON.stringify([userId, address]);
    const [ofUser, ofAddress] = await Promise.all([this.byUser.get(pair), this.byAddress.get(address)]);
    if (ofAddress && ofAddress.consumedPoints >= WRONG_FROM_ADDRESS)
      throw new TooManyAttempts(Math.ceil(ofAddress.msBeforeNext / 1000));
    if (ofUser && ofUser.consumedPoints >= WRONG_FOR_USER) throw new NotAuthenticated('locked');
    const matches = await this.inTurn(() => passwordMatches(password, hash));
    if (!matches) await Promise.all([this.byUser.penalty(pair), this.byAddress.penalty(address)]);
    return matches;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= CHECKED_AT_ONCE) {
      if (this.waiting.length >= MOST_WAITING) throw new TooManyAttempts(BUSY_SECONDS);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
      this.waiting.shift()?.();
    }
  }
}
