import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { testDatabase } from '../support/database.ts';
import { Api, noTemporal } from '../support/api-rig.ts';

const documentSchema = z.object({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        summary: z.string(),
        responses: z.record(z.string(), z.object({ description: z.string() })),
        security: z.array(z.record(z.string(), z.unknown())),
      }),
    ),
  ),
});

let api: Api;
let document: z.infer<typeof documentSchema>;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
  document = documentSchema.parse((await api.get('/docs/json')).body);
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

const KPAYMENT = ['200', '400', '401', '500', '503'];
const KONTOCLOUD = ['200', '400', '401', '403', '500', '502', '503'];

describe('the OpenAPI document', () => {
  test.each([
    { method: 'post', path: '/payment/kpayment/v1/customer/{customerUuid}/block', statuses: KPAYMENT },
    { method: 'post', path: '/payment/kpayment/v1/customer/{customerUuid}/unblock', statuses: KPAYMENT },
    { method: 'get', path: '/payment/kpayment/v1/customer/{customerUuid}/block', statuses: KPAYMENT },
    { method: 'post', path: '/payment/kpayment/v1/firePayislandRules', statuses: KPAYMENT },
    { method: 'post', path: '/payment/{uniqueReference}/kc-block', statuses: [...KONTOCLOUD, '409'] },
    {
      method: 'post',
      path: '/payment/{uniqueReference}/kc-unblock',
      statuses: [...KONTOCLOUD, '404', '409'],
    },
    { method: 'get', path: '/payment/{uniqueReference}', statuses: [...KONTOCLOUD, '404'] },
    { method: 'get', path: '/payment/{uniqueReference}/decision', statuses: [...KONTOCLOUD, '404'] },
    { method: 'get', path: '/decisions/{decisionId}', statuses: [...KONTOCLOUD, '404'] },
    { method: 'get', path: '/rules', statuses: KONTOCLOUD },
    { method: 'post', path: '/rules', statuses: [...KONTOCLOUD, '409'] },
    { method: 'get', path: '/rules/{ruleSetId}', statuses: [...KONTOCLOUD, '404'] },
    { method: 'post', path: '/rules/{ruleSetId}/shadow', statuses: [...KONTOCLOUD, '404', '409'] },
    { method: 'post', path: '/rules/{ruleSetId}/activate', statuses: [...KONTOCLOUD, '404', '409'] },
    { method: 'post', path: '/rules/{ruleSetId}/retire', statuses: [...KONTOCLOUD, '404', '409'] },
    { method: 'get', path: '/rules/shadow', statuses: [...KONTOCLOUD, '404'] },
    { method: 'post', path: '/lists', statuses: KONTOCLOUD },
    { method: 'get', path: '/lists', statuses: KONTOCLOUD },
    { method: 'post', path: '/lists/lookup', statuses: KONTOCLOUD },
    { method: 'post', path: '/lists/import', statuses: KONTOCLOUD },
    { method: 'get', path: '/reviews', statuses: KONTOCLOUD },
    { method: 'get', path: '/reviews/statistics', statuses: KONTOCLOUD },
    { method: 'post', path: '/lists/{entryId}/remove', statuses: [...KONTOCLOUD, '404'] },
    { method: 'get', path: '/ledger/accounts/{account}', statuses: KONTOCLOUD },
    { method: 'get', path: '/ledger/payments/{uniqueReference}', statuses: [...KONTOCLOUD, '404'] },
    { method: 'get', path: '/ledger/balances', statuses: KONTOCLOUD },
    { method: 'get', path: '/tasks', statuses: KONTOCLOUD },
    { method: 'post', path: '/tasks/{taskId}/close', statuses: [...KONTOCLOUD, '404', '409'] },
    { method: 'post', path: '/webhooks', statuses: KONTOCLOUD },
    { method: 'get', path: '/webhooks', statuses: KONTOCLOUD },
    { method: 'post', path: '/webhooks/{endpointId}/rotate', statuses: [...KONTOCLOUD, '404'] },
    { method: 'post', path: '/webhooks/{endpointId}/disable', statuses: [...KONTOCLOUD, '404'] },
    { method: 'post', path: '/webhooks/{endpointId}/enable', statuses: [...KONTOCLOUD, '404'] },
    { method: 'post', path: '/webhooks/{endpointId}/remove', statuses: [...KONTOCLOUD, '404'] },
    { method: 'post', path: '/webhooks/{endpointId}/test', statuses: [...KONTOCLOUD, '404'] },
    { method: 'get', path: '/notifications', statuses: KONTOCLOUD },
    { method: 'get', path: '/notifications/{eventId}', statuses: [...KONTOCLOUD, '404'] },
    { method: 'post', path: '/notifications/{eventId}/resend', statuses: [...KONTOCLOUD, '404', '409'] },
    { method: 'post', path: '/user/{userId}/issue', statuses: ['200', '400', '401', '500', '502', '503'] },
    { method: 'post', path: '/gateways/{gateway}/webhook', statuses: ['200', '400', '404', '503'] },
    { method: 'get', path: '/health/ready', statuses: ['200', '503'] },
  ])('declares every answer of $method $path', ({ method, path, statuses }) => {
    const responses = document.paths[path]?.[method]?.responses ?? {};
    expect(Object.keys(responses).toSorted()).toEqual(statuses.toSorted());
    for (const { description } of Object.values(responses)) expect(description).not.toBe('Default Response');
  });

  test('is OpenAPI 3.1 and can be read by people at /docs', async () => {
    expect(document.openapi).toBe('3.1.0');
    const page = await api.app.inject('/docs');
    expect(page.headers['content-type']).toContain('text/html');
  });
});
