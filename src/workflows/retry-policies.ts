import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { GatewayActivities } from '../activities/gateway-refund.ts';
import type { NotifyActivities } from '../activities/notify-event.ts';
import type { CustomerStore } from '../activities/postgres-customer.ts';
import type { PaymentStore } from '../activities/postgres-payment.ts';
import type { RunActivities } from '../activities/temporal-runs.ts';

/**
 * Postgres: short, idempotent steps, each one transaction. Local, because a task-queue round trip per step would
 * cost two to three times the throughput; without an end, because a database that is down comes back.
 */
export const store = proxyLocalActivities<PaymentStore & CustomerStore>({
  startToCloseTimeout: '15s',
  localRetryThreshold: '1m',
  retry: {
    initialInterval: '200ms',
    backoffCoefficient: 2,
    maximumInterval: '30s',
    nonRetryableErrorTypes: ['StoreConflict'],
  },
});

/**
 * The gateway: money moves here, so the activity itself asks before it sends again, and a retry is always safe. It
 * rejects only where surely nothing was paid. After an hour of that the refund goes over to the slower schedule of
 * LOOKUP_DELAYS_MS.
 */
export const gateway = proxyActivities<GatewayActivities>({
  // Longer than the gateway's own timeout; a killed worker's call is taken up again after this.
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10m' },
});

/**
 * Notifications: what a receiver does not take is due again later, for the delivery run, and holds nothing back. Repeated
 * here is what our own database did not let through.
 */
export const notify = proxyActivities<NotifyActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 3, maximumAttempts: 5 },
});

/** Messages to other runs: Temporal delivers them, so a failure here is Temporal's and passes. */
export const runs = proxyActivities<RunActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
});
