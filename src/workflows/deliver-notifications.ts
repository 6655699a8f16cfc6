import { condition, patched } from '@temporalio/workflow';
import { Notices } from './notices.ts';
import { notify } from './retry-policies.ts';

/**
 * Delivers events that no lifecycle delivers, and what was not taken at first.
 * @param eventIds the events; without them all that is due, which is what the schedule asks for
 * @returns how many deliveries were taken, or how many events were tried where they are given
 */
export async function deliverNotifications(eventIds?: readonly string[]): Promise<number> {
  if (eventIds === undefined && patched('deliver by lane')) return deliverWhatIsDue();
  const events = eventIds ?? (await notify.undeliveredEvents());
  const notices = new Notices();
  for (const eventId of events) notices.send(eventId);
  await condition(() => notices.delivered);
  return events.length;
}

/** Each endpoint by itself, so that a slow one keeps no other waiting; what is left then is for the next run. */
async function deliverWhatIsDue(): Promise<number> {
  const lanes = await notify.openLanes();
  const counts = await Promise.all(lanes.map((lane) => notify.deliverLane(lane)));
  return counts.reduce((sum, { taken }) => sum + taken, 0);
}
