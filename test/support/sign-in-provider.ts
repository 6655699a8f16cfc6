import { z } from 'zod';
import type { SignInClients } from '../../tools/sign-in-provider.ts';
import { type CompiledProcess, startCompiled } from './compiled-process.ts';

/** A log-in provider in a process of its own, in which people have these groups. */
export class SignInProvider {
  readonly issuer: string;
  private readonly running: CompiledProcess;

  private constructor(running: CompiledProcess, port: number) {
    this.running = running;
    this.issuer = `http://127.0.0.1:${port}`;
  }

  static async start(
    people: Readonly<Record<string, readonly string[]>>,
    publicUrl: string,
  ): Promise<SignInProvider> {
    const callback = `${publicUrl}/reviews/sign-in/callback`;
    return SignInProvider.startFor(people, [{ id: 'payment-block', secret: CLIENT_SECRET, callback }]);
  }

  /** The same for other clients, services among them, whose tokens live for so many seconds. */
  static async startFor(
    people: Readonly<Record<string, readonly string[]>>,
    clients: SignInClients,
    { port = 0, tokenSeconds = 300 } = {},
  ): Promise<SignInProvider> {
    const running = await startCompiled('tools/sign-in-provider.ts', {
      SIGN_IN_PORT: String(port),
      CLIENTS: JSON.stringify(clients),
      PEOPLE: JSON.stringify(people),
      SERVICE_TOKEN_SECONDS: String(tokenSeconds),
    });
    return new SignInProvider(running, z.object({ port: z.number() }).parse(running.ready).port);
  }

  /**
   * What a browser does at the provider for a person: follows it from the address that the API sends it to.
   * @returns the address that the provider sends it back to, path and query
   */
  async signIn(authorization: string, person: string): Promise<string> {
    const cookies = new Map<string, string>();
    const go = async (address: string): Promise<string> => {
      const response = await fetch(address, {
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null)
        throw new Error(`the provider answers ${response.status}: ${await response.text()}`);
      return new URL(location, address).href;
    };
    const who = await go(authorization);
    let address = await go(`${who}?person=${encodeURIComponent(person)}`);
    while (address.startsWith(this.issuer)) address = await go(address);
    const { pathname, search } = new URL(address);
    return pathname + search;
  }

  async stop(): Promise<void> {
    await this.running.end();
  }
}

export const CLIENT_SECRET = 'what the API proves itself with at the provider';
