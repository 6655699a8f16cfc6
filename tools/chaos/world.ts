import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type pg from 'pg';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import type { SwitchInput } from '../../src/sandbox-gateway/switches.ts';
import { scopes } from '../../src/domain/scopes.ts';
import { upsertAccount } from '../../src/store/accounts/accounts.ts';
import { newWebhookSecret } from '../../src/notifications/webhook-signature.ts';
import { createSealer } from '../../src/store/db/sealing.ts';
import { addEndpoint } from '../../src/store/notifications/webhook-endpoints.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { logFileOf } from '../processes/supervisor.ts';
import { startPart } from '../processes/managed-process.ts';
import { lastingPorts } from '../stack/ports.ts';
import type { Print } from '../progress.ts';
import {
  startApi,
  startDatabase,
  startGateway,
  startMail,
  startTemporalServer,
} from '../stack/stack-parts.ts';
import { fingerprintSecret, secretsKey, type StateFolder, takeState, tokenSecret } from '../stack/state.ts';
import { startCarelessAdapter } from './careless-adapter.ts';
import { Mortals, type OnDeath } from './mortals.ts';
import { apis, GATEWAY_TIMEOUT_SECONDS, KEY_LIFETIME_MS, workers } from './plan.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';
import { Toxiproxy, toxiproxyServer } from './toxiproxy.ts';

export const account = { subscriberId: 'demo', userId: 'demo', password: 'demo' };

const SIGNED = { actor: 'ana', reason: 'for the story of two operators' };
const TWO_ABOVE = `
reminderHours: 4
deadlineHours: 24
deadlineAction: refund
fourEyesAbove: { CHF: 1000 }`;

/** The adapter stops resending so long before its gateway's keys die: domain/refund.ts takes 5 minutes off, and this. */
const RESEND_MARGIN_MS = 20_000;
const CLOCK_MARGIN_MS = 5 * 60_000;

export interface WorldOptions {
  readonly state: StateFolder;
  readonly print: Print;
  readonly signal: AbortSignal;
  /** The point that a worker which is about to start is to die at. */
  readonly failpointFor: (worker: string) => string | undefined;
  readonly onDeath: OnDeath;
  readonly newKeyPerRetry: boolean;
}

/** Everything that a run needs, each part a process that may be killed: the whole stack, with toxiproxy in between. */
export interface World {
  readonly mortals: Mortals;
  readonly toxiproxy: Toxiproxy;
  /** Several, of which each call goes to the next. */
  readonly apis: readonly string[];
  readonly pool: pg.Pool;
  /** What Postgres has logged. */
  readonly databaseLog: string;
  /** The gateway's own books. */
  readonly booksFile: string;
  readonly temporal: Client;
  readonly switches: {
    set(list: readonly SwitchInput[]): Promise<void>;
    /** Takes away what concerns one payment option. */
    remove(paymentOptionToken: string): Promise<void>;
  };
  /** Has the gateway take a paid refund back. */
  reverse(refundReference: string): Promise<void>;
  /** The webhook-id of every message that the payment service's receiver has taken. */
  readonly webhookIds: ReadonlySet<string>;
  /** The Message-ID of every mail that was taken. */
  messageIds(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts it on free ports. When a part does not start, those already started are stopped again. */
export async function startWorld(options: WorldOptions): Promise<World> {
  await takeState(options.state);
  const mortals = new Mortals(options.state, options.onDeath);
  try {
    return await bringUp(options, mortals);
  } catch (error) {
    await mortals.stop();
    throw error;
  }
}

async function bringUp(options: WorldOptions, mortals: Mortals): Promise<World> {
  const { state, print, signal } = options;
  const [
    api = 0,
    otherApi = 0,
    temporal = 0,
    temporalUi = 0,
    postgres = 0,
    gateway = 0,
    mail = 0,
    smtp = 0,
    signIn = 0,
    port = 0,
    apiPort = 0,
  ] = await lastingPorts(11);
  const context = {
    ports: { api, temporal, temporalUi, postgres, gateway, mail, signIn, smtp },
    state,
    // Whatever this shell names as outside parts is not for a run that kills them.
    environment: { ...onlyTheShell(), GATEWAY_KEY_LIFETIME_MS: String(KEY_LIFETIME_MS) },
    print,
    signal,
    supervisor: mortals,
  };
  const toxiproxy = new Toxiproxy({ port, apiPort });
  const program = await toxiproxyServer(print, signal);
  const [database, server, sandbox, mailCatcher] = await Promise.all([
    startDatabase(context),
    startTemporalServer(context),
    startGateway(context),
    startMail(context),
  ]);
  const adapter = options.newKeyPerRetry ? await startCarelessAdapter(sandbox.address) : undefined;
  const upstream = new URL(adapter?.url ?? sandbox.address).host;
  await mortals.start('Toxiproxy', (site) => toxiproxy.start(program, upstream, site));

  const pool = createPool(database.ownerUrl, 'payment-block chaos', () => {});
  const { subscriberId, userId, password } = account;
  const receiver = await startWebhookReceiver();
  const endpoint = { endpointId: randomUUID(), url: receiver.url, eventTypes: null };
  const sealed = createSealer(secretsKey(state)).seal(newWebhookSecret(), endpoint.endpointId);
  await addEndpoint(pool, subscriberId, endpoint, sealed, SIGNED);
  await putSettings(pool, 'review', subscriberId, TWO_ABOVE, SIGNED);
  await upsertAccount(pool, { subscriberId, userId, scopes, status: 'active' }, password);

  const env = {
    ...server.environment,
    DATABASE_URL: database.url,
    GATEWAY_URL: toxiproxy.url,
    GATEWAY_TIMEOUT_SECONDS: String(GATEWAY_TIMEOUT_SECONDS),
    GATEWAY_KEY_LIFETIME_HOURS: String((KEY_LIFETIME_MS - RESEND_MARGIN_MS + CLOCK_MARGIN_MS) / 3600_000),
    SMTP_URL: mailCatcher.smtpUrl,
    TOKEN_SECRET: tokenSecret(state),
    FINGERPRINT_SECRET: fingerprintSecret(state),
    SECRETS_KEY: secretsKey(state),
    ALLOW_LOOPBACK_WEBHOOKS: 'true',
    UNBLOCK_WAIT_SECONDS: '2',
    LOG_LEVEL: 'warn',
    // Workers die all the time here: each start would take seconds of a processor.
    WORKFLOW_BUNDLE: await bundleWorkflows(state),
  };
  await Promise.all(
    workers.map((name) =>
      mortals.start(name, (site) =>
        startPart({
          name,
          program: process.execPath,
          args: ['--enable-source-maps', path.join(projectRoot, 'dist/src/worker.js')],
          env: { ...env, ...armed(options.failpointFor(name)) },
          ...site,
        }),
      ),
    ),
  );
  const apiPorts = [api, otherApi];
  await Promise.all(apis.map((name, index) => startApi(context, env, { name, port: apiPorts[index] })));
  const connection = await Connection.connect(server.connection);

  return {
    mortals,
    toxiproxy,
    apis: apiPorts.map((each) => `http://127.0.0.1:${each}`),
    pool,
    webhookIds: receiver.taken,
    databaseLog: logFileOf(state, 'Postgres'),
    booksFile: state.gatewayBooks,
    temporal: new Client({ connection, namespace: server.namespace }),
    switches: switchesOf(sandbox.address),
    reverse: (refundReference) => reverseAt(sandbox.address, refundReference),
    messageIds: async () => {
      const taken = await (await fetch(`${mailCatcher.inbox}/messages`)).json();
      return z
        .array(z.object({ messageId: z.string() }))
        .parse(taken)
        .map(({ messageId }) => messageId);
    },
    stop: async () => {
      receiver.stop();
      await connection.close();
      await pool.end();
      await mortals.stop();
      await adapter?.stop();
    },
  };
}

/** The gateway may be away for a moment: it is asked until it has done it. */
async function reverseAt(gateway: string, refundReference: string): Promise<void> {
  const found = await fetch(`${gateway}/refunds?reference=${refundReference}`);
  const { refunds } = z.object({ refunds: z.array(z.object({ id: z.string() })) }).parse(await found.json());
  const id = refunds.at(-1)?.id;
  const reversed = await fetch(`${gateway}/refunds/${id}/reverse`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'the account is closed' }),
  });
  if (!reversed.ok) throw new Error(`the gateway did not reverse it: ${await reversed.text()}`);
}

async function bundleWorkflows({ folder }: StateFolder): Promise<string> {
  const workflowsPath = path.join(projectRoot, 'dist/src/workflows/index.js');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const file = path.join(folder, 'workflows.js');
  writeFileSync(file, code);
  return file;
}

function armed(failpoint: string | undefined) {
  return failpoint === undefined ? {} : { FAILPOINT: failpoint };
}

function onlyTheShell(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.includes(name)));
}

const switchList = z.array(z.looseObject({ paymentOptionToken: z.string().optional() }));

function switchesOf(gateway: string): World['switches'] {
  const url = `${gateway}/switches`;
  const put = async (list: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(list) });
    if (!response.ok) throw new Error(`the gateway's switches: ${await response.text()}`);
  };
  return {
    set: put,
    remove: async (paymentOptionToken) => {
      const now = switchList.parse(await (await fetch(url)).json());
      await put(now.filter((one) => one.paymentOptionToken !== paymentOptionToken));
    },
  };
}
