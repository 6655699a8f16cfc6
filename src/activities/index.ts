import { withCrashPoints } from './crash-points.ts';
import type { ActivityDeps } from './deps.ts';
import { createGatewayActivities } from './gateway-refund.ts';
import { createCoherenceActivities } from './coherence.ts';
import { createNotifyActivities } from './notify-event.ts';
import { createCustomerStore } from './postgres-customer.ts';
import { createPaymentStore } from './postgres-payment.ts';
import { createReconcileActivities } from './reconcile.ts';
import { createReviewStore } from './postgres-review.ts';
import { createRunActivities } from './temporal-runs.ts';

/** Every activity that the workflows call, over the given parties. */
export function createActivities(parties: ActivityDeps) {
  const deps = withCrashPoints(parties);
  return {
    ...createPaymentStore(deps),
    ...createReviewStore(deps),
    ...createCustomerStore(deps),
    ...createGatewayActivities(deps),
    ...createNotifyActivities(deps),
    ...createRunActivities(),
    ...createReconcileActivities(deps),
    ...createCoherenceActivities(deps),
  };
}
