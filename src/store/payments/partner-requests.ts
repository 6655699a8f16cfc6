import type pg from 'pg';
import type { PaymentRef } from '../../domain/ids.ts';
import { readStoredPayment, type StoredPayment } from './payment-record.ts';
import type { Queryable } from '../db/postgres.ts';

/** A call that changes state, as its partnerReference identifies it. */
export interface PartnerRequest extends PaymentRef {
  readonly partnerReference: string;
  readonly operation: 'block' | 'unblock';
  /** Digest of the body, so that the same key with another body is noticed. */
  readonly bodyDigest: string;
}

/** A claim, and the payment that the call is about where it is on record. */
export interface Claim {
  /**
   * `first` for a new key, `repeated` for the same call again, `taken` for the key of another call; `none` where nothing
   * is claimed because the record rules the call out: a block of a payment that another call has blocked, an unblock of a
   * payment that is not there.
   */
  readonly key: 'first' | 'repeated' | 'taken' | 'none';
  readonly payment: StoredPayment | undefined;
  /** When the key was claimed, to the microsecond: another claim of the same key, once it was given back, has another. */
  readonly claimedAt: string;
}

/** Claims the call's partnerReference (contract.md: "idempotency key, unique per caller"), in one statement. */
export async function claimPartnerReference(db: Queryable, request: PartnerRequest): Promise<Claim> {
  const { subscriberId, partnerReference, operation, uniqueReference, bodyDigest } = request;
  const call = [subscriberId, partnerReference, operation, uniqueReference, bodyDigest];
  const { rows } = await db.query<
    { allowed: boolean; first: string | null; same: string | null } & pg.QueryResultRow
  >(
    `with payment as (
       select * from payments where subscriber_id = $1 and unique_reference = $4),
     ruling as (
       select case $3::text when 'unblock' then count(*) = 1
                            else count(*) filter (where partner_reference <> $2) = 0 end as allowed from payment),
     claimed as (
       insert into partner_requests (subscriber_id, partner_reference, operation, unique_reference, body_digest)
       select $1, $2, $3, $4, $5 from ruling where allowed
       on conflict do nothing returning created_at)
     select allowed, (select created_at::text from claimed) as first, ${SAME_CALL} as same, payment.*
       from ruling left join payment on true`,
    call,
  );
  const [row] = rows;
  if (!row) throw new Error('a claim answers one row');
  const payment = row['unique_reference'] === null ? undefined : readStoredPayment(row);
  if (!row.allowed) return { key: 'none', payment, claimedAt: '' };
  if (row.first !== null) return { key: 'first', payment, claimedAt: row.first };
  if (row.same !== null) return { key: 'repeated', payment, claimedAt: row.same };
  // The claim that was in the way may have been committed after this statement began to look.
  const again = await db.query<{ same: string | null }>(`select ${SAME_CALL} as same`, call);
  const claimedAt = again.rows[0]?.same ?? null;
  return claimedAt === null
    ? { key: 'taken', payment, claimedAt: '' }
    : { key: 'repeated', payment, claimedAt };
}

const SAME_CALL = `(
  select created_at::text from partner_requests where subscriber_id = $1 and partner_reference = $2 and operation = $3
     and unique_reference = $4 and body_digest = $5)`;

/**
 * Gives a key back whose call was refused and has changed nothing, so that it can be used for a corrected call. A later
 * claim of the key stays.
 */
export async function releasePartnerReference(
  db: Queryable,
  { subscriberId, partnerReference }: PartnerRequest,
  { claimedAt }: Claim,
): Promise<void> {
  await db.query(
    `delete from partner_requests where subscriber_id = $1 and partner_reference = $2 and created_at = $3`,
    [subscriberId, partnerReference, claimedAt],
  );
}

/** Whether a call under this partnerReference has claimed to unblock the payment, and has not done so yet. */
export async function unblockIsClaimed(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
  partnerReference: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from partner_requests r
      where subscriber_id = $1 and unique_reference = $2 and partner_reference = $3 and operation = 'unblock'
        and not exists (select from unblocks u where u.subscriber_id = r.subscriber_id
          and u.unique_reference = r.unique_reference and u.partner_reference = r.partner_reference)`,
    [subscriberId, uniqueReference, partnerReference],
  );
  return rowCount === 1;
}

/**
 * What an unblock under this partnerReference came to: undefined while it was not carried out.
 * @returns with the refund that it started, null where it released the payment
 */
export async function unblockUnder(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
  partnerReference: string,
): Promise<{ refundReference: string | null } | undefined> {
  const { rows } = await db.query<{ refund_reference: string | null }>(
    `select refund_reference from unblocks
      where subscriber_id = $1 and unique_reference = $2 and partner_reference = $3 order by sequence desc limit 1`,
    [subscriberId, uniqueReference, partnerReference],
  );
  return rows[0] && { refundReference: rows[0].refund_reference };
}
