import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { scopes } from '../../src/domain/scopes.ts';
import { upsertAccount } from '../../src/store/accounts/accounts.ts';
import { activateRuleSet, addRuleSet } from '../../src/store/rules/rule-sets.ts';
import { documentOf } from '../support/rule-documents.ts';
import { type CompiledProcess, startCompiled } from '../support/compiled-process.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { SECRETS } from '../support/secrets.ts';

const SERVER = 'src/api/server.ts';

let database: TestDatabase;
let env: Record<string, string>;
beforeAll(async () => {
  database = await testDatabase();
  env = {
    API_PORT: '0',
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    ...SECRETS,
  };
});
afterAll(() => database.drop());

function urlOf(server: CompiledProcess): string {
  return `http://127.0.0.1:${z.int().parse(server.ready['port'])}`;
}

describe('the API as a process', () => {
  test('serves while Temporal is down, logs each call without its credentials, and ends when asked to', async () => {
    const server = await startCompiled(SERVER, env);
    expect((await fetch(`${urlOf(server)}/health/ready`)).status).toBe(200);
    const headers = { authorization: 'Basic c2VjcmV0OnNlY3JldA==', 'x-auth-token': 'c2VjcmV0' };
    const answer = await fetch(`${urlOf(server)}/payment/1`, { headers });
    expect(answer.status).toBe(401);
    expect(await server.end()).toBe(0);
    expect(server.output()).toContain('"url":"/payment/1","status":401');
    expect(server.output()).not.toContain('c2VjcmV0');
  });

  test('decides by a rule set within five seconds of its activation elsewhere', async () => {
    const account = { userId: 'till', subscriberId: 'shop', scopes, status: 'active' } as const;
    await upsertAccount(database.pool, account, 'secret');
    const server = await startCompiled(SERVER, env);
    const decider = async (): Promise<string> => {
      const answer = await fetch(`${urlOf(server)}/payment/kpayment/v1/firePayislandRules`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from('till:secret').toString('base64')}` },
        // By an address that both rule sets mind.
        body: JSON.stringify({ invoiceGUID: 'i', onlinePayment: true, ipAddress: '192.0.2.1' }),
      });
      const { warnings } = z
        .object({ warnings: z.array(z.object({ warningDescription: z.string() })) })
        .parse(await answer.json());
      return warnings[0]?.warningDescription ?? 'nobody';
    };
    expect(await decider()).toMatch(/^rule set default/);
    const by = { actor: 'ana', reason: 'a test' };
    const { ruleSetId } = await addRuleSet(database.pool, 'shop', documentOf({ name: 'spring' }), by);
    await activateRuleSet(database.pool, 'shop', ruleSetId, { ...by, actor: 'ben' }, true);
    await vi.waitFor(async () => expect(await decider()).toBe('rule set spring, version 1'), 5_000);
    await server.end();
  });

  test('ends when the process that started it is gone', async () => {
    const server = await startCompiled(SERVER, env);
    expect(await server.abandon()).toBe(0);
  });

  test.each([
    {
      why: 'a setting is missing',
      changes: { TOKEN_SECRET: 'short' },
      says: 'TOKEN_SECRET: must be a secret',
    },
    {
      why: 'a setting for development was left on',
      changes: { ALLOW_LOOPBACK_WEBHOOKS: 'true', NODE_ENV: 'production' },
      says: 'ALLOW_LOOPBACK_WEBHOOKS: is for development',
    },
    { why: 'there is no rule set', changes: { RULES_FILE: '/no/rules.yaml' }, says: '/no/rules.yaml' },
  ])('says what to do when $why', async ({ changes, says }) => {
    await expect(startCompiled(SERVER, { ...env, ...changes })).rejects.toThrow(says);
  });

  test('says which port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = z.object({ port: z.int() }).parse(other.address());
    await expect(startCompiled(SERVER, { ...env, API_PORT: String(port) })).rejects.toThrow(`${port}`);
    other.close();
  });
});
