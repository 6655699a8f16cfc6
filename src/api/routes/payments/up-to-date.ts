import { setTimeout as pause } from 'node:timers/promises';
import { statusBeyond } from '../../../reviews/moved-on.ts';
import { paymentByReference, type StoredPayment } from '../../../store/payments/payment-record.ts';
import type { RouteDeps } from '../../deps/deps.ts';

/** When record and run are looked at again where they differ: they agree within milliseconds. */
const PAUSES_MS = [20, 50, 100, 200, 400];

/**
 * The payment as it is on record, once record and run agree: an unblock is answered before it is on record, and a
 * declined refund is on record before its run has heard of it. Where they go on to differ, it bears its run's status.
 */
export async function upToDate(
  { pool, client }: Pick<RouteDeps, 'pool' | 'client'>,
  payment: StoredPayment,
): Promise<StoredPayment> {
  let current = payment;
  let status = await statusBeyond(client, current);
  for (const pauseMs of PAUSES_MS) {
    if (status === undefined) return current;
    await pause(pauseMs);
    current = (await paymentByReference(pool, payment)) ?? payment;
    status = await statusBeyond(client, current);
  }
  return status === undefined ? current : { ...current, status, reviewDueAt: null };
}
