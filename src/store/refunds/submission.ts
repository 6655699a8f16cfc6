import { StoreConflict } from '../db/errors.ts';
import type { Queryable } from '../db/postgres.ts';

/**
 * Marks a refund as sent, just before it is. Committed before the gateway is called, so that it is never sent
 * again without asking first.
 * @returns when it was first sent, and whether that is now
 */
export async function markSubmitted(
  db: Queryable,
  refundReference: string,
): Promise<{ first: boolean; firstSubmittedAt: Date }> {
  const { rows } = await db.query<{ first: boolean; first_submitted_at: Date }>(
    `update refunds r set first_submitted_at = coalesce(r.first_submitted_at, clock_timestamp())
       from (select refund_reference, first_submitted_at from refunds where refund_reference = $1 for update) old
      where r.refund_reference = old.refund_reference
      returning old.first_submitted_at is null as first, r.first_submitted_at`,
    [refundReference],
  );
  if (!rows[0]) throw new StoreConflict(`there is no refund ${refundReference} on record`);
  return { first: rows[0].first, firstSubmittedAt: rows[0].first_submitted_at };
}

/** Takes a first submission back that surely was not taken in: the next one is the first. Only for who was the first. */
export async function unmarkSubmitted(db: Queryable, refundReference: string): Promise<void> {
  await db.query('update refunds set first_submitted_at = null where refund_reference = $1', [
    refundReference,
  ]);
}
