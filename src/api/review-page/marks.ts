import { createHash } from 'node:crypto';
import { actorText } from '../../domain/people.ts';
import { readReviewFields } from '../../reviews/query.ts';
import { lastOfTrails } from '../../store/books/trail.ts';
import { customerSubject } from '../../store/customers/customer-blocks.ts';
import { auditSubject, paymentByReference } from '../../store/payments/payment-record.ts';
import { countReviews, listReviews } from '../../store/reviews/reviews.ts';
import type { PaymentRef } from '../../domain/ids.ts';
import type { RouteDeps } from '../deps/deps.ts';
import type { Mark } from './changes.ts';
import { PAGE_SIZE } from './queue-filters.ts';

/** What a case shows: its last entry in the audit, or its customer's. */
export async function markOfCase({ pool }: RouteDeps, ref: PaymentRef): Promise<Mark> {
  const payment = await paymentByReference(pool, ref);
  const { subscriberId } = ref;
  const customerUuid = payment?.customerUuid;
  const subjects = [
    auditSubject(ref).subject,
    ...(customerUuid === undefined ? [] : [customerSubject({ subscriberId, customerUuid }).subject]),
  ];
  const last = await lastOfTrails(pool, subscriberId, subjects);
  if (!last) return { value: '', text: 'The case has changed.' };
  return {
    value: String(last.id),
    text: `The case has changed: ${last.action} by ${actorText(last.actor)}.`,
  };
}

/** What a page of the queue shows, and how many there are in all. @param filters as they are in its address */
export async function markOfQueue(
  { pool }: RouteDeps,
  subscriberId: string,
  filters: Readonly<Record<string, unknown>>,
): Promise<Mark> {
  const now = new Date();
  const read = readReviewFields({ ...filters, limit: PAGE_SIZE }, now);
  if ('problems' in read) return { value: '', text: '' };
  const [{ reviews }, matching] = await Promise.all([
    listReviews(pool, subscriberId, read.asked),
    countReviews(pool, subscriberId, read.asked.filter, now),
  ]);
  const shown = JSON.stringify([matching.total, reviews]);
  const value = createHash('sha256').update(shown).digest('base64url');
  return {
    value,
    text: `The queue has changed: ${matching.total} ${matching.total === 1 ? 'review' : 'reviews'}.`,
  };
}
