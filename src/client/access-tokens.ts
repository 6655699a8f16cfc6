import { setTimeout as sleep } from 'node:timers/promises';
import {
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrant,
  Configuration,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';

/** Where this process gets its tokens, and what it proves itself with there (RFC 6749, section 4.4). */
interface TokenSettings {
  readonly url: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the provider asks for beside, if it does. */
  readonly scope: string | undefined;
}

interface HeldToken {
  readonly value: string;
  readonly renewAt: number;
  readonly endsAt: number;
}

/** The provider is given so long for an answer. */
const PATIENCE_SECONDS = 5;
/** After a failure the provider is asked again no sooner. */
const RETRY_MS = 2_000;
/** Where the provider does not say how long a token lives. */
const ASSUMED_LIFE_SECONDS = 300;

/** There is no token: the provider cannot be reached, or refuses. The text is for the person who runs this. */
export class NoAccessToken extends Error {
  override readonly name = 'NoAccessToken';
  /** Whether the provider has refused, which asking again does not change. */
  readonly isRefused: boolean;

  constructor(message: string, { isRefused, cause }: { isRefused: boolean; cause: unknown }) {
    super(message, { cause });
    this.isRefused = isRefused;
  }
}

/**
 * The tokens by which this process proves itself to a Temporal that wants one, as a service of its own. One is renewed when half
 * of its life is over, while it still serves: a provider that is away for less than the other half is not noticed.
 */
export class AccessTokens {
  private readonly settings: TokenSettings;
  private readonly provider: Configuration;
  private held: HeldToken | undefined;
  private renewal: Promise<HeldToken> | undefined;

  private constructor(settings: TokenSettings) {
    const { url, clientId, clientSecret } = settings;
    this.settings = settings;
    this.provider = new Configuration(
      { issuer: url.origin, token_endpoint: url.href },
      clientId,
      {},
      ClientSecretBasic(clientSecret),
    );
    this.provider.timeout = PATIENCE_SECONDS;
    if (isLoopback(url)) allowInsecureRequests(this.provider);
  }

  /**
   * As TEMPORAL_TOKEN_URL, TEMPORAL_CLIENT_ID, TEMPORAL_CLIENT_SECRET and TEMPORAL_TOKEN_SCOPE say.
   * @returns undefined where no token URL is set
   * @throws Error that names the variable which is missing or wrong
   */
  static fromEnvironment(env: NodeJS.ProcessEnv): AccessTokens | undefined {
    const text = env['TEMPORAL_TOKEN_URL'];
    if (!text) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined) throw new Error(`TEMPORAL_TOKEN_URL is "${text}", which is no address.`);
    if (url.protocol !== 'https:' && !isLoopback(url))
      throw new Error(`TEMPORAL_TOKEN_URL is ${text}: a secret is sent there, so it has to be https.`);
    if (env['TEMPORAL_API_KEY'])
      throw new Error(
        'TEMPORAL_API_KEY and TEMPORAL_TOKEN_URL are both set: keep the one that Temporal wants.',
      );
    return new AccessTokens({
      url,
      clientId: required(env, 'TEMPORAL_CLIENT_ID'),
      clientSecret: required(env, 'TEMPORAL_CLIENT_SECRET'),
      scope: env['TEMPORAL_TOKEN_SCOPE'] || undefined,
    });
  }

  /** A token to use now. @throws NoAccessToken where there is none */
  async current(): Promise<string> {
    const now = Date.now();
    if (this.held === undefined || now >= this.held.endsAt) return (await this.renew()).value;
    // Beside the call, which the old one still serves; what fails is tried again.
    if (now >= this.held.renewAt) this.renew().catch(() => {});
    return this.held.value;
  }

  /** Hands on each new token, well before the end of the one before, until the signal is aborted. */
  async handOn(
    use: (token: string) => Promise<void>,
    { signal, onFailure }: { readonly signal: AbortSignal; readonly onFailure: (error: unknown) => void },
  ): Promise<void> {
    for (;;) {
      const wait = this.held === undefined ? RETRY_MS : Math.max(0, this.held.renewAt - Date.now());
      await sleep(wait, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      await this.renew()
        .then(({ value }) => use(value))
        .catch(onFailure);
    }
  }

  /** One request at a time serves all who wait. */
  private renew(): Promise<HeldToken> {
    this.renewal ??= this.fetch()
      .then((token) => (this.held = token))
      .catch((error: unknown) => {
        if (this.held !== undefined) this.held = { ...this.held, renewAt: Date.now() + RETRY_MS };
        throw error;
      })
      .finally(() => (this.renewal = undefined));
    return this.renewal;
  }

  private async fetch(): Promise<HeldToken> {
    const { url, clientId, scope } = this.settings;
    const asked = Date.now();
    try {
      const answer = await clientCredentialsGrant(this.provider, scope === undefined ? {} : { scope });
      const life = (answer.expires_in ?? ASSUMED_LIFE_SECONDS) * 1_000;
      return { value: answer.access_token, renewAt: asked + life / 2, endsAt: asked + life };
    } catch (cause) {
      const status = refusalIn(cause);
      const isRefused = status !== undefined;
      const why = isRefused
        ? `refuses ${clientId} (${status}): check TEMPORAL_CLIENT_ID and TEMPORAL_CLIENT_SECRET`
        : 'does not answer: check TEMPORAL_TOKEN_URL, and that the log-in provider runs';
      throw new NoAccessToken(`no token for Temporal: ${url.href} ${why}.`, { isRefused, cause });
    }
  }
}

/** The HTTP status with which the provider has refused; undefined where it has not. */
function refusalIn(cause: unknown): number | undefined {
  const hasAnswered = cause instanceof ResponseBodyError || cause instanceof WWWAuthenticateChallengeError;
  return hasAnswered && cause.status < 500 ? cause.status : undefined;
}

/** Nobody is in between there. */
function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`TEMPORAL_TOKEN_URL is set, and ${name} is not: both are needed for a token.`);
  return value;
}
