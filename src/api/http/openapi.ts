import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { rolesWith } from '../../domain/rights.ts';
import type { Scope } from '../../domain/scopes.ts';
import { nameBodies } from './named-schemas.ts';

/** The OpenAPI document of every route registered after this, as `app.swagger()`. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Payment block',
        version: '1',
        description:
          'Block a payment, ask the rules, unblock it: to the merchant, or back to the payment option. ' +
          'Block a customer from online payment.',
      },
      tags: [
        {
          name: 'kontocloud',
          description: 'Blocked payments. Amounts are in major units with two decimals.',
        },
        { name: 'rules', description: 'Rule sets by version, and why a decision came out as it did.' },
        { name: 'kpayment', description: "The rules, and customers' blocks." },
        { name: 'lists', description: 'Who and what is blocked or allowed, and why.' },
        { name: 'notifications', description: 'Events, their recipients, and each delivery.' },
        { name: 'reviews', description: 'What waits for a person, and how fast it was decided.' },
        {
          name: 'ledger',
          description: 'Statements and balances. Amounts are in major units; every entry sums to zero.',
        },
        { name: 'people', description: 'A person who is signed in, outside of the browser.' },
        { name: 'changes', description: 'What one person has proposed and another one confirms.' },
        { name: 'tasks', description: 'What needs a person and is no held payment.' },
        { name: 'gateways', description: 'For refund gateways: a refund may have changed.' },
        { name: 'health', description: 'For the administrators of this service.' },
      ],
      servers: [{ url: '/', description: 'Where this document was read' }],
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic', description: 'A service account' },
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          session: { type: 'http', scheme: 'bearer', description: "A person's session, by their roles" },
          authToken: { type: 'apiKey', in: 'header', name: 'X-Auth-Token', description: 'The same token' },
        },
      },
    },
    transform: (route) => withScope(jsonSchemaTransform(route), route.route.config?.scope),
    transformObject: (document) => nameBodies(jsonSchemaTransformObject(document)),
  });
}

/**
 * Every credential of the route has to bring its scope: OpenAPI 3.1 lists it with the credential. A session of a person is
 * listed where a role has the scope.
 */
function withScope(
  { schema, url }: ReturnType<typeof jsonSchemaTransform>,
  scope: Scope | undefined,
): ReturnType<typeof jsonSchemaTransform> {
  if (scope === undefined || !schema?.security) return { schema, url };
  const forServices = schema.security.map((credentials) =>
    Object.fromEntries(Object.keys(credentials).map((name) => [name, [scope]])),
  );
  const security = rolesWith(scope).length === 0 ? forServices : [...forServices, { session: [scope] }];
  return { schema: { ...schema, security }, url };
}
