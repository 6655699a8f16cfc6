import { setTimeout as pause } from 'node:timers/promises';
import type { Queryable } from '../../store/postgres.ts';
import { refundByReference, type StoredRefund } from '../../store/refunds.ts';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/**
 * Looks at a refund until it is settled or the time is up.
 * @param waitMs 0 looks once
 * @param stopping ends the wait early: the refund goes on without us
 */
export async function waitForRefund(
  db: Queryable,
  refundReference: string,
  waitMs: number,
  stopping: AbortSignal,
): Promise<StoredRefund> {
  const until = Date.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const refund = await refundByReference(db, refundReference);
    if (!refund) throw new Error(`refund ${refundReference} is not on record`);
    if (!isOpen(refund) || Date.now() >= until || stopping.aborted) return refund;
    await pause(Math.min(pauseMs, until - Date.now()), undefined, { signal: stopping }).catch(() => {});
  }
}

/** Whether the outcome is not known yet. */
export function isOpen({ status }: StoredRefund): boolean {
  return status === 'RECEIVED' || status === 'PENDING';
}
