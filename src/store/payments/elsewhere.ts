import { type Booking, type Confirmed, secondOf, signerOf } from '../../domain/commands.ts';
import { formatMoney } from '../../domain/money.ts';
import { comparableName } from '../../domain/people.ts';
import { append } from '../books/append.ts';
import { StoreConflict } from '../db/errors.ts';
import type { Queryable } from '../db/postgres.ts';
import { auditSubject, remainingOf, requireStatus, type StoredPayment } from './payment-record.ts';

/** A part of a blocked payment that has gone back another way. */
export interface BookElsewhere {
  /** With the second operator, where two had to say the same. */
  readonly booking: Booking & Confirmed;
}

/**
 * Books a part of a held payment as gone another way, under its reference there: only the rest is refunded or released.
 * A repeated call changes nothing.
 * @param payment locked
 * @returns how much of the payment has gone elsewhere by now, in minor units
 */
export async function bookElsewhere(
  db: Queryable,
  payment: StoredPayment,
  { booking }: BookElsewhere,
): Promise<number> {
  const { subscriberId, uniqueReference, amount, elsewhereMinor } = payment;
  const { gatewayReference: reference, amountMinor, operator, reason, confirmedBy } = booking;
  const money = { minor: amountMinor, currency: amount.currency };
  const known = await db.query<{ amount_minor: number }>(
    'select amount_minor from gone_elsewhere where subscriber_id = $1 and unique_reference = $2 and reference = $3',
    [subscriberId, uniqueReference, reference],
  );
  if (known.rows[0] !== undefined) {
    if (known.rows[0].amount_minor === amountMinor) return elsewhereMinor;
    const before = formatMoney({ ...money, minor: known.rows[0].amount_minor });
    throw new StoreConflict(`${reference} is booked already, over ${before}`);
  }
  requireStatus(payment, ['held']);
  if (amountMinor >= remainingOf(payment).minor)
    throw new StoreConflict(`only ${formatMoney(remainingOf(payment))} of the payment is left`);
  await db.query(
    `insert into gone_elsewhere (subscriber_id, unique_reference, reference, amount_minor, operator, reason,
                                 confirmed_by, operator_key, confirmed_by_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      subscriberId,
      uniqueReference,
      reference,
      amountMinor,
      operator,
      reason,
      confirmedBy,
      comparableName(operator),
      confirmedBy === undefined ? undefined : comparableName(confirmedBy),
    ],
  );
  await db.query(
    `update payments set elsewhere_minor = elsewhere_minor + $3, updated_at = now()
      where subscriber_id = $1 and unique_reference = $2`,
    [subscriberId, uniqueReference, amountMinor],
  );
  const from = { kind: 'blocked', ref: uniqueReference } as const;
  const to = { kind: 'elsewhere', ref: uniqueReference } as const;
  const details = { reference, amountMinor, reason, ...secondOf(booking) };
  await append(db, {
    posts: [{ subscriberId, uniqueReference, entry: `elsewhere:${reference}`, money, from, to }],
    audits: [{ ...auditSubject(payment), action: 'bookElsewhere', actor: signerOf(booking), details }],
  });
  return elsewhereMinor + amountMinor;
}

/** What of these references is booked as gone elsewhere, in minor units by reference. */
export async function bookedElsewhere(
  db: Queryable,
  references: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ reference: string; amount_minor: number }>(
    'select reference, amount_minor from gone_elsewhere where reference = any($1)',
    [references],
  );
  return new Map(rows.map(({ reference, amount_minor: minor }) => [reference, minor]));
}
