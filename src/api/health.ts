import type { Client } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type pg from 'pg';
import { z } from 'zod';
import type { RouteDeps } from './deps.ts';

/** How long a party may take to say that it is there. */
const PATIENCE_MS = 2_000;

const state = z.object({ state: z.enum(['up', 'down']), problem: z.string().exactOptional() });

type State = z.infer<typeof state>;

const readiness = z.object({ status: z.enum(['ready', 'notReady']), postgres: state, temporal: state });

/** Whether this process lives, and whether it can do its work; open to everybody. */
export const healthRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool, temporal }) => {
  app.get(
    '/health/live',
    {
      schema: {
        tags: ['health'],
        summary: 'Whether the process answers',
        security: [],
        response: { 200: z.object({ status: z.literal('live') }) },
      },
    },
    () => ({ status: 'live' as const }),
  );

  app.get(
    '/health/ready',
    {
      schema: {
        tags: ['health'],
        summary: 'Whether calls can be answered',
        description:
          'Postgres decides: without it nothing can be answered. Without Temporal the rules and everything that reads ' +
          'still answer; what starts or moves a lifecycle does not.',
        security: [],
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const [postgres, process] = await Promise.all([stateOfPostgres(pool), stateOfTemporal(temporal)]);
      const ready = postgres.state === 'up';
      return reply
        .code(ready ? 200 : 503)
        .send({ status: ready ? 'ready' : 'notReady', postgres, temporal: process });
    },
  );
};

async function stateOfPostgres(pool: pg.Pool): Promise<State> {
  return stateOf('Postgres', async () => {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
    });
    try {
      await Promise.race([pool.query('select 1'), patience]);
    } finally {
      clearTimeout(timer);
    }
  });
}

async function stateOfTemporal(temporal: Client): Promise<State> {
  return stateOf('Temporal', async () => {
    await temporal.withDeadline(Date.now() + PATIENCE_MS, () => temporal.workflowService.getSystemInfo({}));
  });
}

/** What it failed with stays in here: hosts and users are not everybody's business. */
async function stateOf(name: string, ask: () => Promise<void>): Promise<State> {
  try {
    await ask();
    return { state: 'up' };
  } catch {
    return { state: 'down', problem: `${name} does not answer` };
  }
}
