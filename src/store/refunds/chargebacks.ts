import { z } from 'zod';
import type { PaymentRef } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import { audit } from '../books/audit.ts';
import { StoreConflict } from '../db/errors.ts';
import { auditSubject, paymentByReference } from '../payments/payment-record.ts';
import type { Queryable } from '../db/postgres.ts';

/** What a bank took back of a payment. */
export interface Chargeback {
  /** The reporter's own reference: the same report twice is one chargeback. */
  readonly reference: string;
  /** All of the payment where it is not said. */
  readonly amountMinor?: number;
  readonly reason: string;
}

/** A chargeback as it is on record. */
export interface StoredChargeback {
  readonly reference: string;
  readonly amount: Money;
  readonly reason: string;
  readonly reportedAt: Date;
}

/**
 * Records that a payment was charged back. It moves no money here: backtests measure rules by it, and a refund of the
 * payment is not sent any more. The same report again changes nothing.
 * @param actor who reports it
 * @throws StoreConflict where there is no such payment, it is smaller, or the reference is another chargeback's
 */
export async function recordChargeback(
  db: Queryable,
  ref: PaymentRef,
  chargeback: Chargeback,
  actor: string,
): Promise<StoredChargeback> {
  const { subscriberId, uniqueReference } = ref;
  const { reference, reason } = chargeback;
  const payment = await paymentByReference(db, ref);
  if (payment === undefined)
    throw new StoreConflict(`there is no payment ${uniqueReference} of this service subscriber on record`);
  const minor = chargeback.amountMinor ?? payment.amount.minor;
  if (minor > payment.amount.minor)
    throw new StoreConflict(`the chargeback is larger than payment ${uniqueReference} itself`);
  const { rowCount } = await db.query(
    `insert into chargebacks (subscriber_id, unique_reference, reference, amount_minor, currency, reason)
     values ($1, $2, $3, $4, $5, $6) on conflict (subscriber_id, reference) do nothing`,
    [subscriberId, uniqueReference, reference, minor, payment.amount.currency, reason],
  );
  const { rows } = await db.query('select * from chargebacks where subscriber_id = $1 and reference = $2', [
    subscriberId,
    reference,
  ]);
  const stored = rowSchema.parse(rows[0]);
  if (rowCount === 1) {
    const details = { reference, amountMinor: minor, reason };
    await audit(db, { ...auditSubject(ref), action: 'chargeback', actor, details });
  } else if (stored.unique_reference !== uniqueReference || stored.amount_minor !== minor) {
    throw new StoreConflict(
      `reference ${reference} is on record for another chargeback: of payment ${stored.unique_reference}, over ${stored.amount_minor} minor units`,
    );
  }
  return storedChargeback(stored);
}

/** The first chargeback of a payment, or undefined: its money has gone back by the bank. */
export async function chargebackOf(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
): Promise<StoredChargeback | undefined> {
  const { rows } = await db.query(
    'select * from chargebacks where subscriber_id = $1 and unique_reference = $2 order by id limit 1',
    [subscriberId, uniqueReference],
  );
  return rows[0] === undefined ? undefined : storedChargeback(rowSchema.parse(rows[0]));
}

function storedChargeback(row: z.infer<typeof rowSchema>): StoredChargeback {
  return {
    reference: row.reference,
    amount: { minor: row.amount_minor, currency: row.currency },
    reason: row.reason,
    reportedAt: row.reported_at,
  };
}

const rowSchema = z.object({
  unique_reference: z.string(),
  reference: z.string(),
  amount_minor: z.int(),
  currency: z.string(),
  reason: z.string(),
  reported_at: z.date(),
});
