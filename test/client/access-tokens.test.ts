import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AccessTokens } from '../../src/client/access-tokens.ts';
import { SignInProvider } from '../support/sign-in-provider.ts';

const worker = {
  id: 'worker',
  secret: 'what the worker proves itself with',
  permissions: ['payments:write'],
};
let provider: SignInProvider;

beforeAll(async () => {
  provider = await SignInProvider.startFor({}, [worker], { tokenSeconds: 4 });
});
afterAll(() => provider.stop());

function environment(changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    TEMPORAL_TOKEN_URL: `${provider.issuer}/token`,
    TEMPORAL_CLIENT_ID: worker.id,
    TEMPORAL_CLIENT_SECRET: worker.secret,
    ...changes,
  };
}

test('a service gets a token that says who it is and what it may do', async () => {
  const token = await AccessTokens.fromEnvironment(environment())?.current();
  expect(decodeProtectedHeader(`${token}`)).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
  expect(decodeJwt(`${token}`)).toMatchObject({ sub: 'worker', permissions: ['payments:write'] });
});

test('a token is renewed while the one before still serves, and calls at the same time ask once', async () => {
  const tokens = AccessTokens.fromEnvironment(environment());
  const [first, again] = await Promise.all([tokens?.current(), tokens?.current()]);
  expect(again).toBe(first);
  await sleep(2_100);
  expect(await tokens?.current()).toBe(first);
  const second = await vi.waitFor(async () => {
    const token = await tokens?.current();
    expect(token).not.toBe(first);
    return token;
  });
  expect(decodeJwt(`${second}`).exp).toBeGreaterThan(Number(decodeJwt(`${first}`).exp));
});

test('a connection is handed each new token, also after the provider was away for a while', async () => {
  const port = Number(new URL(provider.issuer).port);
  const tokens = AccessTokens.fromEnvironment(environment());
  await tokens?.current();
  const handed: string[] = [];
  const failures: unknown[] = [];
  const stopping = new AbortController();
  const use = async (token: string) => void handed.push(token);
  const over = tokens?.handOn(use, { signal: stopping.signal, onFailure: (error) => failures.push(error) });
  await vi.waitFor(() => expect(handed.length).toBe(1), 5_000);
  await provider.stop();
  await vi.waitFor(() => expect(String(failures[0])).toContain('does not answer'), 8_000);
  provider = await SignInProvider.startFor({}, [worker], { port, tokenSeconds: 4 });
  await vi.waitFor(() => expect(handed.length).toBe(2), 8_000);
  stopping.abort();
  await over;
});

test('what is wrong with the settings, or refused, is said by the name of its variable', async () => {
  const read = (changes: NodeJS.ProcessEnv) => () => AccessTokens.fromEnvironment(environment(changes));
  expect(AccessTokens.fromEnvironment({})).toBeUndefined();
  expect(read({ TEMPORAL_CLIENT_SECRET: '' })).toThrow('TEMPORAL_CLIENT_SECRET is not');
  expect(read({ TEMPORAL_TOKEN_URL: 'token' })).toThrow('TEMPORAL_TOKEN_URL is "token"');
  expect(read({ TEMPORAL_TOKEN_URL: 'http://login.example/token' })).toThrow('has to be https');
  expect(read({ TEMPORAL_API_KEY: 'key' })).toThrow('TEMPORAL_API_KEY and TEMPORAL_TOKEN_URL');
  const wrong = AccessTokens.fromEnvironment(environment({ TEMPORAL_CLIENT_SECRET: 'another' }));
  await expect(wrong?.current()).rejects.toThrow(/refuses worker \(401\): check TEMPORAL_CLIENT_ID/);
});
