// The log-in provider of the local stack: a real OpenID Connect provider in which two people work, without passwords.
import { once } from 'node:events';
import http from 'node:http';
import { Eta } from 'eta';
import path from 'node:path';
import { Provider } from 'oidc-provider';
import { z } from 'zod';
import { projectRoot } from '../src/runtime/project-files.ts';
import { reportReady, shutdownOnSignal } from '../src/runtime/parent-process.ts';

const environment = z.object({
  /** 0: a free port, reported to the parent process. */
  SIGN_IN_PORT: z.coerce.number().int().min(0).max(65_535),
  /** The one client: the API. */
  OIDC_CLIENT_ID: z.string().min(1),
  OIDC_CLIENT_SECRET: z.string().min(1),
  /** Where the API is; it is sent nobody anywhere else. */
  PUBLIC_URL: z.url(),
  /** The people as JSON: name → groups. */
  PEOPLE: z.string().transform((text) => z.record(z.string(), z.array(z.string())).parse(JSON.parse(text))),
});

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
  const { OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, PUBLIC_URL, PEOPLE: people } = settings;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: OIDC_CLIENT_ID,
        client_secret: OIDC_CLIENT_SECRET,
        redirect_uris: [new URL('/reviews/sign-in/callback', PUBLIC_URL).href],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    // The names and groups are in the ID token, and not only where the client asks once more.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/who/${uid}` },
    findAccount: (_context, name) => ({
      accountId: name,
      claims: () => ({ sub: name, preferred_username: name, groups: people[name] ?? [] }),
    }),
    // Each sign-in asks who it is: two people share one browser here.
    ttl: { Session: 1, Interaction: 600, Grant: 600 },
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

/** Vouches for the person, and for everything that the client asks of them. */
async function finish(
  provider: Provider,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  person: string,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const clientId = z.string().parse(params['client_id']);
  const grant = new provider.Grant({ accountId: person, clientId });
  grant.addOIDCScope('openid profile groups');
  const grantId = await grant.save();
  await provider.interactionFinished(
    request,
    response,
    { login: { accountId: person, remember: false }, consent: { grantId } },
    { mergeWithLastSubmission: false },
  );
}
