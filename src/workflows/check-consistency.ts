import type { ConsistencyReport } from '../domain/consistency.ts';
import { consistency } from './activities.ts';

/**
 * Compares runs, payments, ledger, refunds and outbox with each other, some of them each time; what does not agree
 * becomes a task, and what agrees again closes it. A schedule runs it every few minutes.
 */
export async function checkConsistency(): Promise<ConsistencyReport> {
  return consistency.checkConsistency();
}
