// The worker of the workflows that the lifecycle is compared with: set up as src/worker.ts sets up ours.
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { type InjectedSinks, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { z } from 'zod';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { reportReady } from '../../src/runtime/parent-process.ts';
import { temporalLogger } from '../../src/runtime/temporal-logger.ts';
import type { CallerSinks } from './comparison-workflows.ts';

const { DATABASE_URL, TASK_QUEUE } = z
  .object({ DATABASE_URL: z.url(), TASK_QUEUE: z.string() })
  .parse(process.env);
const log = createLogger('comparison', 'warn');
Runtime.install({
  logger: temporalLogger(log),
  telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
});

const pool = createPool(DATABASE_URL, 'payment-block comparison', (error) => log.warn({ err: error }));
await pool.query(`create table bench_textbook (id bigint generated always as identity primary key,
  payment text not null, step text not null, body jsonb not null, at timestamptz not null default now())`);

const step = (name: string) => async (payment: BlockedPayment) => {
  await pool.query('insert into bench_textbook (payment, step, body) values ($1, $2, $3)', [
    payment.uniqueReference,
    name,
    payment,
  ]);
};
const activities = { block: step('block'), evaluate: step('evaluate'), refund: step('refund') };

export type TextbookActivities = typeof activities;

const sinks: InjectedSinks<CallerSinks> = {
  caller: {
    held: { fn: ({ workflowId }) => void process.send?.({ held: workflowId }), callDuringReplay: false },
  },
};

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: TASK_QUEUE,
  workflowsPath: fileURLToPath(new URL('./comparison-workflows.js', import.meta.url)),
  activities,
  sinks,
  shutdownGraceTime: '20s',
});
process.on('disconnect', () => worker.shutdown());
const running = worker.run();
reportReady();
await running;
await connection.close();
await pool.end();
if (process.connected) process.disconnect();
