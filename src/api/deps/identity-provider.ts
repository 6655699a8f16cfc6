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
import type { Authentication } from '../../store/accounts/sessions.ts';

export interface IdentityProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where people reach this API, without a path: the provider sends them back there. */
  readonly publicUrl: string;
  /** What the provider calls the strong sign-in (acr) that approvals take; without it they take none. */
  readonly stepUpAcr?: string | undefined;
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
  acr: z.string().exactOptional(),
  auth_time: z.number().exactOptional(),
});

/** A person whom the provider vouches for, and how they have proven who they are, where it says so. */
export interface Vouched {
  readonly person: Person;
  readonly authenticated?: Authentication;
}

/** For so many seconds a strong sign-in is a fresh one. */
const STEP_UP_SECONDS = 300;

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

  /** Whether approvals take a strong and fresh sign-in. */
  get takesStepUp(): boolean {
    return this.settings.stepUpAcr !== undefined;
  }

  /** Whether a person has proven who they are as approvals take it. */
  isSteppedUp(authenticated: Authentication | undefined): boolean {
    if (!authenticated || authenticated.acr !== this.settings.stepUpAcr) return false;
    return Date.now() - authenticated.at.getTime() < STEP_UP_SECONDS * 1000;
  }

  /**
   * Where to send a person who wants to sign in.
   * @param isStepUp whether they are to prove anew, and strongly, who they are
   * @throws SignInFailed where the provider cannot be reached, or does not offer that
   */
  async begin(isStepUp: boolean): Promise<{ readonly url: URL; readonly checks: SignInChecks }> {
    const provider = await this.provider();
    const strong = isStepUp ? strongly(provider, this.settings.stepUpAcr) : {};
    const checks = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    const url = buildAuthorizationUrl(provider, {
      redirect_uri: this.callback().href,
      scope: 'openid profile groups',
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
      ...strong,
    });
    return { url, checks };
  }

  /**
   * Who has come back from the provider.
   * @param query what the provider sent along, as it is in the address
   * @param isStepUp whether they were sent there to prove strongly who they are
   * @throws SignInFailed where the provider does not vouch for them, or their name is none to sign with
   */
  async finish(query: string, { state, nonce, verifier }: SignInChecks, isStepUp: boolean): Promise<Vouched> {
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
    const { iss, sub, preferred_username: name, groups, acr, auth_time: seconds } = read.data;
    const problem = problemOfName(name);
    if (problem !== undefined) throw new SignInFailed(`Your name cannot be signed with: it ${problem}.`);
    const memberships = groups.flatMap((group) => membershipOf(group) ?? []);
    const person = { issuer: iss, subject: sub, name, memberships };
    const authenticated =
      acr === undefined || seconds === undefined ? undefined : { acr, at: new Date(seconds * 1000) };
    if (isStepUp && !this.isSteppedUp(authenticated))
      throw new SignInFailed(
        'The log-in provider has not confirmed anew, and strongly enough, who you are: go back and try again.',
      );
    return authenticated ? { person, authenticated } : { person };
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

/** What asks a provider for a strong and fresh sign-in. @throws SignInFailed where it offers none */
function strongly(provider: Configuration, acr: string | undefined): Record<string, string> {
  const offered = provider.serverMetadata().acr_values_supported;
  if (acr === undefined || offered?.includes(acr) === false)
    throw new SignInFailed(
      `The log-in provider offers no ${acr ?? 'strong sign-in'}: the administrator of this service corrects OIDC_STEP_UP_ACR.`,
    );
  return { acr_values: acr, prompt: 'login', max_age: String(STEP_UP_SECONDS) };
}
