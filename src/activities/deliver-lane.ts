import { Context, log } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { DeliveryDeps } from '../delivery/deliver-once.ts';
import { runLane } from '../delivery/lane.ts';
import type { DeliveryLane } from '../domain/delivery-lane.ts';

export type LaneActivities = ReturnType<typeof createLaneActivities>;

/** One turn at a lane. */
export interface LaneTurn {
  readonly lane: DeliveryLane;
  /** When it ends, in milliseconds since 1970: all lanes of a run end together. */
  readonly until: number;
}

/** A turn is no shorter, however late it begins and whatever this machine's clock says. */
const SHORTEST_TURN_MS = 60_000;

/** Telling people and programs, from the outbox. */
export function createLaneActivities(deps: DeliveryDeps & { readonly stopping?: AbortSignal }) {
  const { stopping } = deps;

  return {
    /**
     * Delivers one lane of the outbox until its turn is over, with a heartbeat at each look for what is due.
     * @throws ApplicationFailure where the worker stops, so that Temporal gives the turn to another one at once
     */
    async deliverLane({ lane, until }: LaneTurn): Promise<void> {
      const context = Context.current();
      const ends = [
        context.cancellationSignal,
        AbortSignal.timeout(Math.max(until - Date.now(), SHORTEST_TURN_MS)),
        ...(stopping ? [stopping] : []),
      ];
      await runLane(deps, {
        lane,
        signal: AbortSignal.any(ends),
        onLook: () => context.heartbeat(),
        onProblem: (what, error) => log.warn(what, { lane, error }),
      });
      if (stopping?.aborted) {
        throw ApplicationFailure.create({
          message: 'the worker is stopping: another one takes over',
          nextRetryDelay: '200ms',
          category: ApplicationFailureCategory.BENIGN,
        });
      }
    },
  };
}
