import { createHash } from 'node:crypto';
import { readReviewFields } from '../../../reviews/query.ts';
import { countReviews, listReviews } from '../../../store/reviews/reviews.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import type { Mark } from '../page/mark.ts';
import { PAGE_SIZE } from './queue-filters.ts';

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
