import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  configuredGateways,
  configuredWebhooks,
  readGatewaysFile,
} from '../../src/gateways/configured-gateways.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gateways-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(yaml: string) {
  const file = path.join(folder, 'gateways.yaml');
  writeFileSync(file, yaml);
  return readGatewaysFile(file);
}

const TWO = `
gateways:
  near: { adapter: sandbox, url: "http://127.0.0.1:1", keyLifetimeHours: 2, webhookSecretEnv: NEAR_SECRET }
  far: { adapter: sandbox, url: "http://127.0.0.1:2" }
subscribers: { acme: near, "*": far }
`;

test('each subscriber has the gateway that the file says, and all others the one for "*"', async () => {
  const gateways = await configuredGateways(await read(TWO), {});
  expect(gateways.of('acme')).toMatchObject({ name: 'near', abilities: { keyLifetimeMs: 2 * 3600_000 } });
  expect(gateways.of('another').name).toBe('far');
  expect(gateways.of('constructor').name).toBe('far');
});

test('a refund at a gateway that is no longer configured is told so', async () => {
  const gateways = await configuredGateways(await read(TWO), {});
  expect(() => gateways.named('gone')).toThrow('no gateway is called gone');
});

test('only a gateway with a secret takes messages, and a secret that is not set is named', async () => {
  const configuration = await read(TWO);
  const secret = `whsec_${Buffer.from('a secret').toString('base64')}`;
  expect([...(await configuredWebhooks(configuration, { NEAR_SECRET: secret })).keys()]).toEqual(['near']);
  await expect(configuredWebhooks(configuration, {})).rejects.toThrow(
    'gateways.near.webhookSecretEnv: the environment variable NEAR_SECRET is not set',
  );
});

test('Stripe has its key and its webhook secret from the environment, each where it is needed', async () => {
  const configuration = await read(`
gateways:
  stripe-eu: { adapter: stripe, apiKeyEnv: STRIPE_EU_API_KEY, webhookSecretEnv: STRIPE_EU_WEBHOOK_SECRET }
subscribers: { "*": stripe-eu }
`);
  expect((await configuredGateways(configuration, { STRIPE_EU_API_KEY: 'rk_test_1' })).of('acme').name).toBe(
    'stripe-eu',
  );
  await expect(configuredGateways(configuration, { STRIPE_EU_API_KEY: '' })).rejects.toThrow(
    'gateways.stripe-eu.apiKeyEnv: the environment variable STRIPE_EU_API_KEY is not set',
  );
  expect(
    (await configuredWebhooks(configuration, { STRIPE_EU_WEBHOOK_SECRET: 'whsec_1' })).has('stripe-eu'),
  ).toBe(true);
});

test('everything that is wrong in the file is told at once, by its field', async () => {
  const wrong = read(`
gateways:
  One: { adapter: sandbox, url: "http://127.0.0.1:1" }
  two: { adapter: paypal }
  three: { adapter: sandbox, url: nowhere, timeoutSeconds: 60, apiKey: sk_live_123 }
subscribers: { "*": 7 }
`);
  await expect(wrong).rejects.toThrow(/not right/);
  const text = await wrong.catch((error: unknown) => String(error));
  for (const field of [
    'One',
    'two.adapter',
    'three.url',
    'three.timeoutSeconds',
    'apiKey',
    'subscribers.*',
  ]) {
    expect(text).toContain(field);
  }
  expect(text).not.toContain('sk_live_123');
});

test('a subscriber whose gateway is not there, and a file for nobody else, are refused', async () => {
  const wrong = read(`
gateways: { one: { adapter: sandbox, url: "http://127.0.0.1:1" } }
subscribers: { acme: two }
`);
  await expect(wrong).rejects.toThrow('subscribers.acme: there is no gateway two');
  await expect(wrong).rejects.toThrow('subscribers.*: is missing');
});

test.each([
  ['that is not there', () => readGatewaysFile(path.join(folder, 'nothing.yaml'))],
  ['that is no YAML', () => read('gateways: [')],
  ['that is empty', () => read('')],
])('a file %s is named', async (_what, attempt) => {
  await expect(attempt()).rejects.toThrow(/gateways in .*\.yaml/);
});
