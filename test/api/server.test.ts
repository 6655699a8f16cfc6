import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CompiledProcess, startCompiled } from '../support/compiled-process.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const SERVER = 'src/api/server.ts';

let database: TestDatabase;
let env: Record<string, string>;
beforeAll(async () => {
  database = await testDatabase();
  env = {
    API_PORT: '0',
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TOKEN_SECRET: 'a secret of at least thirty-two characters',
    FINGERPRINT_SECRET: 'another secret of at least thirty-two characters',
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
