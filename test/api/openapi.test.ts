import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { scopes } from '../../src/domain/scopes.ts';
import { Api, noTemporal } from '../support/api-rig.ts';
import { testDatabase } from '../support/database.ts';

const operationSchema = z.object({
  operationId: z.string(),
  summary: z.string(),
  responses: z.record(z.string(), z.object({ description: z.string() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
});
const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  servers: z.array(z.object({ url: z.string() })).nonempty(),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

let api: Api;
let text: string;
let document: z.infer<typeof documentSchema>;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
  const { body } = await api.get('/docs/json');
  text = `${JSON.stringify(body, undefined, 2)}\n`;
  document = documentSchema.parse(body);
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

const operations = () => Object.values(document.paths).flatMap((methods) => Object.values(methods));

describe('the OpenAPI document', () => {
  // After a change that is meant: npm test -- test/api/openapi.test.ts -u
  test('is the one that is committed', async () => {
    await expect(text).toMatchFileSnapshot(path.join(projectRoot, 'docs/openapi.json'));
  });

  test('gives every operation a name of its own, and describes each of its answers', () => {
    const names = operations().map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { responses } of operations())
      for (const { description } of Object.values(responses))
        expect(description).not.toBe('Default Response');
  });

  test('names every scope that a token can have, and no other', () => {
    const named = operations().flatMap(({ security }) =>
      security.flatMap((each) => Object.values(each).flat()),
    );
    expect(new Set(named)).toEqual(new Set(scopes));
  });

  test('names the body and the answer of the documented calls', () => {
    const names = Object.keys(document.components.schemas);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['KcBlockRequest', 'KcBlockAnswer', 'KcUnblockRequest', 'KcUnblockAnswer'],
        ...['FirePayislandRulesRequest', 'BlockCustomerRequest', 'KontoCloudFailure', 'KpaymentMessages'],
      ]),
    );
  });

  test('can be read by people at /docs', async () => {
    const page = await api.app.inject('/docs');
    expect(page.headers['content-type']).toContain('text/html');
    const missing = operations().filter(({ operationId }) => !page.body.includes(`id="${operationId}"`));
    expect(missing).toEqual([]);
    expect(page.body).toContain('<code>paymentOption.token</code>');
  });
});
