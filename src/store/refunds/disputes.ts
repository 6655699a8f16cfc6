import { z } from 'zod';
import { type ReportedDispute, unrecordedDisputeTask } from '../../domain/chargeback.ts';
import type { PaymentRef } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { THE_GATEWAY } from '../../domain/people.ts';
import { StoreConflict } from '../db/errors.ts';
import { inTransaction } from '../db/postgres.ts';
import { openTask } from '../tasks/tasks.ts';
import type pg from 'pg';
import { endChargeback, recordChargeback } from './chargebacks.ts';

/**
 * Records a dispute as the chargeback of the payment that was paid so; of several, the one that was blocked last. News
 * may come in any order and more than once: an end that is on record stays. What the record does not take is a task.
 * @returns the payment; undefined where none was paid so
 */
export async function recordDispute(
  pool: pg.Pool,
  dispute: ReportedDispute,
): Promise<PaymentRef | undefined> {
  const ref = await paymentPaidBy(pool, dispute.paymentOptionTokens);
  if (ref === undefined) return undefined;
  const { reference, amount, reason, status } = dispute;
  try {
    await inTransaction(pool, async (db) => {
      if (amount.currency !== ref.currency)
        throw new StoreConflict(`it is over ${formatMoney(amount)}, and the payment is in ${ref.currency}`);
      const chargeback = { reference, reason, amountMinor: amount.minor };
      const known = await recordChargeback(db, ref, chargeback, THE_GATEWAY);
      if (status !== 'opened' && known.status === 'opened')
        await endChargeback(db, ref, { reference, outcome: status, reason }, THE_GATEWAY);
    });
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    const task = unrecordedDisputeTask(ref, { reference, amount, status, why: error.message });
    await inTransaction(pool, (db) => openTask(db, task));
  }
  return ref;
}

async function paymentPaidBy(
  pool: pg.Pool,
  tokens: readonly string[],
): Promise<(PaymentRef & { readonly currency: string }) | undefined> {
  const { rows } = await pool.query(
    `select subscriber_id, unique_reference, currency from payments
      where option_token = any($1) order by blocked_at desc limit 1`,
    [tokens],
  );
  if (rows[0] === undefined) return undefined;
  const row = paymentRow.parse(rows[0]);
  return { subscriberId: row.subscriber_id, uniqueReference: row.unique_reference, currency: row.currency };
}

const paymentRow = z.object({
  subscriber_id: z.string(),
  unique_reference: z.string(),
  currency: z.string(),
});
