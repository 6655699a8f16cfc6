import { setTimeout as pause } from 'node:timers/promises';
import { type DeliveryLane, deliveryLanes, laneOfEndpoint } from '../domain/delivery-lane.ts';
import {
  claimDue,
  type ClaimedDelivery,
  type DeliveryTarget,
  dueEndpoints,
} from '../store/notifications/deliveries.ts';
import { fanOut, hasNewEvents } from '../store/notifications/outbox.ts';
import { listenToOutbox } from '../store/notifications/outbox-listener.ts';
import { inTransaction } from '../store/db/postgres.ts';
import { Alarm } from '../runtime/alarm.ts';
import { type DeliveryDeps, deliverOnce } from './deliver-once.ts';
import { Pace } from './pace.ts';

export interface LaneRun {
  readonly lane: DeliveryLane;
  /** Ends the lane. */
  readonly signal: AbortSignal;
  /** Called at each look for what is due, every second or more often: the lane is alive. */
  readonly onLook: () => void;
  /** Called with what went wrong in our own record, once until it works again. The lane goes on. */
  readonly onProblem: (what: string, error: unknown) => void;
}

/** The clock: for retries that fall due, and for events whose wake-up call was lost. */
const CLOCK_MS = 1_000;
/** Between two looks: what comes meanwhile is found by one look. */
const GATHER_MS = 150;
const FAN_OUT_BATCH = 100;
/** How long a lane that ends waits for its attempts; the later ones are still recorded while the process lives. */
const HAND_OVER_MS = 2_000;

/**
 * Empties the outbox, as far as one lane goes, until it is ended: fans new events out, and makes the attempts that are due.
 * Several runs of one lane at the same time share its work: each delivery is claimed by one of them.
 */
export async function runLane(
  deps: DeliveryDeps,
  { lane, signal, onLook, onProblem }: LaneRun,
): Promise<void> {
  const { pool } = deps;
  const alarm = new Alarm();
  const pace = new Pace();
  const underWay = new Set<Promise<void>>();
  const waiting = new Set<string>();
  let well = true;

  const troubled = (error: unknown) => {
    if (well) onProblem('a delivery lane cannot work with the record; it goes on trying', error);
    well = false;
  };

  /** Attempts one delivery after the other, for as long as the target takes them and something is due to it. */
  async function attempt(target: DeliveryTarget, first: ClaimedDelivery): Promise<void> {
    try {
      let claimed: ClaimedDelivery | undefined = first;
      while (claimed) {
        const problem = await deliverOnce(deps, claimed);
        pace.note(target, problem === undefined);
        if (problem !== undefined || signal.aborted) return;
        [claimed] = await claimDue(pool, target, 1);
      }
    } catch (error) {
      troubled(error);
    } finally {
      pace.end(target);
      alarm.ring();
    }
  }

  function unreadable(subscriberId: string, error: unknown): void {
    if (waiting.has(subscriberId)) return;
    waiting.add(subscriberId);
    onProblem(`the notification settings of ${subscriberId} cannot be read: its events wait`, error);
  }

  /** Fans out what is new, and begins the attempts that are due. @returns whether there was anything to do */
  async function look(): Promise<boolean> {
    let found = false;
    for (;;) {
      if (!(await hasNewEvents(pool))) break;
      const fannedOut = await inTransaction(pool, (db) => fanOut(db, FAN_OUT_BATCH, unreadable));
      found ||= fannedOut > 0;
      if (fannedOut < FAN_OUT_BATCH) break;
    }
    const endpoints = lane === 'mail' ? [] : await dueEndpoints(pool);
    const targets = lane === 'mail' ? [null] : endpoints.filter((id) => laneOfEndpoint(id) === lane);
    for (const target of targets) {
      const room = pace.room(target);
      if (room === 0 || signal.aborted) continue;
      for (const claimed of await claimDue(pool, target, room)) {
        found = true;
        pace.begin(target);
        const made = attempt(target, claimed).finally(() => underWay.delete(made));
        underWay.add(made);
      }
    }
    return found;
  }

  signal.addEventListener('abort', alarm.ring, { once: true });
  const listening = listenToOutbox(pool, signal, alarm.ring, (error) =>
    onProblem('a delivery lane no longer listens, and looks by the clock until it does again', error),
  );
  let busy = true;
  while (!signal.aborted) {
    onLook();
    try {
      busy = (await look()) || busy;
      well = true;
    } catch (error) {
      troubled(error);
      busy = false;
    }
    await pause(GATHER_MS);
    // After a wake-up call there is one look more, for events that committed just behind the one that called.
    busy = await alarm.within(busy ? 0 : CLOCK_MS);
  }
  await Promise.race([Promise.all([listening, ...underWay]), pause(HAND_OVER_MS)]);
}

/** Runs every lane in this process until the signal. @throws what goes wrong in our own record, once all have ended */
export async function runLanes(deps: DeliveryDeps, signal: AbortSignal): Promise<void> {
  const problems: unknown[] = [];
  const onProblem = (what: string, error: unknown) => problems.push(new Error(what, { cause: error }));
  await Promise.all(
    deliveryLanes.map((lane) => runLane(deps, { lane, signal, onLook: () => {}, onProblem })),
  );
  if (problems.length > 0) throw new AggregateError(problems, 'the delivery lanes had problems');
}
