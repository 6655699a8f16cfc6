import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { ServiceAccount } from '../../store/accounts/accounts.ts';
import { NotAuthenticated } from '../../failures/access.ts';

/** What a token says of its holder. */
export interface TokenClaims {
  readonly userId: string;
  readonly subscriberId: string;
  readonly scopes: ReadonlySet<string>;
  /** The password's mark when the token was issued. */
  readonly passwordMark: string;
}

const NAME = 'payment-block';
const ALGORITHM = 'HS256';
const claims = z.object({ sub: z.string(), subscriber: z.string(), scope: z.string(), password: z.string() });

/** An account whose password was right. */
export interface SignedInAccount extends ServiceAccount {
  /** Tells one password of an account from the next. */
  readonly passwordMark: string;
}

/** Where a token is taken: the API's and the review page's are not the same. */
export type Audience = 'api' | 'reviews';

/** Issues and reads the tokens of KontoCloud's "Issue Token": JWTs signed with our own secret. */
export class Tokens {
  private readonly secret: Uint8Array;
  private readonly lifetimeSeconds: number;

  constructor(secret: string, lifetimeSeconds: number) {
    this.secret = new TextEncoder().encode(secret);
    this.lifetimeSeconds = lifetimeSeconds;
  }

  async issue(account: SignedInAccount, audience: Audience): Promise<{ token: string; validUntil: Date }> {
    const now = Math.floor(Date.now() / 1000);
    const { subscriberId: subscriber, passwordMark: password } = account;
    const token = await new SignJWT({ subscriber, scope: account.scopes.join(' '), password })
      .setProtectedHeader({ alg: ALGORITHM })
      .setIssuer(NAME)
      .setAudience(`${NAME}/${audience}`)
      .setSubject(account.userId)
      .setIssuedAt(now)
      .setExpirationTime(now + this.lifetimeSeconds)
      .sign(this.secret);
    return { token, validUntil: new Date((now + this.lifetimeSeconds) * 1000) };
  }

  /** @throws NotAuthenticated if the token is not one of ours, was tampered with, or has expired */
  async read(token: string, audience: Audience): Promise<TokenClaims> {
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        issuer: NAME,
        audience: `${NAME}/${audience}`,
        algorithms: [ALGORITHM],
        requiredClaims: ['exp'],
      });
      const { sub, subscriber, scope, password } = claims.parse(payload);
      const scopes = new Set(scope.split(' '));
      return { userId: sub, subscriberId: subscriber, scopes, passwordMark: password };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError)
        throw new NotAuthenticated('wrong');
      throw error;
    }
  }
}
