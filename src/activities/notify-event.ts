import { deliver, undelivered } from '../store/outbox.ts';
import type { ActivityDeps } from './deps.ts';

export type NotifyActivities = ReturnType<typeof createNotifyActivities>;

/** Telling people, from the outbox. */
export function createNotifyActivities({ pool, channel }: ActivityDeps) {
  return {
    /** Delivers one stored event; does nothing if it was delivered before. */
    async deliverEvent({ eventId }: { eventId: string }): Promise<void> {
      await deliver(pool, eventId, channel);
    },

    /** The ids of events that should have been delivered by now. */
    async undeliveredEvents(): Promise<string[]> {
      return undelivered(pool, GRACE_SECONDS, BATCH);
    },
  };
}

// A lifecycle tries for about a minute itself; until then an event is in its hands.
const GRACE_SECONDS = 120;
const BATCH = 100;
