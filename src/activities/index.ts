import { createConsistencyActivities } from './consistency.ts';
import { withFailpoints } from './failpoints.ts';
import { createLaneActivities } from './deliver-lane.ts';
import type { ActivityDeps } from './deps.ts';
import { createOtherRunsActivities } from './other-runs.ts';
import { createReconcileActivities } from './reconcile.ts';
import { createRefundActivities } from './refund.ts';
import { createSenderActivities } from './senders.ts';
import { createSteps } from './steps.ts';

/** Every activity that the workflows call, over the given parties. */
export function createActivities(parties: ActivityDeps) {
  const deps = withFailpoints(parties);
  return {
    ...createSteps(deps),
    ...createRefundActivities(deps),
    ...createOtherRunsActivities(deps),
    ...createSenderActivities(deps),
    ...createLaneActivities(deps),
    ...createReconcileActivities(deps),
    ...createConsistencyActivities(deps),
  };
}
