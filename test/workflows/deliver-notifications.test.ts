import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { LaneTurn } from '../../src/activities/deliver-lane.ts';
import { deliveryLanes } from '../../src/domain/delivery-lane.ts';
import { DELIVER_NOTIFICATIONS } from '../../src/temporal/contract.ts';
import { ensureSchedules } from '../../src/temporal/schedules.ts';
import { localEnvironment, workflowBundle } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await localEnvironment();
}, 60_000);
afterAll(() => env.teardown());

async function runs() {
  const found = [];
  const query = `WorkflowType = '${DELIVER_NOTIFICATIONS}'`;
  for await (const run of env.client.workflow.list({ query })) found.push(run);
  return found;
}

const workflowIds = async () => [...new Set((await runs()).map(({ workflowId }) => workflowId))];

test('each turn of the lanes is a short run of its own; the schedule starts a second one only after an end', async () => {
  const taskQueue = `test-${randomUUID()}`;
  const turns: LaneTurn[] = [];
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities: {
      // A turn of half a second.
      async deliverLane(turn: LaneTurn): Promise<void> {
        turns.push(turn);
        await pause(500);
      },
      // Scheduled on the same queue.
      async checkConsistency(): Promise<void> {},
    },
  });
  await ensureSchedules(env.client, taskQueue);
  const schedule = env.client.schedule.getHandle('deliver-notifications');
  await schedule.update((stored) => ({ ...stored, spec: { intervals: [{ every: '1s' }] } }));

  await worker.runUntil(async () => {
    await vi.waitFor(() => expect(turns.length).toBeGreaterThan(9 * deliveryLanes.length), 20_000);
    const [first = ''] = await workflowIds();
    expect(await workflowIds()).toEqual([first]);
    expect((await runs()).length).toBeGreaterThan(5);
    expect(Math.max(...(await runs()).map(({ historyLength }) => historyLength))).toBeLessThan(30);

    await env.client.workflow.getHandle(first).terminate();
    await vi.waitFor(async () => expect(await workflowIds()).toHaveLength(2), 10_000);

    // A worker that comes up leaves a pause alone.
    await schedule.pause('the receivers are moving');
    const [second = ''] = (await workflowIds()).filter((workflowId) => workflowId !== first);
    await env.client.workflow.getHandle(second).terminate();
    await ensureSchedules(env.client, taskQueue);
    await pause(2_500);
    expect((await runs()).filter(({ status }) => status.name === 'RUNNING')).toEqual([]);
  });
  expect(
    turns
      .slice(0, deliveryLanes.length)
      .map(({ lane }) => lane)
      .toSorted(),
  ).toEqual(deliveryLanes.toSorted());
}, 60_000);
