import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { roles } from '../../domain/roles.ts';
import { optionalSubscriberOf, wantsJson } from '../input/session.ts';
import {
  callApi,
  forgetSession,
  keepSession,
  keptSession,
  type Session,
  signedIn,
} from '../input/signed-in.ts';
import { EXIT, UsageError } from '../output/exit.ts';
import { align, print } from '../output/output.ts';

const PATIENCE_MS = 5 * 60_000;
const LOOPBACK = '127.0.0.1';

const taken = z.object({
  token: z.string(),
  name: z.string(),
  subscriberId: z.string(),
  roles: z.array(z.enum(roles)),
  validUntil: z.string(),
});

/** `sign-in`, `sign-out` and `whoami`: a person at the command line, by the log-in provider of the API. */
export function addSignInCommands(program: Command): void {
  program
    .command('sign-in')
    .description(
      'sign in at the log-in provider, in a browser: from then on commands are signed with your name',
    )
    .addOption(
      new Option('--url <api>', 'where the API is').env('PUBLIC_URL').default('http://127.0.0.1:8080'),
    )
    .option('--step-up', 'prove strongly who you are: for decisions that take it, within five minutes')
    .option('--no-browser', 'for a machine without a browser: open the address elsewhere, and paste the code')
    .action(async (_options: unknown, command: Command) => {
      const { url, browser, stepUp } = signInOptions.parse(command.opts());
      const api = readApiUrl(url);
      await callApi({ url: api }, 'GET', '/health/live');
      const verifier = randomBytes(32).toString('base64url');
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      const subscriber = optionalSubscriberOf(command);
      const query = {
        challenge,
        ...(subscriber !== undefined && { subscriber }),
        ...(stepUp && { stepUp: 'true' }),
      };
      const code = await (browser ? codeByBrowser(api, query) : pastedCode(api, query));
      const { token: secret, ...person } = taken.parse(
        await callApi({ url: api }, 'POST', '/session', { code, verifier }),
      );
      keepSession({ url: api, secret, ...person });
      print(wantsJson(command), person, describe(person));
    });

  program
    .command('sign-out')
    .description('end all of your sessions, also those at the desk')
    .action(async (_options: unknown, command: Command) => {
      const session = keptSession();
      if (session) {
        await callApi(session, 'POST', '/session/end');
        forgetSession();
      }
      print(wantsJson(command), { signedOut: true }, session ? `${session.name} is signed out` : NO_ONE);
    });

  program
    .command('whoami')
    .description('who is signed in here, with the roles that they have now')
    .action(async (_options: unknown, command: Command) => {
      const session = signedIn();
      if (!session) {
        print(wantsJson(command), null, NO_ONE);
        process.exitCode = EXIT.refused;
        return;
      }
      const person = {
        ...taken.omit({ token: true, validUntil: true }).parse(await callApi(session, 'GET', '/session')),
        validUntil: session.validUntil,
      };
      print(wantsJson(command), person, describe(person));
    });
}

const signInOptions = z.object({ url: z.string(), browser: z.boolean(), stepUp: z.boolean().default(false) });

const NO_ONE = 'no one is signed in';

function describe({ name, subscriberId, roles: held, validUntil }: Omit<Session, 'url' | 'secret'>): string {
  return align([
    ['signed in as', name],
    ['for', subscriberId],
    ['roles', held.join(', ')],
    ['until', validUntil],
  ]);
}

/** @throws UsageError where a session would go over the network for everybody to read */
function readApiUrl(text: string): string {
  const url = z.url({ protocol: /^https?$/ }).safeParse(text);
  if (!url.success) throw new UsageError(`--url ${text} is no address, such as https://payments.example`);
  const { protocol, hostname, origin } = new URL(url.data);
  if (protocol === 'https:' || [LOOPBACK, 'localhost', '[::1]'].includes(hostname)) return origin;
  throw new UsageError(`--url ${text} is not https: your session could be read on its way`);
}

type Query = Readonly<Record<string, string>>;

function signInAddress(api: string, query: Query): string {
  return new URL(`/reviews/sign-in?${new URLSearchParams(query).toString()}`, api).href;
}

/** Sends the person to the log-in provider, and waits until their browser comes back here with a code (RFC 8252). */
async function codeByBrowser(api: string, query: Query): Promise<string> {
  const server = http.createServer();
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('there is no port to listen on');
    const url = signInAddress(api, { ...query, port: String(address.port) });
    process.stderr.write(`Sign in in your browser:\n${url}\n`);
    openBrowser(url);
    return await codeFrom(server);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The code that a browser brings along. */
function codeFrom(server: http.Server): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error('refused: no one has signed in within five minutes')),
      PATIENCE_MS,
    );
    server.on('request', (request, response) => {
      const code = new URL(request.url ?? '/', `http://${LOOPBACK}`).searchParams.get('code');
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      if (code === null) return void response.writeHead(404).end('There is nothing here.');
      clearTimeout(timer);
      response.end('You are signed in at the command line. You can close this page.', () => resolve(code));
    });
  });
}

/** Opens a page; where that cannot be, the person does it. */
function openBrowser(url: string): void {
  const program = process.env['BROWSER'] ?? (process.platform === 'darwin' ? 'open' : 'xdg-open');
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

/** The code that the person pastes. */
async function pastedCode(api: string, query: Query): Promise<string> {
  process.stderr.write(
    `Sign in in a browser, on any machine:\n${signInAddress(api, query)}\nThe code that it shows: `,
  );
  for await (const line of createInterface({ input: process.stdin }))
    if (line.trim() !== '') return line.trim();
  throw new UsageError('there was no code to read');
}
