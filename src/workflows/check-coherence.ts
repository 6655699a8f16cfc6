import type { CoherenceReport } from '../domain/coherence.ts';
import { coherence } from './retry-policies.ts';

/**
 * Compares runs, payments, ledger, refunds and outbox with each other, some of them each time; what does not agree
 * becomes a task, and what agrees again closes it. A schedule runs it every few minutes.
 */
export async function checkCoherence(): Promise<CoherenceReport> {
  return coherence.checkCoherence();
}
