import { fileURLToPath } from 'node:url';
import { Runtime, Worker, type WorkerTuner } from '@temporalio/worker';
import { activityNameInterceptor } from './activities/failpoints.ts';
import { createActivities } from './activities/index.ts';
import { activityParts } from './assembly/activities.ts';
import { connectTemporal } from './client/connect.ts';
import { readWorkerConfig } from './config.ts';
import { createLogger } from './runtime/logger.ts';
import { checkServer } from './temporal/server-check.ts';
import { ensureSchedules } from './temporal/schedules.ts';
import { createPool, POOL_SIZE } from './store/db/postgres.ts';
import { reportReady } from './runtime/parent-process.ts';
import { temporalLogger } from './runtime/temporal-logger.ts';
import { connectWorker } from './worker-connection.ts';

/** The worker takes on more while the machine has processor and memory left, and always a little. */
const RESOURCES = {
  type: 'resource-based',
  tunerOptions: { targetMemoryUsage: 0.8, targetCpuUsage: 0.9 },
} as const;

const TUNER: WorkerTuner = {
  workflowTaskSlotSupplier: { ...RESOURCES, minimumSlots: 40, maximumSlots: 400 },
  // The lanes of the outbox take a slot each for as long as the worker runs.
  activityTaskSlotSupplier: { ...RESOURCES, minimumSlots: 60, maximumSlots: 400, rampThrottle: '10ms' },
  // Each is one transaction: more of them at once than connections only wait, and run out of time.
  localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: POOL_SIZE },
  nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
};

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** Runs the workflows and their activities until it is asked to stop; what is under way is finished first. */
async function main(): Promise<void> {
  const config = readWorkerConfig(process.env);
  const log = createLogger('worker', config.LOG_LEVEL);
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
  });

  const pool = createPool(config.DATABASE_URL, 'payment-block worker', (error) => {
    log.warn({ err: error }, 'a Postgres connection broke; the pool opens another');
  });
  const stopping = new AbortController();
  const disconnecting = new AbortController();
  const { connection, namespace } = await connectWorker({ log, signal: disconnecting.signal });
  const parts = await activityParts(config, { pool, log, namespace, stopping: stopping.signal });
  if (config.ALLOW_LOOPBACK_WEBHOOKS)
    log.warn('ALLOW_LOOPBACK_WEBHOOKS is on: webhooks may reach this machine. Never outside of development.');
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: config.TASK_QUEUE,
    ...(config.WORKFLOW_BUNDLE === undefined
      ? { workflowsPath: fileURLToPath(new URL('./workflows/index.js', import.meta.url)) }
      : { workflowBundle: { codePath: config.WORKFLOW_BUNDLE } }),
    activities: createActivities(parts.deps),
    interceptors: { activity: [activityNameInterceptor] },
    tuner: TUNER,
    // Shorter than what container platforms allow a process to end in, longer than any one activity should need.
    shutdownGraceTime: '20s',
  });
  // The runtime shuts the worker down on these as well; activities would hear of it only after the grace time.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  // The parent was killed: nothing else would ever stop this process.
  process.on('disconnect', () => {
    stopping.abort();
    if (worker.getState() === 'RUNNING') worker.shutdown();
  });

  const temporal = connectTemporal();
  await checkServer(temporal);
  await ensureSchedules(temporal, config.TASK_QUEUE);
  await temporal.connection.close();

  const running = worker.run();
  log.info({ taskQueue: config.TASK_QUEUE, namespace }, 'worker is running');
  reportReady();
  await running;
  await parts.close();
  disconnecting.abort();
  await connection.close();
  await pool.end();
  if (process.connected) process.disconnect();
}
