import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { activityParts } from '../../src/assembly/activities.ts';
import { createActivities } from '../../src/activities/index.ts';
import type { ActivityDeps } from '../../src/activities/deps.ts';
import { readWorkerConfig } from '../../src/config.ts';
import { PaymentBlockClient } from '../../src/client/index.ts';
import {
  customerBlockWorkflowId,
  paymentWorkflowId,
  refundCheckWorkflowId,
  type CustomerRef,
  type PaymentRef,
} from '../../src/domain/ids.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { PAYMENT_LIFECYCLE } from '../../src/temporal/contract.ts';
import type { ReviewPolicy } from '../../src/domain/review.ts';
import { oneGateway } from '../../src/gateways/port/gateways.ts';
import type { RefundGateway } from '../../src/gateways/port/refund-gateway.ts';
import { createSandboxGateway } from '../../src/gateways/sandbox/sandbox-gateway.ts';
import { createEmailChannel, type EmailChannel } from '../../src/notifications/email.ts';
import { paymentByReference } from '../../src/store/payments/payment-record.ts';
import { refundOfPayment } from '../../src/store/refunds/refund-record.ts';
import { ledgerOf } from '../../src/store/books/ledger.ts';
import { pino } from 'pino';
import { SECRETS } from './secrets.ts';
import { SandboxProcess } from './sandbox-process.ts';
import { MailCatcherProcess } from './mail-catcher-process.ts';
import { deliverAll } from './deliver-all.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import { timeSkippingEnvironment, workflowBundle } from './temporal.ts';

const HOUR = 3600_000;
export const GATEWAY_TIMEOUT_MS = 500;

/** One test file's world: a time-skipping Temporal, a database, a gateway with its own books. */
export class LifecycleRig {
  readonly env: TestWorkflowEnvironment;
  readonly database: TestDatabase;
  readonly sandbox: SandboxProcess;
  readonly mail: MailCatcherProcess;
  readonly gateway: RefundGateway;
  private readonly deps: ActivityDeps;
  private readonly closeParts: () => Promise<void>;
  private runs = new Set<string>();
  /** The queue of the story that is being told. */
  taskQueue = '';

  private constructor(
    env: TestWorkflowEnvironment,
    database: TestDatabase,
    sandbox: SandboxProcess,
    mail: MailCatcherProcess,
    { deps, close }: Awaited<ReturnType<typeof activityParts>>,
  ) {
    this.env = env;
    this.database = database;
    this.sandbox = sandbox;
    this.mail = mail;
    this.closeParts = close;
    this.gateway = createSandboxGateway({
      url: sandbox.url,
      timeoutMs: GATEWAY_TIMEOUT_MS,
      keyLifetimeMs: 24 * HOUR,
    });
    this.deps = { ...deps, gateways: oneGateway(this.gateway) };
  }

  static async start(environment = timeSkippingEnvironment): Promise<LifecycleRig> {
    const [env, database, sandbox, mail] = await Promise.all([
      environment(),
      testDatabase(),
      SandboxProcess.start(),
      MailCatcherProcess.start(),
    ]);
    const config = readWorkerConfig({
      ...SECRETS,
      DATABASE_URL: database.url,
      GATEWAY_URL: sandbox.url,
      SMTP_URL: mail.smtpUrl,
      ALLOW_LOOPBACK_WEBHOOKS: 'true',
      VOUCHED_RUNS: 'off',
    });
    const { pool } = database;
    const parts = await activityParts(config, { pool, log: pino({ level: 'silent' }), namespace: 'default' });
    return new LifecycleRig(env, database, sandbox, mail, parts);
  }

  async stop(): Promise<void> {
    await this.env.teardown();
    await this.closeParts();
    await this.mail.remove();
    await this.sandbox.remove();
    await this.database.drop();
  }

  /**
   * Runs a worker while `story` goes on; then every run that the story looked at is replayed from its history, so that no test
   * passes with a workflow that could not be resumed.
   */
  async tell(
    story: (client: PaymentBlockClient) => Promise<void>,
    changes: Partial<ActivityDeps> = {},
    taskQueue = `test-${randomUUID()}`,
  ): Promise<void> {
    this.taskQueue = taskQueue;
    const bundle = await workflowBundle();
    const worker = await Worker.create({
      connection: this.env.nativeConnection,
      taskQueue,
      workflowBundle: bundle,
      activities: createActivities({ ...this.deps, ...changes }),
    });
    this.runs = new Set();
    await worker.runUntil(() => story(new PaymentBlockClient(this.env.client, taskQueue)));
    for (const workflowId of this.runs) {
      const handle = this.env.client.workflow.getHandle(workflowId);
      await Worker.runReplayHistory({ workflowBundle: bundle }, await handle.fetchHistory(), workflowId);
    }
  }

  reviewPolicy(deadlineAction: ReviewPolicy['deadlineAction']): Partial<ActivityDeps> {
    return { reviewPolicy: { ...this.deps.reviewPolicy, deadlineAction } };
  }

  lifecycle(ref: PaymentRef): WorkflowHandle {
    return this.run(paymentWorkflowId(ref));
  }

  /** Starts a lifecycle with a signal already waiting for it: it is heard before the first line has run. */
  async startWithSignal(payment: BlockedPayment, signal: string, input: unknown): Promise<WorkflowHandle> {
    await this.env.client.workflow.signalWithStart(PAYMENT_LIFECYCLE, {
      workflowId: paymentWorkflowId(payment),
      taskQueue: this.taskQueue,
      args: [payment],
      signal,
      signalArgs: [input],
    });
    return this.lifecycle(payment);
  }

  refundCheck(ref: PaymentRef): WorkflowHandle {
    return this.run(refundCheckWorkflowId(ref));
  }

  customer(ref: CustomerRef): WorkflowHandle {
    return this.run(customerBlockWorkflowId(ref));
  }

  /** The payment, its refund and its open balances, as they are on record. */
  async onRecord(ref: PaymentRef) {
    const [payment, refund, ledger] = await Promise.all([
      paymentByReference(this.database.pool, ref),
      refundOfPayment(this.database.pool, ref),
      ledgerOf(this.database.pool, ref),
    ]);
    const balances: Record<string, number> = {};
    for (const { account, money } of ledger) {
      const kind = account.split(':')[0] ?? '';
      balances[kind] = (balances[kind] ?? 0) + money.minor;
    }
    return { status: payment?.status, decidedBy: payment?.decidedBy, refund, balances };
  }

  /** The mails about a payment or a customer, in the order they came. */
  async mailsAbout(reference: string) {
    await deliverAll(this.deps);
    return (await this.mail.messages()).filter(({ text }) => text.includes(reference));
  }

  /** Their subjects. */
  async subjectsAbout(reference: string): Promise<string[]> {
    return (await this.mailsAbout(reference)).map(({ subject }) => subject);
  }

  private run(workflowId: string): WorkflowHandle {
    this.runs.add(workflowId);
    return this.env.client.workflow.getHandle(workflowId);
  }
}

/** The channel that operators are told by. */
export function mailTo(smtpUrl: string): EmailChannel {
  return createEmailChannel({
    smtpUrl,
    from: 'payment-block@localhost',
    to: 'operators@localhost',
    temporalUiUrl: 'http://127.0.0.1:8233',
    publicUrl: 'http://127.0.0.1:8080',
    namespace: 'default',
  });
}
