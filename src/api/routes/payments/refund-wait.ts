import { setTimeout as pause } from 'node:timers/promises';
import { isOpen } from '../../../domain/refund.ts';
import type { Queryable } from '../../../store/db/postgres.ts';
import { refundByReference, type StoredRefund } from '../../../store/refunds/refund-record.ts';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/**
 * Looks at a refund until it is settled or the time is up: an unblock is answered before its refund is on record.
 * @param waitMs 0 looks once
 * @returns undefined where it is not on record yet
 * @param stopping ends the wait early: the refund goes on without us
 */
export async function waitForRefund(
  db: Queryable,
  refundReference: string,
  waitMs: number,
  stopping: AbortSignal,
): Promise<StoredRefund | undefined> {
  const until = Date.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const refund = await refundByReference(db, refundReference);
    if ((refund && !isOpen(refund)) || Date.now() >= until || stopping.aborted) return refund;
    await pause(Math.min(pauseMs, until - Date.now()), undefined, { signal: stopping }).catch(() => {});
  }
}
