import { z } from 'zod';
import type { PaymentRef } from '../../domain/ids.ts';
import {
  chargedBackTask,
  type ChargebackEnd,
  chargebackEnds,
  type ChargebackStatus,
  hasTakenMoney,
} from '../../domain/chargeback.ts';
import { formatMoney, type Money } from '../../domain/money.ts';
import type { Actor } from '../../domain/people.ts';
import { audit } from '../books/append.ts';
import { StoreConflict } from '../db/errors.ts';
import { auditSubject, lockPayment, paymentByReference } from '../payments/payment-record.ts';
import { refundOfPayment } from './refund-record.ts';
import { closeTask, openTask } from '../tasks/tasks.ts';
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
  readonly status: ChargebackStatus;
}

/**
 * Records that a payment was charged back. It moves no money here: a refund of the payment is not sent any more, a payment
 * whose money had left already becomes a task, and backtests measure rules by it. The same report again changes nothing.
 * @param db in a transaction, where several reports may come at once
 * @param actor who reports it
 * @throws StoreConflict where there is no such payment, its chargebacks together are more than it, or the reference is
 *   another chargeback's
 */
export async function recordChargeback(
  db: Queryable,
  ref: PaymentRef,
  chargeback: Chargeback,
  actor: Actor,
): Promise<StoredChargeback> {
  const { subscriberId, uniqueReference } = ref;
  const { reference, reason } = chargeback;
  if ((await paymentByReference(db, ref)) === undefined)
    throw new StoreConflict(`there is no payment ${uniqueReference} of this service subscriber on record`);
  const payment = await lockPayment(db, ref);
  const minor = chargeback.amountMinor ?? payment.amount.minor;
  const others = (await chargebacksOf(db, ref)).filter((each) => each.reference !== reference);
  const taken = others
    .filter(({ status }) => hasTakenMoney(status))
    .reduce((sum, { amount }) => sum + amount.minor, 0);
  if (taken + minor > payment.amount.minor) {
    const before =
      taken === 0 ? '' : `, with the ${formatMoney({ ...payment.amount, minor: taken })} of the others,`;
    throw new StoreConflict(`the chargeback is larger${before} than payment ${uniqueReference} itself`);
  }
  const { rowCount } = await db.query(
    `insert into chargebacks (subscriber_id, unique_reference, reference, amount_minor, currency, reason)
     values ($1, $2, $3, $4, $5, $6) on conflict (subscriber_id, reference) do nothing`,
    [subscriberId, uniqueReference, reference, minor, payment.amount.currency, reason],
  );
  const stored = await chargebackByReference(db, subscriberId, reference);
  if (rowCount === 1) {
    const details = { reference, amountMinor: minor, reason };
    await audit(db, { ...auditSubject(ref), action: 'chargeback', actor, details });
    await raiseChargebacks(db, ref);
  } else if (stored.uniqueReference !== uniqueReference || stored.amount.minor !== minor) {
    throw new StoreConflict(
      `reference ${reference} is on record for another chargeback: of payment ${stored.uniqueReference}, over ${formatMoney(stored.amount)}`,
    );
  }
  const { uniqueReference: _its, ...recorded } = stored;
  return recorded;
}

/**
 * Records how a chargeback ended. One that was won or withdrawn has taken nothing: it contests no refund any more, and its
 * task closes. The same report again changes nothing.
 * @throws StoreConflict where there is no such chargeback of the payment, or it has ended otherwise
 */
export async function endChargeback(
  db: Queryable,
  ref: PaymentRef,
  {
    reference,
    outcome,
    reason,
  }: { readonly reference: string; readonly outcome: ChargebackEnd; readonly reason: string },
  actor: Actor,
): Promise<StoredChargeback> {
  const { subscriberId, uniqueReference } = ref;
  const known = (await chargebacksOf(db, ref)).find((each) => each.reference === reference);
  if (known === undefined)
    throw new StoreConflict(`payment ${uniqueReference} has no chargeback ${reference} on record`);
  if (known.status === outcome) return known;
  if (known.status !== 'opened')
    throw new StoreConflict(`chargeback ${reference} was ${known.status} already and cannot be ${outcome}`);
  await db.query(
    'insert into chargeback_ends (subscriber_id, reference, outcome, reason) values ($1, $2, $3, $4)',
    [subscriberId, reference, outcome, reason],
  );
  const details = { reference, outcome, reason };
  await audit(db, { ...auditSubject(ref), action: 'chargebackEnded', actor, details });
  if (!hasTakenMoney(outcome)) {
    const task = { subscriberId, kind: 'chargedBack', subject: `chargeback:${reference}` } as const;
    await closeTask(db, task, actor, `the chargeback was ${outcome}: ${reason}`);
  }
  return { ...known, status: outcome };
}

/** Opens a task for each chargeback of a payment whose money had left already, in the transaction of what showed it. */
export async function raiseChargebacks(db: Queryable, ref: PaymentRef): Promise<void> {
  const chargebacks = (await chargebacksOf(db, ref)).filter(({ status }) => hasTakenMoney(status));
  if (chargebacks.length === 0) return;
  const payment = await paymentByReference(db, ref);
  if (payment === undefined) return;
  const refundReference = (await refundOfPayment(db, ref))?.refundReference;
  const { subscriberId, uniqueReference, status } = payment;
  for (const chargeback of chargebacks) {
    const task = chargedBackTask({ subscriberId, uniqueReference, status, refundReference, chargeback });
    if (task) await openTask(db, task);
  }
}

/** The first chargeback of a payment that has taken money, or undefined: its money has gone back by the bank. */
export async function chargebackOf(db: Queryable, ref: PaymentRef): Promise<StoredChargeback | undefined> {
  return (await chargebacksOf(db, ref)).find(({ status }) => hasTakenMoney(status));
}

/** Every chargeback of a payment, in the order they were reported. */
export async function chargebacksOf(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
): Promise<StoredChargeback[]> {
  const { rows } = await db.query(
    `${SELECT} where c.subscriber_id = $1 and c.unique_reference = $2 order by c.id`,
    [subscriberId, uniqueReference],
  );
  return rows.map((row) => storedChargeback(rowSchema.parse(row)));
}

async function chargebackByReference(db: Queryable, subscriberId: string, reference: string) {
  const { rows } = await db.query(`${SELECT} where c.subscriber_id = $1 and c.reference = $2`, [
    subscriberId,
    reference,
  ]);
  const row = rowSchema.parse(rows[0]);
  return { ...storedChargeback(row), uniqueReference: row.unique_reference };
}

const SELECT = `select c.*, coalesce(e.outcome, 'opened') as status
  from chargebacks c left join chargeback_ends e using (subscriber_id, reference)`;

function storedChargeback(row: z.infer<typeof rowSchema>): StoredChargeback {
  return {
    reference: row.reference,
    amount: { minor: row.amount_minor, currency: row.currency },
    reason: row.reason,
    reportedAt: row.reported_at,
    status: row.status,
  };
}

const rowSchema = z.object({
  unique_reference: z.string(),
  reference: z.string(),
  amount_minor: z.int(),
  currency: z.string(),
  reason: z.string(),
  reported_at: z.date(),
  status: z.enum(['opened', ...chargebackEnds]),
});
