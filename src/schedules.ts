import { type Client, ScheduleAlreadyRunning } from '@temporalio/client';
import { DELIVER_NOTIFICATIONS } from './messages/deliver-notifications.ts';

/** Makes sure that what runs by the clock is scheduled; every worker calls it, the first one creates. */
export async function ensureSchedules(temporal: Client, taskQueue: string): Promise<void> {
  try {
    await temporal.schedule.create({
      scheduleId: 'deliver-notifications',
      spec: { intervals: [{ every: '1m' }] },
      policies: { overlap: 'SKIP', catchupWindow: '1m' },
      action: { type: 'startWorkflow', workflowType: DELIVER_NOTIFICATIONS, taskQueue, args: [] },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
