import { log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { claimDue, dueLanes } from '../store/deliveries.ts';
import { fanOut, notFannedOut } from '../store/outbox.ts';
import { inTransaction } from '../store/postgres.ts';
import { attemptDelivery, type DeliveryDeps } from './attempt-delivery.ts';

export type NotifyActivities = ReturnType<typeof createNotifyActivities>;

/** What is due to one endpoint; null: what is due by mail. */
export interface Lane {
  readonly endpointId: string | null;
}

/** Telling people and programs, from the outbox. */
export function createNotifyActivities(deps: DeliveryDeps) {
  const { pool } = deps;
  const settle = (eventId: string) => inTransaction(pool, (db) => fanOut(db, eventId));

  return {
    /**
     * Tells one stored event to everybody who is to hear of it, once; whom it was told before is left out.
     * @throws ApplicationFailure where somebody did not take it: it is due again later, and not for the caller to repeat
     */
    async deliverEvent({ eventId }: { eventId: string }): Promise<void> {
      await settle(eventId);
      const claimed = await claimDue(pool, { eventId }, MOST_AT_ONCE);
      const told = await Promise.all(claimed.map((delivery) => attemptDelivery(deps, delivery)));
      const problems = told.filter((problem) => problem !== undefined);
      if (problems.length > 0) throw ApplicationFailure.nonRetryable(problems.join('; '));
    },

    /** The ids of events that nobody has begun to tell; what a delivery run from before there were lanes asks for. */
    async undeliveredEvents(): Promise<string[]> {
      return notFannedOut(pool, MOST_AT_ONCE);
    },

    /** Settles who is told of the events that are new, and answers where something is due. */
    async openLanes(): Promise<Lane[]> {
      const events = await notFannedOut(pool, MOST_NEW_EVENTS);
      await untilNothingIsLeft(async () => {
        const eventId = events.shift();
        if (eventId === undefined) return false;
        // One that cannot be settled stays what it is, and keeps no other from being told.
        await settle(eventId).catch((error: unknown) => {
          log.error('it cannot be settled who is told of an event', { eventId, error });
        });
        return true;
      });
      return (await dueLanes(pool, MOST_LANES)).map((endpointId) => ({ endpointId }));
    },

    /**
     * Tells what is due in one lane, for a limited time. A lane has its own pace: a dead endpoint keeps nobody waiting.
     * @returns how many attempts were taken, and how many were not
     */
    async deliverLane({ endpointId }: Lane): Promise<{ taken: number; refused: number }> {
      const count = { taken: 0, refused: 0 };
      await untilNothingIsLeft(async () => {
        const [claimed] = await claimDue(pool, { endpointId }, 1);
        if (!claimed) return false;
        const problem = await attemptDelivery(deps, claimed);
        if (problem === undefined) count.taken += 1;
        else count.refused += 1;
        return true;
      });
      return count;
    },
  };
}

const MOST_AT_ONCE = 100;
// Of the hundred activities that a worker runs at once, the others are for the refunds.
const MOST_LANES = 40;
const MOST_NEW_EVENTS = 5_000;
const WIDTH = 4;
// With the attempt that is begun last, still well within the activity's own time.
const LONGEST_MS = 15_000;

/** Takes step after step, some at a time, until one says that nothing is left, or the time is up. */
async function untilNothingIsLeft(step: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + LONGEST_MS;
  const steps = async () => {
    while (Date.now() < until && (await step()));
  };
  await Promise.all(Array.from({ length: WIDTH }, steps));
}
