// The log-in provider of the local stack: a real OpenID Connect provider in which two people work, without passwords.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { Eta } from 'eta';
import path from 'node:path';
import { type JWK, Provider } from 'oidc-provider';
import { z } from 'zod';
import { membershipOf } from '../src/domain/roles.ts';
import { projectRoot } from '../src/runtime/project-files.ts';
import { reportReady, shutdownOnSignal } from '../src/runtime/parent-process.ts';
import { TEMPORAL_AUDIENCE } from './sign-in/audience.ts';
import { STEP_UP_ACR } from './sign-in/step-up.ts';

const client = z.object({
  id: z.string().min(1),
  secret: z.string().min(1),
  /** Where the people who sign in for it are sent back to; without it the client is a service, and acts for itself. */
  callback: z.url().optional(),
  /** Whom its tokens open Temporal for: everybody who signs in by it, in a namespace and as far as their roles go. */
  namespace: z.string().optional(),
  /** What a service may do at Temporal, for example "payments:write". */
  permissions: z.array(z.string()).optional(),
});

type SignInClient = z.infer<typeof client>;

const environment = z.object({
  /** 0: a free port, reported to the parent process. */
  SIGN_IN_PORT: z.coerce.number().int().min(0).max(65_535),
  /** The clients as JSON. */
  CLIENTS: z.string().transform((text) => z.array(client).parse(JSON.parse(text))),
  /** The people as JSON: name → groups. */
  PEOPLE: z.string().transform((text) => z.record(z.string(), z.array(z.string())).parse(JSON.parse(text))),
  /** For how long the tokens of services live. */
  SERVICE_TOKEN_SECONDS: z.coerce.number().int().positive().default(300),
});

/** The clients of a provider, as its environment has them. */
export type SignInClients = readonly z.input<typeof client>[];

const HOST = '127.0.0.1';

try {
  const settings = environment.parse(process.env);
  const server = http.createServer();
  server.listen(settings.SIGN_IN_PORT, HOST);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : settings.SIGN_IN_PORT;
  server.on('request', createSignIn(`http://${HOST}:${port}`, settings));
  shutdownOnSignal(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  reportReady({ port });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

/** The provider, and its one page: who are you? */
function createSignIn(issuer: string, settings: z.infer<typeof environment>): http.RequestListener {
  const { CLIENTS: clients, PEOPLE: people, SERVICE_TOKEN_SECONDS } = settings;
  const clientOf = (id: string | undefined): SignInClient | undefined =>
    clients.find((each) => each.id === id);
  const provider = new Provider(issuer, {
    clients: clients.map(({ id, secret, callback }) => ({
      client_id: id,
      client_secret: secret,
      ...(callback === undefined
        ? { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }
        : { redirect_uris: [callback] }),
    })),
    jwks: { keys: [signingKey()] },
    acrValues: [STEP_UP_ACR],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    // The names and groups are in the ID token, and not only where the client asks once more.
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_context, { clientId }) => {
          const { namespace, permissions } = clientOf(clientId) ?? {};
          return namespace === undefined && permissions === undefined ? [] : TEMPORAL_AUDIENCE;
        },
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, _resource, { clientId }) => ({
          scope: 'openid profile',
          audience: TEMPORAL_AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: clientOf(clientId)?.permissions === undefined ? 3600 : SERVICE_TOKEN_SECONDS,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_context, token) => {
      const { permissions, namespace } = clientOf(token.clientId) ?? {};
      if (permissions !== undefined) return { permissions };
      if (namespace === undefined || !('accountId' in token)) return undefined;
      return { permissions: permissionsIn(namespace, people[token.accountId] ?? []) };
    },
    interactions: { url: (_context, { uid }) => `/who/${uid}` },
    findAccount: (_context, name) => ({
      accountId: name,
      claims: () => ({ sub: name, preferred_username: name, groups: people[name] ?? [] }),
    }),
    // Each sign-in asks who it is: two people share one browser here.
    ttl: { Session: 1, Interaction: 600, Grant: 600 },
    // What was begun with the session is finished without it.
    expiresWithSession: () => false,
  });
  const eta = new Eta({ views: path.join(projectRoot, 'tools/sign-in'), autoEscape: true });
  const callback = provider.callback();
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
    if (!/^\/who\/[\w-]+$/.test(pathname)) return void callback(request, response);
    const person = searchParams.get('person');
    if (person === null || !Object.hasOwn(people, person)) {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(eta.render('./who.eta', { people: Object.entries(people) }));
      return;
    }
    finish(provider, request, response, person).catch((error: unknown) => {
      response.statusCode = 400;
      response.end(`This sign-in cannot be finished: ${String(error)}. Go back to where you came from.`);
    });
  };
}

/** The key that tokens are signed with, another at each start. */
function signingKey(): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'RS256', use: 'sig' };
}

/** Who has a role may read, and who has one that decides may write: Temporal knows no finer ones. */
function permissionsIn(namespace: string, groups: readonly string[]): string[] {
  const held = groups.flatMap((group) => membershipOf(group)?.role ?? []);
  if (held.length === 0) return [];
  const mayWrite = held.some((role) => role !== 'viewer');
  // The Temporal UI lists the namespaces before it shows one, and that is a right for the whole cluster.
  return ['temporal-system:read', `${namespace}:${mayWrite ? 'write' : 'read'}`];
}

/** Vouches for the person, and for everything that the client asks of them. */
async function finish(
  provider: Provider,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  person: string,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const clientId = z.string().parse(params['client_id']);
  // Here choosing one's name is as strong as it gets.
  const isStrong = params['acr_values'] === STEP_UP_ACR;
  const grant = new provider.Grant({ accountId: person, clientId });
  grant.addOIDCScope('openid profile groups');
  grant.addResourceScope(TEMPORAL_AUDIENCE, 'openid profile');
  const grantId = await grant.save();
  await provider.interactionFinished(
    request,
    response,
    {
      login: { accountId: person, remember: false, ...(isStrong && { acr: STEP_UP_ACR }) },
      consent: { grantId },
    },
    { mergeWithLastSubmission: false },
  );
}
