import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type pg from 'pg';
import { z } from 'zod';
import { isDeliveryLate } from '../../store/notifications/deliveries.ts';
import type { RouteDeps } from '../deps/deps.ts';

/** How long a party may take to say that it is there: orchestrators give the whole answer a second. */
const PATIENCE_MS = 700;

const state = z.object({ state: z.enum(['up', 'down']), problem: z.string().exactOptional() });

type State = z.infer<typeof state>;

const readiness = z.object({
  status: z.enum(['ready', 'notReady']),
  postgres: state,
  temporal: state,
  notifications: state.describe('Whether mails and webhooks go out; down while their schedule is paused'),
});

const isReady = readiness.describe('Calls are answered');
const isNotReady = readiness.describe('Postgres is down, so nothing can be answered');

/** Whether this process lives, and whether it can do its work; open to everybody. */
export const healthRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool, temporal }) => {
  app.get(
    '/health/live',
    {
      schema: {
        tags: ['health'],
        operationId: 'isLive',
        summary: 'Whether the process answers',
        security: [],
        response: { 200: z.object({ status: z.literal('live') }).describe('It answers') },
      },
    },
    () => ({ status: 'live' as const }),
  );

  app.get(
    '/health/ready',
    {
      schema: {
        tags: ['health'],
        operationId: 'isReady',
        summary: 'Whether calls can be answered',
        description:
          'Postgres decides: without it nothing can be answered. Without Temporal the rules and everything that reads ' +
          'still answer; what starts or moves a lifecycle does not.',
        security: [],
        response: { 200: isReady, 503: isNotReady },
      },
    },
    async (_request, reply) => {
      const [postgres, process, notifications] = await Promise.all([
        stateOfPostgres(pool),
        stateOfTemporal(temporal),
        stateOfNotifications(pool),
      ]);
      const ready = postgres.state === 'up';
      return reply
        .code(ready ? 200 : 503)
        .send({ status: ready ? 'ready' : 'notReady', postgres, temporal: process, notifications });
    },
  );
};

async function stateOfPostgres(pool: pg.Pool): Promise<State> {
  return stateOf('Postgres', pool.query('select 1'));
}

/** The alarm about mail that does not go out must not go by mail. */
async function stateOfNotifications(pool: pg.Pool): Promise<State> {
  const late = isDeliveryLate(pool, LATE_MINUTES);
  const asked = await stateOf('Postgres', late);
  if (asked.state === 'down' || !(await late)) return asked;
  return {
    state: 'down',
    problem: `something has been due for more than ${LATE_MINUTES} minutes and was not tried`,
  };
}

const LATE_MINUTES = 5;

async function stateOfTemporal(temporal: Client): Promise<State> {
  const call = temporal.withDeadline(Date.now() + PATIENCE_MS, () =>
    temporal.workflowService.getSystemInfo({}),
  );
  return stateOf('Temporal', call);
}

/** What it failed with stays in here: hosts and users are not everybody's business. */
async function stateOf(name: string, answer: Promise<unknown>): Promise<State> {
  const patience = new AbortController();
  const isUp = await Promise.race([
    answer.then(
      () => true,
      () => false,
    ),
    pause(PATIENCE_MS, false, { signal: patience.signal }),
  ]);
  patience.abort();
  return isUp ? { state: 'up' } : { state: 'down', problem: `${name} does not answer` };
}
