import { continueAsNew } from '@temporalio/workflow';
import { deliveryLanes } from '../domain/delivery-lane.ts';
import { lanes } from './activities.ts';

/** A turn of the lanes. What has changed in workers, queues and lanes is taken up with the next one. */
const TURN_MS = 3_600_000;

/** Empties the outbox for ever, by one long-running activity for each lane; each turn is a run of its own. */
export async function deliverNotifications(): Promise<void> {
  const until = Date.now() + TURN_MS;
  await Promise.all(
    deliveryLanes.map((lane) =>
      lanes.deliverLane.executeWithOptions({ activityId: lane, summary: lane }, [{ lane, until }]),
    ),
  );
  await continueAsNew<typeof deliverNotifications>();
}
