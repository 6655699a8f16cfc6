import { randomBytes, randomUUID } from 'node:crypto';
import http from 'node:http';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { Tokens } from '../../src/api/http/tokens.ts';
import { PaymentBlockClient } from '../../src/client/index.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { scopes } from '../../src/domain/scopes.ts';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { issueToken } from './token.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { startPart } from '../processes/managed-process.ts';
import { freePorts } from '../stack/ports.ts';
import type { Print } from '../progress.ts';
import { startApi, startGateway, startMail, startTemporalServer, startWorker } from '../stack/stack-parts.ts';
import type { StateFolder } from '../stack/state.ts';
import type { Starter } from '../processes/supervisor.ts';
import { post } from './load.ts';
import { SUBSCRIBER } from './past.ts';

const TOKEN_SECONDS = 24 * 3600;

/** The whole stack as it runs in earnest, and beside it a worker for what it is compared with. */
export interface World {
  readonly client: PaymentBlockClient;
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly comparisonTaskQueue: string;
  /** Calls the API. @returns the answer's body @throws where it is not 200 */
  call(urlPath: string, body: unknown): Promise<string>;
  /** Resolves once the textbook's run waits for its decision; to be asked before that run is started. */
  textbookHeld(workflowId: string): Promise<void>;
  readonly workerPid: number;
  /** Ends what is left on a Temporal server that outlives the bench. The parts are the supervisor's to stop. */
  close(): Promise<void>;
}

/** Starts all of it on free ports, but for Temporal where the environment names a server. */
export async function startWorld(options: {
  readonly databaseUrl: string;
  readonly state: StateFolder;
  readonly print: Print;
  readonly signal: AbortSignal;
  readonly supervisor: Starter;
}): Promise<World> {
  const { databaseUrl, state, print, signal } = options;
  const pids = new Map<string, number>();
  const supervisor: Starter = {
    start: async (name, start) => {
      const part = await options.supervisor.start(name, start);
      pids.set(name, part.pid);
      return part;
    },
  };
  const context = { ports: await freePorts(), state, environment: onlyTemporal(), print, signal, supervisor };
  const [server, gateway, mail] = await Promise.all([
    startTemporalServer(context),
    startGateway(context),
    startMail(context),
  ]);
  // Its own task queues, so that no other worker of that server takes part.
  const taskQueue = `payment-block-bench-${randomUUID()}`;
  const comparisonTaskQueue = `${taskQueue}-comparison`;
  const secret = randomBytes(32).toString('hex');
  const env = {
    ...server.environment,
    DATABASE_URL: databaseUrl,
    TASK_QUEUE: taskQueue,
    GATEWAY_URL: gateway.address,
    SMTP_URL: mail.smtpUrl,
    TOKEN_SECRET: secret,
    FINGERPRINT_SECRET: secret,
    SECRETS_KEY: secret,
    // The textbook life beside ours checks nothing either.
    VOUCHED_RUNS: 'off',
    LOG_LEVEL: 'warn',
  };
  await startWorker(context, env);
  const { address } = await startApi(context, env);

  const whenHeld = new Map<string, () => void>();
  await supervisor.start('Comparison worker', (site) =>
    startPart({
      name: 'Comparison worker',
      program: process.execPath,
      args: ['--enable-source-maps', path.join(projectRoot, 'dist/tools/bench/comparison-worker.js')],
      env: { ...env, TASK_QUEUE: comparisonTaskQueue },
      onMessage: (message) => {
        const { held } = heldMessage.parse(message);
        if (held === undefined) return;
        whenHeld.get(held)?.();
        whenHeld.delete(held);
      },
      ...site,
    }),
  );

  const token = await tokenOfBench(databaseUrl, secret);
  const agent = new http.Agent({ keepAlive: true });
  const connection = await Connection.connect(server.connection);
  const temporal = new Client({ connection, namespace: server.namespace });
  return {
    client: new PaymentBlockClient(temporal, taskQueue),
    temporal,
    taskQueue,
    comparisonTaskQueue,
    call: (urlPath, body) => post(`${address}${urlPath}`, token, body, agent),
    textbookHeld: (workflowId) => new Promise((resolve) => whenHeld.set(workflowId, resolve)),
    workerPid: pids.get('Worker') ?? Number.NaN,
    close: async () => {
      agent.destroy();
      if (server.outside) await clearServer(temporal, taskQueue);
      await connection.close();
    },
  };
}

const heldMessage = z.object({ held: z.string().optional() });

/** The shell's own variables and those that name a Temporal server: nothing else may change what is measured. */
function onlyTemporal(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => names.includes(name) || name.startsWith('TEMPORAL_')),
  );
}

async function tokenOfBench(databaseUrl: string, secret: string): Promise<string> {
  const account: ServiceAccount = { userId: 'bench', subscriberId: SUBSCRIBER, scopes, status: 'active' };
  const pool = createPool(databaseUrl, 'payment-block bench', () => {});
  const token = await issueToken(pool, account, new Tokens(secret, TOKEN_SECONDS));
  await pool.end();
  return token;
}

/** Ends the payments that still wait, and takes away the schedules that the bench's worker has made. */
async function clearServer(temporal: Client, taskQueue: string): Promise<void> {
  for await (const { scheduleId } of temporal.schedule.list()) {
    const handle = temporal.schedule.getHandle(scheduleId);
    if ((await handle.describe()).action.taskQueue === taskQueue) await handle.delete();
  }
  await temporal.workflowService.startBatchOperation({
    namespace: temporal.options.namespace,
    jobId: randomUUID(),
    reason: 'the bench has ended',
    visibilityQuery: `TaskQueue STARTS_WITH '${taskQueue}' AND ExecutionStatus = 'Running'`,
    terminationOperation: { identity: 'payment-block bench' },
  });
}
