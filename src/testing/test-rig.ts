import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import type pg from 'pg';
import { createActivities } from '../activities/index.ts';
import { activityParts } from '../assembly/activities.ts';
import { PaymentBlockClient } from '../client/index.ts';
import { readWorkerConfig } from '../config.ts';
import type { ReviewPolicy } from '../domain/review.ts';
import { createApi } from '../sandbox-gateway/api.ts';
import { Books } from '../sandbox-gateway/books.ts';
import type { SwitchInput } from '../sandbox-gateway/switches.ts';
import { migrate } from '../store/db/migrate.ts';
import { createPool } from '../store/db/postgres.ts';
import { indexedTypes } from '../temporal/search-attributes.ts';

const DAY = 24 * 3600_000;

/** What a rig needs, and what may be set otherwise. */
export interface TestRigOptions {
  /** An empty Postgres database (14 or newer), or one that an earlier rig has used. */
  readonly databaseUrl: string;
  /** The program of Temporal's time-skipping test server; left out, @temporalio/testing downloads it. */
  readonly testServer?: string;
  /** The rules that decide; left out, those of rules/default.yaml. */
  readonly rulesFile?: string;
  /** How long a held payment waits, and what then happens; left out, 4 hours, 24 hours, refund. */
  readonly reviewPolicy?: ReviewPolicy;
}

/**
 * The whole lifecycle in this process, to test a payment service against: Temporal's time-skipping server, a worker, the
 * record in Postgres, and a sandbox gateway that misbehaves where it is told to. Days pass in a moment (`env.sleep`).
 * Mails and webhooks are stored and not sent: nothing by the clock runs here but the lifecycles' own timers.
 */
export class TestRig {
  /** Starts and unblocks payments, blocks customers. */
  readonly client: PaymentBlockClient;
  /** Temporal: its client, and `sleep`, which skips time. */
  readonly env: TestWorkflowEnvironment;
  /** The record. */
  readonly pool: pg.Pool;
  private readonly gateway: Awaited<ReturnType<typeof startGateway>>;
  private readonly worker: Worker;
  private readonly running: Promise<void>;
  private readonly closeParts: () => Promise<void>;

  private constructor(parts: {
    env: TestWorkflowEnvironment;
    pool: pg.Pool;
    gateway: Awaited<ReturnType<typeof startGateway>>;
    worker: Worker;
    taskQueue: string;
    closeParts: () => Promise<void>;
  }) {
    this.env = parts.env;
    this.pool = parts.pool;
    this.gateway = parts.gateway;
    this.worker = parts.worker;
    this.closeParts = parts.closeParts;
    this.client = new PaymentBlockClient(parts.env.client, parts.taskQueue);
    this.running = parts.worker.run();
    // Told by stop().
    this.running.catch(() => {});
  }

  /** @throws Error where Postgres or the test server cannot be reached or started */
  static async start(options: TestRigOptions): Promise<TestRig> {
    const { databaseUrl, testServer, rulesFile, reviewPolicy } = options;
    await migrate(databaseUrl);
    const [env, gateway] = await Promise.all([
      TestWorkflowEnvironment.createTimeSkipping(
        testServer === undefined
          ? {}
          : { server: { executable: { type: 'existing-path', path: testServer } } },
      ),
      startGateway(),
    ]);
    await env.connection.operatorService.addSearchAttributes({
      namespace: env.namespace ?? 'default',
      searchAttributes: indexedTypes(),
    });
    const pool = createPool(databaseUrl, 'payment-block test rig', () => {});
    const secret = () => randomBytes(32).toString('hex');
    const config = readWorkerConfig({
      VOUCHED_RUNS: 'off',
      DATABASE_URL: databaseUrl,
      GATEWAY_URL: gateway.url,
      GATEWAY_TIMEOUT_SECONDS: '5',
      // Nothing is sent: only a lane would.
      SMTP_URL: 'smtp://127.0.0.1:25',
      FINGERPRINT_SECRET: secret(),
      SECRETS_KEY: secret(),
      ...(rulesFile === undefined ? {} : { RULES_FILE: rulesFile }),
    });
    const log = pino({ level: 'silent' });
    const parts = await activityParts(config, { pool, log, namespace: env.namespace ?? 'default' });
    const taskQueue = `test-${randomUUID()}`;
    const extension = path.extname(fileURLToPath(import.meta.url));
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue,
      workflowsPath: fileURLToPath(new URL(`../workflows/index${extension}`, import.meta.url)),
      activities: createActivities({ ...parts.deps, ...(reviewPolicy && { reviewPolicy }) }),
    });
    return new TestRig({ env, pool, gateway, worker, taskQueue, closeParts: parts.close });
  }

  /** Has the gateway misbehave from now on as the switches say (decline, dropAnswer, slow …); without any, it behaves. */
  async misbehave(...switches: readonly SwitchInput[]): Promise<void> {
    const response = await fetch(`${this.gateway.url}/switches`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(switches),
    });
    if (!response.ok) throw new Error(`the switches were refused: ${await response.text()}`);
  }

  /** Every refund that the gateway has booked, paid or not: what is in here twice was paid twice. */
  get booked(): readonly { readonly id: string; readonly reference: string }[] {
    return this.gateway.books.all().map(({ id, reference }) => ({ id, reference }));
  }

  /** Ends everything that the rig has started; the database stays as it is. */
  async stop(): Promise<void> {
    if (this.worker.getState() === 'RUNNING') this.worker.shutdown();
    await this.running;
    await this.env.teardown();
    await this.closeParts();
    await this.gateway.stop();
    await this.pool.end();
  }
}

/** A sandbox gateway in this process, with its books in a file of its own. */
async function startGateway() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'payment-block-test-rig-'));
  const books = new Books(path.join(folder, 'books.jsonl'));
  const terms = { settleMs: 0, keyLifetimeMs: DAY };
  const api = createApi(books, terms, pino({ level: 'silent' }), () => {});
  const url = await api.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    books,
    async stop() {
      await api.close();
      books.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
