import type { PaymentRef } from '../domain/ids.ts';
import type { Queryable } from './postgres.ts';

/** A call that changes state, as its partnerReference identifies it. */
export interface PartnerRequest extends PaymentRef {
  readonly partnerReference: string;
  readonly operation: 'block' | 'unblock';
  /** Digest of the body, so that the same key with another body is noticed. */
  readonly bodyDigest: string;
}

/**
 * Claims the call's partnerReference (contract.md: "idempotency key, unique per caller").
 * @returns `first` for a new key, `repeated` for the same call again, `taken` for the same key with another call
 */
export async function claimPartnerReference(
  db: Queryable,
  request: PartnerRequest,
): Promise<'first' | 'repeated' | 'taken'> {
  const { subscriberId, partnerReference, operation, uniqueReference, bodyDigest } = request;
  const inserted = await db.query(
    `insert into partner_requests (subscriber_id, partner_reference, operation, unique_reference, body_digest)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [subscriberId, partnerReference, operation, uniqueReference, bodyDigest],
  );
  if (inserted.rowCount === 1) return 'first';
  const same = await db.query(
    `select from partner_requests where subscriber_id = $1 and partner_reference = $2 and operation = $3
       and unique_reference = $4 and body_digest = $5`,
    [subscriberId, partnerReference, operation, uniqueReference, bodyDigest],
  );
  return same.rowCount === 1 ? 'repeated' : 'taken';
}

/** Gives a key back whose call was refused and has changed nothing, so that it can be used for a corrected call. */
export async function releasePartnerReference(db: Queryable, request: PartnerRequest): Promise<void> {
  await db.query(
    `delete from partner_requests where subscriber_id = $1 and partner_reference = $2 and body_digest = $3`,
    [request.subscriberId, request.partnerReference, request.bodyDigest],
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
