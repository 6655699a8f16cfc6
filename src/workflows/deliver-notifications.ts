import { condition } from '@temporalio/workflow';
import { Notices } from './notices.ts';
import { notify } from './retry-policies.ts';

/**
 * Delivers events that no lifecycle delivers.
 * @param eventIds the events; without them all that lies undelivered in the outbox, which is what the schedule asks for
 * @returns how many were tried
 */
export async function deliverNotifications(eventIds?: readonly string[]): Promise<number> {
  const events = eventIds ?? (await notify.undeliveredEvents());
  const notices = new Notices();
  for (const eventId of events) notices.send(eventId);
  await condition(() => notices.delivered);
  return events.length;
}
