import { randomBytes } from 'node:crypto';
import type { ConnectionOptions } from '@temporalio/client';
import { scopes } from '../../src/domain/scopes.ts';
import { upsertAccount } from '../../src/store/accounts/accounts.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { assertPortsAreFree } from './ports.ts';
import {
  type Located,
  type PartContext,
  portsNeeded,
  startApi,
  startDatabase,
  startGateway,
  startMail,
  startSignIn,
  startTemporalServer,
  startWorker,
} from './stack-parts.ts';
import { fingerprintSecret, secretsKey, takeState, tokenSecret } from './state.ts';
import { Supervisor } from '../processes/supervisor.ts';

export type StackOptions = Omit<PartContext, 'supervisor'>;

/** What a person, or the sample payment, needs in order to use the stack. */
export interface Stack {
  readonly parts: readonly StackPart[];
  readonly api: string;
  readonly account: Account;
  readonly databaseUrl: string;
  readonly temporal: {
    readonly connection: ConnectionOptions;
    readonly namespace: string;
    readonly ui: string | undefined;
  };
  readonly gateway: string;
  /** The log-in provider that people sign in at. */
  readonly signIn: string;
  /** The mail catcher's inbox; not there when mail goes to an outside server. */
  readonly inbox: string | undefined;
  /** Resolves with the reason when a part ends although nobody asked it to; the other parts still run then. */
  readonly failed: Promise<Error>;
  /** Stops every process that was started here, the last one first. */
  stop(): Promise<void>;
}

/** The account to call the API with. */
export interface Account {
  readonly subscriberId: string;
  readonly userId: string;
  readonly password: string;
}

export interface StackPart extends Located {
  readonly name: string;
  readonly milliseconds: number;
}

/** Brings up the parts of a stack. */
export type BringUp<T extends Stack> = (
  context: PartContext & { readonly supervisor: Supervisor },
) => Promise<T>;

/**
 * Brings up everything that a payment needs: what the environment gives an address of is used from there, the rest
 * runs here, on the loopback address, and keeps its data in the state folder.
 */
export function startStack(options: StackOptions): Promise<Stack> {
  return startParts(options, bringUpHere);
}

/** Brings parts up. When the signal is aborted or a part does not start, those already started are stopped again. */
export async function startParts<T extends Stack>(options: StackOptions, bringUp: BringUp<T>): Promise<T> {
  const { state, ports, environment, signal } = options;
  await takeState(state);
  const supervisor = new Supervisor(state);
  // One part that fails ends the start of the others too, however long they would still take.
  const failure = new AbortController();
  try {
    await assertPortsAreFree(ports, portsNeeded(environment));
    const context = { ...options, supervisor, signal: AbortSignal.any([signal, failure.signal]) };
    return await Promise.race([bringUp(context), aborted(signal)]);
  } catch (error) {
    failure.abort();
    await supervisor.stop();
    throw error;
  }
}

async function bringUpHere(context: Parameters<BringUp<Stack>>[0]): Promise<Stack> {
  const { environment, supervisor } = context;
  const [database, temporal, gateway, mail] = await Promise.all([
    timed('Postgres', startDatabase(context)),
    timed('Temporal', startTemporalServer(context)),
    timed('Refund gateway', startGateway(context)),
    timed('Mail', startMail(context)),
  ]);
  const isLocal = [database, temporal, gateway, mail].every(({ outside }) => !outside);
  const account = await createAccount(database.url, isLocal);
  const env = {
    ...temporal.environment,
    DATABASE_URL: database.url,
    PUBLIC_URL: environment['PUBLIC_URL'] || `http://127.0.0.1:${context.ports.api}`,
    GATEWAY_URL: gateway.address,
    SMTP_URL: mail.smtpUrl,
    ...(temporal.ui === undefined ? {} : { TEMPORAL_UI_URL: temporal.ui }),
    ...secretsOf(context),
    // Where nothing is shared with anybody, a receiver runs on this machine as well.
    // And its commands block payments without a key.
    ...(isLocal ? { ALLOW_LOOPBACK_WEBHOOKS: 'true', VOUCHED_RUNS: 'off' } : {}),
  };
  const [worker, signIn] = await Promise.all([
    timed('Worker', startWorker(context, env)),
    timed('Sign-in', startSignIn(context, account.subscriberId)),
  ]);
  const api = await timed('API', startApi(context, { ...env, ...signIn.environment }));
  return {
    parts: [database, temporal, gateway, mail, signIn, worker, api],
    api: api.address,
    account,
    databaseUrl: database.url,
    temporal,
    gateway: gateway.address,
    signIn: signIn.address,
    inbox: mail.inbox,
    failed: supervisor.failed,
    stop: () => supervisor.stop(),
  };
}

/** Given from outside, or made once and kept. */
export function secretsOf({ environment, state }: PartContext): NodeJS.ProcessEnv {
  return {
    TOKEN_SECRET: environment['TOKEN_SECRET'] || tokenSecret(state),
    FINGERPRINT_SECRET: environment['FINGERPRINT_SECRET'] || fingerprintSecret(state),
    SECRETS_KEY: environment['SECRETS_KEY'] || secretsKey(state),
  };
}

export async function timed<T extends Located>(name: string, start: Promise<T>): Promise<T & StackPart> {
  const started = Date.now();
  const part = await start;
  return { ...part, name, milliseconds: Date.now() - started };
}

/** The account whose password everybody knows. */
export const DEMO_ACCOUNT: Account = { subscriberId: 'demo', userId: 'demo', password: 'demo' };

/** The demo account exists only where nothing is shared with anybody. */
export async function createAccount(databaseUrl: string, isLocal: boolean): Promise<Account> {
  const account = isLocal
    ? DEMO_ACCOUNT
    : { subscriberId: 'sample', userId: 'sample', password: randomBytes(24).toString('base64url') };
  const pool = createPool(databaseUrl, 'payment-block start', () => {});
  try {
    const { subscriberId, userId, password } = account;
    await upsertAccount(pool, { subscriberId, userId, scopes, status: 'active' }, password);
  } finally {
    await pool.end();
  }
  return account;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(new Error('Stopped before everything was up.'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
