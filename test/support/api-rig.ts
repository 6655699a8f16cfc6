import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { z } from 'zod';
import { createActivities } from '../../src/activities/index.ts';
import { buildApp } from '../../src/api/app.ts';
import type { ApiDeps } from '../../src/api/deps/deps.ts';
import { activityParts } from '../../src/assembly/activities.ts';
import { apiParts } from '../../src/assembly/api.ts';
import { readApiConfig, readWorkerConfig } from '../../src/config.ts';
import { PaymentBlockClient } from '../../src/client/index.ts';
import { oneGateway } from '../../src/gateways/port/gateways.ts';
import type { RefundGateway } from '../../src/gateways/port/refund-gateway.ts';
import { createSandboxWebhook } from '../../src/gateways/sandbox/sandbox-webhook.ts';
import { createStripeWebhook } from '../../src/gateways/stripe/stripe-webhook.ts';
import { scopes } from '../../src/domain/scopes.ts';
import { type ServiceAccount, upsertAccount } from '../../src/store/accounts/accounts.ts';
import { SECRETS } from './secrets.ts';
import { SandboxProcess } from './sandbox-process.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import { localEnvironment, workflowBundle } from './temporal.ts';

export const PASSWORD = 'open sesame';
export const WEBHOOK_SECRET = `whsec_${Buffer.from('what the sandbox gateway signs with').toString('base64')}`;

/** What a call came back with; the body is read as JSON. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter?: string;
  readonly body: Record<string, unknown>;
}

/** The API over a real database; calls go through it as they would through a socket. */
export class Api {
  readonly app: FastifyInstance;
  readonly database: TestDatabase;

  private constructor(app: FastifyInstance, database: TestDatabase) {
    this.app = app;
    this.database = database;
  }

  static async over(
    database: TestDatabase,
    temporal: Client,
    taskQueue: string,
    settings: Partial<ApiDeps['settings']> = {},
    environment: Record<string, string> = {},
  ): Promise<Api> {
    const config = readApiConfig({
      ...SECRETS,
      DATABASE_URL: database.url,
      TASK_QUEUE: taskQueue,
      TEMPORAL_UI_URL: 'https://temporal.example',
      UNBLOCK_WAIT_SECONDS: '20',
      ALLOW_LOOPBACK_WEBHOOKS: 'true',
      ...environment,
    });
    const parts = await apiParts(config, { pool: database.pool, temporal, log: pino({ level: 'silent' }) });
    const app = await buildApp({
      ...parts,
      webhooks: new Map([
        ['sandbox', createSandboxWebhook(WEBHOOK_SECRET)],
        ['stripe', createStripeWebhook(WEBHOOK_SECRET)],
      ]),
      settings: { ...parts.settings, ...settings },
    });
    return new Api(app, database);
  }

  /** Creates a user of a new subscriber, or of the one given, with every scope unless told otherwise. */
  async user(changes: Partial<ServiceAccount> = {}): Promise<ServiceAccount> {
    const account: ServiceAccount = {
      userId: `user-${randomUUID()}`,
      subscriberId: `subscriber-${randomUUID()}`,
      scopes,
      status: 'active',
      ...changes,
    };
    await upsertAccount(this.database.pool, account, PASSWORD);
    return account;
  }

  async token({ userId }: ServiceAccount): Promise<string> {
    const answer = await this.post(`/user/${userId}/issue`, {}, { userId, password: PASSWORD });
    return z.object({ token: z.string() }).parse(answer.body).token;
  }

  async post(url: string, headers: Record<string, string>, body?: unknown): Promise<Answer> {
    return this.call('POST', url, headers, body);
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('GET', url, headers);
  }

  /** @param body sent as JSON; a text is sent as it is */
  private async call(
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<Answer> {
    const response = await this.app.inject({
      method,
      url,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const retryAfter = response.headers['retry-after'];
    return {
      status: response.statusCode,
      contentType: String(response.headers['content-type']),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      body: z.record(z.string(), z.unknown()).parse(response.json()),
    };
  }
}

export function basic({ userId }: ServiceAccount, password = PASSWORD): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${userId}:${password}`).toString('base64')}` };
}

/** A Temporal that nobody can reach. */
export function noTemporal(): Client {
  return new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });
}

/** Everything behind the API as it runs in production: Temporal, a worker, the gateway, the database. */
export class ApiRig {
  readonly api: Api;
  readonly sandbox: SandboxProcess;
  readonly database: TestDatabase;
  readonly environment: TestWorkflowEnvironment;
  readonly taskQueue: string;
  /** For what is not said by HTTP. */
  readonly client: PaymentBlockClient;
  private readonly worker: Worker;
  private readonly running: Promise<void>;
  private readonly closeParts: () => Promise<void>;

  private constructor(
    api: Api,
    sandbox: SandboxProcess,
    database: TestDatabase,
    environment: TestWorkflowEnvironment,
    taskQueue: string,
    worker: Worker,
    closeParts: () => Promise<void>,
  ) {
    this.api = api;
    this.sandbox = sandbox;
    this.database = database;
    this.environment = environment;
    this.taskQueue = taskQueue;
    this.client = new PaymentBlockClient(environment.client, taskQueue);
    this.worker = worker;
    this.closeParts = closeParts;
    this.running = worker.run();
  }

  static async start(
    settings: Partial<ApiDeps['settings']> = {},
    gatewayEnv: Record<string, string> = {},
    /** Left out: the sandbox. */
    gateway?: RefundGateway,
    /** Of the API, beside what the rig sets. */
    apiEnv: Record<string, string> = {},
  ): Promise<ApiRig> {
    const [environment, database, sandbox, bundle] = await Promise.all([
      localEnvironment(),
      testDatabase(),
      SandboxProcess.start(gatewayEnv),
      workflowBundle(),
    ]);
    const config = readWorkerConfig({
      VOUCHED_RUNS: 'off',
      ...SECRETS,
      DATABASE_URL: database.url,
      GATEWAY_URL: sandbox.url,
      GATEWAY_TIMEOUT_SECONDS: '2',
      SMTP_URL: 'smtp://127.0.0.1:1',
      REVIEW_REMINDER_HOURS: '1',
      REVIEW_DEADLINE_HOURS: '2',
      ALLOW_LOOPBACK_WEBHOOKS: 'true',
    });
    const { pool } = database;
    const parts = await activityParts(config, { pool, log: pino({ level: 'silent' }), namespace: 'default' });
    const taskQueue = `api-${randomUUID()}`;
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      workflowBundle: bundle,
      activities: createActivities({ ...parts.deps, ...(gateway && { gateways: oneGateway(gateway) }) }),
    });
    const api = await Api.over(database, environment.client, taskQueue, settings, apiEnv);
    return new ApiRig(api, sandbox, database, environment, taskQueue, worker, parts.close);
  }

  async stop(): Promise<void> {
    await this.api.app.close();
    this.worker.shutdown();
    await this.running;
    await this.closeParts();
    await this.environment.teardown();
    await this.sandbox.remove();
    await this.database.drop();
  }
}
