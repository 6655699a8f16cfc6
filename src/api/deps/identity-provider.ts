import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { z } from 'zod';
import { problemOfName } from '../../domain/people.ts';
import { membershipOf } from '../../domain/roles.ts';
import type { Person } from '../../store/accounts/people.ts';

export interface IdentityProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where people reach this API, without a path: the provider sends them back there. */
  readonly publicUrl: string;
}

/** What a browser keeps between its way to the provider and its way back. */
export interface SignInChecks {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The provider cannot be reached, or does not vouch for who came back. The text is for the person. */
export class SignInFailed extends Error {
  override readonly name = 'SignInFailed';
}

/** The path that the provider sends people back to. */
export const CALLBACK_PATH = '/reviews/sign-in/callback';

const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  preferred_username: z.string(),
  groups: z.array(z.string()).default([]),
});

/**
 * The log-in provider of the people who decide (OpenID Connect Core 1.0, section 3.1: code flow, with PKCE, RFC 7636). It is
 * looked up at the first sign-in, and again after one that failed: the API starts without it.
 */
export class IdentityProvider {
  private readonly settings: IdentityProviderSettings;
  private known: Promise<Configuration> | undefined;

  constructor(settings: IdentityProviderSettings) {
    this.settings = settings;
  }

  /** Where to send a person who wants to sign in. @throws SignInFailed where the provider cannot be reached */
  async begin(): Promise<{ readonly url: URL; readonly checks: SignInChecks }> {
    const provider = await this.provider();
    const checks = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    const url = buildAuthorizationUrl(provider, {
      redirect_uri: this.callback().href,
      scope: 'openid profile groups',
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
    });
    return { url, checks };
  }

  /**
   * Who has come back from the provider.
   * @param query what the provider sent along, as it is in the address
   * @throws SignInFailed where the provider does not vouch for them, or their name is none to sign with
   */
  async finish(query: string, { state, nonce, verifier }: SignInChecks): Promise<Person> {
    const address = this.callback();
    address.search = query;
    const provider = await this.provider();
    const tokens = await authorizationCodeGrant(provider, address, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    }).catch((cause: unknown) => {
      throw new SignInFailed('The log-in provider has not confirmed who you are: sign in again.', { cause });
    });
    const read = claims.safeParse(tokens.claims());
    if (!read.success)
      throw new SignInFailed(
        'The log-in provider does not say your name (claim preferred_username): ask its administrator.',
        { cause: read.error },
      );
    const { iss, sub, preferred_username: name, groups } = read.data;
    const problem = problemOfName(name);
    if (problem !== undefined) throw new SignInFailed(`Your name cannot be signed with: it ${problem}.`);
    const memberships = groups.flatMap((group) => membershipOf(group) ?? []);
    return { issuer: iss, subject: sub, name, memberships };
  }

  private callback(): URL {
    return new URL(CALLBACK_PATH, this.settings.publicUrl);
  }

  private provider(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    // Plain http only where nobody is in between.
    const isLocal = new URL(issuer).hostname === '127.0.0.1';
    this.known ??= discovery(new URL(issuer), clientId, clientSecret, undefined, {
      execute: isLocal ? [allowInsecureRequests] : [],
      timeout: 10,
    }).catch((cause: unknown) => {
      this.known = undefined;
      throw new SignInFailed(`The log-in provider at ${issuer} does not answer: try again in a minute.`, {
        cause,
      });
    });
    return this.known;
  }
}
