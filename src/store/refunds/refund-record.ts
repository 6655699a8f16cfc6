import { z } from 'zod';
import type { PaymentRef } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import { type Actor, actorOnRecord } from '../../domain/people.ts';
import { type RefundProgress, refundStatuses, type RefundStatus } from '../../domain/refund.ts';
import { StoreConflict } from '../db/errors.ts';
import type { Queryable } from '../db/postgres.ts';

/** A refund as it is on record. */
export interface StoredRefund extends PaymentRef {
  readonly refundReference: string;
  /** The name of the gateway that it was started at. */
  readonly gateway: string;
  readonly idempotencyKey: string;
  readonly createdAt: Date;
  /** When it was first sent; null until then. */
  readonly firstSubmittedAt: Date | null;
  readonly amount: Money;
  readonly status: RefundStatus;
  readonly statusReason: string;
  readonly gatewayReference: string | null;
  /** What the gateway paid, in the currency it paid in. */
  readonly processed: Money | null;
  /** Who said how it ended: the gateway, or an operator; null while it has not. */
  readonly settledBy: Actor | null;
  /** When the gateway took back what it had paid. */
  readonly reversedAt: Date | null;
  /** Given up by a person while the gateway did not answer: it may have been paid. */
  readonly isUnanswered: boolean;
}

/** The refund by its reference. */
export async function refundByReference(
  db: Queryable,
  refundReference: string,
): Promise<StoredRefund | undefined> {
  return readRefund(db, 'refund_reference = $1', [refundReference]);
}

/** The refund that a gateway's hint is about: by our reference or, where it gives none, by the gateway's own. */
export async function refundByHint(
  db: Queryable,
  gateway: string,
  hint: { readonly refundReference?: string; readonly gatewayReference?: string },
): Promise<StoredRefund | undefined> {
  // Another party's refund at the same gateway may have any reference.
  const ours = z.uuid().safeParse(hint.refundReference).data;
  if (ours !== undefined) return readRefund(db, 'refund_reference = $1 and gateway = $2', [ours, gateway]);
  if (hint.gatewayReference === undefined) return undefined;
  return readRefund(db, 'gateway_reference = $1 and gateway = $2', [hint.gatewayReference, gateway]);
}

/** The payment's refund, the newest where earlier ones were declined. */
export async function refundOfPayment(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
): Promise<StoredRefund | undefined> {
  return readRefund(db, 'subscriber_id = $1 and unique_reference = $2 order by attempt desc limit 1', [
    subscriberId,
    uniqueReference,
  ]);
}

/** Every attempt to refund the payment, the first one first. */
export async function refundsOfPayment(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
): Promise<StoredRefund[]> {
  const { rows } = await db.query(
    'select * from refunds where subscriber_id = $1 and unique_reference = $2 order by attempt',
    [subscriberId, uniqueReference],
  );
  return rows.map(toStoredRefund);
}

/** The refund, locked until the transaction ends. @throws StoreConflict where there is none */
export async function lockRefund(db: Queryable, refundReference: string): Promise<StoredRefund> {
  const stored = await readRefund(db, 'refund_reference = $1 for update', [refundReference]);
  if (!stored) throw new StoreConflict(`there is no refund ${refundReference} on record`);
  return stored;
}

/** One payout of a gateway settles one refund. */
export async function refuseSecondUse(
  db: Queryable,
  { gateway, refundReference }: StoredRefund,
  gatewayReference: string,
): Promise<void> {
  const { rows } = await db.query<{ unique_reference: string }>(
    `select unique_reference from refunds
      where gateway = $1 and gateway_reference = $2 and refund_reference <> $3`,
    [gateway, gatewayReference, refundReference],
  );
  if (rows[0] === undefined) return;
  throw new StoreConflict(
    `${gatewayReference} is the gateway's reference of another refund already, that of payment ${rows[0].unique_reference}`,
  );
}

/** Whether the gateway itself says that it has paid: not where a person said so in its place. */
export function isPaidByTheGateway({ status, settledBy }: StoredRefund): boolean {
  return status === 'CAPTURED' && settledBy !== null && typeof settledBy !== 'string';
}

/** What is on record of the refund. */
export function progressOnRecord({ status, statusReason }: StoredRefund): RefundProgress {
  return { status, statusReason };
}

const rowSchema = z.object({
  refund_reference: z.string(),
  subscriber_id: z.string(),
  unique_reference: z.string(),
  gateway: z.string(),
  idempotency_key: z.string(),
  created_at: z.date(),
  first_submitted_at: z.date().nullable(),
  amount_minor: z.number(),
  currency: z.string(),
  status: z.enum(refundStatuses),
  status_reason: z.string(),
  gateway_reference: z.string().nullable(),
  processed_minor: z.number().nullable(),
  processed_currency: z.string().nullable(),
  settled_by: z.string().nullable(),
  settled_by_kind: z.enum(['user', 'part']).nullable(),
  reversed_at: z.date().nullable(),
  is_unanswered: z.boolean(),
});

async function readRefund(
  db: Queryable,
  where: string,
  values: readonly string[],
): Promise<StoredRefund | undefined> {
  const { rows } = await db.query(`select * from refunds where ${where}`, [...values]);
  return rows[0] === undefined ? undefined : toStoredRefund(rows[0]);
}

/** @param stored a row of the table refunds */
export function toStoredRefund(stored: unknown): StoredRefund {
  const row = rowSchema.parse(stored);
  return {
    subscriberId: row.subscriber_id,
    uniqueReference: row.unique_reference,
    refundReference: row.refund_reference,
    gateway: row.gateway,
    idempotencyKey: row.idempotency_key,
    createdAt: row.created_at,
    firstSubmittedAt: row.first_submitted_at,
    amount: { minor: row.amount_minor, currency: row.currency },
    status: row.status,
    statusReason: row.status_reason,
    gatewayReference: row.gateway_reference,
    processed:
      row.processed_minor === null || row.processed_currency === null
        ? null
        : { minor: row.processed_minor, currency: row.processed_currency },
    settledBy:
      row.settled_by === null || row.settled_by_kind === null
        ? null
        : actorOnRecord({ name: row.settled_by, kind: row.settled_by_kind }),
    reversedAt: row.reversed_at,
    isUnanswered: row.is_unanswered,
  };
}
