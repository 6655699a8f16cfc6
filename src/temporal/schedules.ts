import { type Client, ScheduleAlreadyRunning, type ScheduleOptions, ServiceError } from '@temporalio/client';
import { CHECK_CONSISTENCY, DELIVER_NOTIFICATIONS, RECONCILE } from './contract.ts';

type Timed = Pick<ScheduleOptions, 'scheduleId' | 'spec'> & {
  readonly workflowType: string;
  /** After an outage of the server, what was missed is made up for if it is no older than this. */
  readonly catchupWindow: '1m' | '1 day';
  /** Also started whenever a worker comes up, unless it is paused. */
  readonly atOnce?: true;
};

/** What runs by the clock; a run that is still on keeps the next one from starting. */
const timed: readonly Timed[] = [
  {
    // Never ends by itself: the schedule starts it again where it was terminated.
    scheduleId: 'deliver-notifications',
    workflowType: DELIVER_NOTIFICATIONS,
    atOnce: true,
    spec: { intervals: [{ every: '1m' }] },
    catchupWindow: '1m',
  },
  {
    scheduleId: 'check-consistency',
    workflowType: CHECK_CONSISTENCY,
    spec: { intervals: [{ every: '5m' }] },
    catchupWindow: '1m',
  },
  {
    scheduleId: 'reconcile',
    workflowType: RECONCILE,
    // UTC, when the gateways' day is over.
    spec: { calendars: [{ hour: 3, minute: 30 }] },
    catchupWindow: '1 day',
  },
];

/** Makes sure that what runs by the clock is scheduled, as this version has it; every worker calls it. */
export async function ensureSchedules(temporal: Client, taskQueue: string): Promise<void> {
  for (const { scheduleId, workflowType, spec, catchupWindow, atOnce } of timed) {
    const policies = { overlap: 'SKIP', catchupWindow } as const;
    const action = { type: 'startWorkflow' as const, workflowType, taskQueue, args: [] };
    try {
      await temporal.schedule.create({ scheduleId, spec, policies, action });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      // Times and task queue follow the version that runs; whether it is paused stays as it is.
      const handle = temporal.schedule.getHandle(scheduleId);
      await patiently(() => handle.update((before) => ({ ...before, spec, policies, action })));
    }
    if (!atOnce) continue;
    await startUnlessPaused(temporal, scheduleId);
  }
}

async function startUnlessPaused(temporal: Client, scheduleId: string): Promise<void> {
  const schedule = temporal.schedule.getHandle(scheduleId);
  await patiently(async () => {
    const { state } = await schedule.describe();
    if (!state.paused) await schedule.trigger('SKIP');
  });
}

/** A schedule that another worker has just created does not answer at once on a busy server. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attemptsLeft = 20; ; attemptsLeft--) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof ServiceError) || attemptsLeft === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
