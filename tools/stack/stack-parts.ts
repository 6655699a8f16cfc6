import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ConnectionOptions } from '@temporalio/client';
import { temporalConnection } from '../../src/client/connect.ts';
import type { Role } from '../../src/domain/roles.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { grantToApplication } from '../../src/store/db/application-role.ts';
import { migrate } from '../../src/store/db/migrate.ts';
import { startPart } from '../processes/managed-process.ts';
import type { PortName, Ports } from './ports.ts';
import { asApplication, startPostgres } from './postgres.ts';
import type { Print } from '../progress.ts';
import type { StateFolder } from './state.ts';
import type { SignInClients } from '../sign-in-provider.ts';
import type { Starter } from '../processes/supervisor.ts';
import { temporalCli } from '../binaries/temporal-cli.ts';
import { ensureSearchAttributes, startTemporal } from './temporal-server.ts';

/** What every part of the stack is started from. */
export interface PartContext {
  readonly ports: Ports;
  readonly state: StateFolder;
  /** Says which parts are given from outside, and configures those that run here. */
  readonly environment: NodeJS.ProcessEnv;
  readonly print: Print;
  readonly signal: AbortSignal;
  readonly supervisor: Starter;
}

/** Where a part is found, fit to be shown: without passwords. */
export interface Located {
  readonly address: string;
  /** Whether the environment named it, so that it neither was started here nor will be stopped. */
  readonly outside: boolean;
}

/** The ports that are listened on here: those of every part that the environment does not give from outside. */
export function portsNeeded(environment: NodeJS.ProcessEnv): PortName[] {
  const needed: PortName[] = ['api'];
  if (!environment['DATABASE_URL']) needed.push('postgres');
  if (!hasOutsideTemporal(environment)) needed.push('temporal', 'temporalUi');
  if (!environment['GATEWAY_URL']) needed.push('gateway');
  if (!environment['SMTP_URL']) needed.push('smtp', 'mail');
  if (!environment['OIDC_ISSUER']) needed.push('signIn');
  return needed;
}

/** Postgres with this version's schema. */
export async function startDatabase(
  context: PartContext,
): Promise<Located & { readonly url: string; readonly ownerUrl: string }> {
  const { ports, state, environment, supervisor } = context;
  const given = environment['DATABASE_URL'];
  if (given) {
    const address = withoutPassword(given);
    await usable('Postgres', 'DATABASE_URL', address, () => migrate(given));
    return { url: given, ownerUrl: given, address, outside: true };
  }
  const { url } = await supervisor.start('Postgres', (site) =>
    startPostgres({ dataDir: state.postgres, port: ports.postgres, ...site }),
  );
  await migrate(url);
  const application = asApplication(url);
  await grantToApplication(url, application);
  return { url: application, ownerUrl: url, address: withoutPassword(application), outside: false };
}

export interface TemporalPart extends Located {
  readonly connection: ConnectionOptions;
  readonly namespace: string;
  /** The Web UI, where it is known. */
  readonly ui: string | undefined;
  /** The environment in which our own processes find this server. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Temporal with the search attributes that the workflows set. */
export async function startTemporalServer(context: PartContext): Promise<TemporalPart> {
  const { ports, state, environment, print, signal, supervisor } = context;
  if (hasOutsideTemporal(environment)) {
    const { connectionOptions, namespace = 'default' } = temporalConnection(environment);
    const address = connectionOptions.address ?? 'localhost:7233';
    await usable('Temporal', 'TEMPORAL_ADDRESS', address, () =>
      ensureSearchAttributes(connectionOptions, namespace),
    );
    const ui = environment['TEMPORAL_UI_URL'] || undefined;
    return { connection: connectionOptions, namespace, ui, environment, address, outside: true };
  }
  const program = await temporalCli(print, signal);
  await supervisor.start('Temporal', (site) =>
    startTemporal({
      program,
      port: ports.temporal,
      uiPort: ports.temporalUi,
      databaseFile: state.temporalDatabase,
      ...site,
    }),
  );
  const address = `127.0.0.1:${ports.temporal}`;
  await ensureSearchAttributes({ address }, 'default');
  return {
    connection: { address },
    namespace: 'default',
    ui: local(ports.temporalUi),
    environment: localTemporalEnvironment(context, address),
    address,
    outside: false,
  };
}

/** The refund gateway: the sandbox, unless another is given. */
export async function startGateway(context: PartContext): Promise<Located> {
  const { ports, state, environment } = context;
  const given = environment['GATEWAY_URL'];
  if (given) return { address: given, outside: true };
  await startOurs(context, 'Refund gateway', 'src/sandbox-gateway/server.js', {
    ...environment,
    GATEWAY_PORT: String(ports.gateway),
    GATEWAY_BOOKS: state.gatewayBooks,
  });
  return { address: local(ports.gateway), outside: false };
}

/** Where mail goes: to the mail catcher, unless a server is given. */
export async function startMail(
  context: PartContext,
): Promise<Located & { smtpUrl: string; inbox: string | undefined }> {
  const { ports, state, environment } = context;
  const given = environment['SMTP_URL'];
  if (given) return { smtpUrl: given, inbox: undefined, address: withoutPassword(given), outside: true };
  await startOurs(context, 'Mail', 'tools/mail-catcher.js', {
    ...environment,
    SMTP_PORT: String(ports.smtp),
    MAIL_PORT: String(ports.mail),
    MAIL_DIR: state.mails,
  });
  const inbox = local(ports.mail);
  return { smtpUrl: `smtp://127.0.0.1:${ports.smtp}`, inbox, address: inbox, outside: false };
}

/** The people of the local log-in provider: with both, four eyes can be tried at once. */
const PEOPLE = ['ana', 'ben'];

/** Where people sign in: here, unless a provider is given. Here they are operators and approvers of one subscriber. */
export async function startSignIn(
  context: PartContext,
  subscriberId: string,
): Promise<Located & { readonly environment: NodeJS.ProcessEnv }> {
  const { ports, environment } = context;
  const given = environment['OIDC_ISSUER'];
  if (given) return { address: given, outside: true, environment: {} };
  const groups = groupsOf(subscriberId, ['operator', 'approver']);
  const people = Object.fromEntries(PEOPLE.map((name) => [name, groups]));
  const api = { id: 'payment-block', secret: newSecret(), callback: signInCallback(local(ports.api)) };
  const located = await startProvider(context, { clients: [api], people });
  return {
    ...located,
    environment: {
      OIDC_ISSUER: located.address,
      OIDC_CLIENT_ID: api.id,
      OIDC_CLIENT_SECRET: api.secret,
      PUBLIC_URL: local(ports.api),
    },
  };
}

/** A log-in provider with these clients and people. */
export async function startProvider(
  context: PartContext,
  settings: {
    readonly clients: SignInClients;
    readonly people: Readonly<Record<string, readonly string[]>>;
    readonly serviceTokenSeconds?: number;
  },
): Promise<Located> {
  const { ports, environment } = context;
  await startOurs(context, 'Sign-in', 'tools/sign-in-provider.js', {
    ...environment,
    SIGN_IN_PORT: String(ports.signIn),
    CLIENTS: JSON.stringify(settings.clients),
    PEOPLE: JSON.stringify(settings.people),
    ...(settings.serviceTokenSeconds === undefined
      ? {}
      : { SERVICE_TOKEN_SECONDS: String(settings.serviceTokenSeconds) }),
  });
  return { address: local(ports.signIn), outside: false };
}

/** The provider's groups that stand for roles. */
export function groupsOf(subscriberId: string, roles: readonly Role[]): string[] {
  return roles.map((role) => `payment-block:${subscriberId}:${role}`);
}

/** Where the desk at an address takes people back from the provider. */
export function signInCallback(api: string): string {
  return `${api}/reviews/sign-in/callback`;
}

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The worker, which runs the workflows and their steps. */
export async function startWorker(context: PartContext, env: NodeJS.ProcessEnv): Promise<Located> {
  await startOurs(context, 'Worker', 'src/worker.js', env);
  return { address: '(asks Temporal for work)', outside: false };
}

export async function startApi(
  context: PartContext,
  env: NodeJS.ProcessEnv,
  { name = 'API', port = context.ports.api } = {},
): Promise<Located> {
  await startOurs(context, name, 'src/api/server.js', {
    ...env,
    API_HOST: '127.0.0.1',
    API_PORT: String(port),
  });
  return { address: local(port), outside: false };
}

/** What people reach a Temporal UI by, at the UI's port. */
export async function startUiProxy(context: PartContext, upstream: string): Promise<Located> {
  await startOurs(context, 'UI proxy', 'src/ui-proxy/server.js', {
    ...context.environment,
    TEMPORAL_UI_UPSTREAM: upstream,
    UI_PROXY_PORT: String(context.ports.temporalUi),
  });
  return { address: local(context.ports.temporalUi), outside: false };
}

/** One of our own processes, which says by itself when it serves and ends when this one is gone. */
async function startOurs(
  { supervisor }: PartContext,
  name: string,
  script: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await supervisor.start(name, (site) =>
    startPart({
      name,
      program: process.execPath,
      args: ['--enable-source-maps', path.join(projectRoot, 'dist', script)],
      env,
      ...site,
    }),
  );
}

/** What a person has set up for other Temporal servers, certificates or keys, must not reach for the local one. */
function localTemporalEnvironment({ environment, state }: PartContext, address: string): NodeJS.ProcessEnv {
  writeFileSync(state.temporalConfig, '[profile.default]\n');
  const others = Object.entries(environment).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(others),
    TEMPORAL_CONFIG_FILE: state.temporalConfig,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'default',
  };
}

function hasOutsideTemporal(environment: NodeJS.ProcessEnv): boolean {
  return ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some((name) => environment[name]);
}

async function usable<T>(name: string, variable: string, address: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw new Error(
      `${name} at ${address} cannot be used: ${reasonOf(error)}\n` +
        `That address comes from ${variable}. Correct it, or unset it to have ${name} started here.`,
      { cause: error },
    );
  }
}

/** Node reports a refused connection as several errors, one for each address, and no text of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

export function local(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return '(an address that cannot be read)';
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}
