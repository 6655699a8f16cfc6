import {
  LifecycleUnavailable,
  type PaymentBlockClient,
  type PaymentRef,
  type PaymentStatus,
} from '../client/index.ts';

const ASKED_AT_ONCE = 20;

type InReview = PaymentRef & { readonly status: PaymentStatus };

/**
 * The status that a payment's run has moved on to where the record still says held. An unblock is answered once it is
 * in the run's history, and is on record a moment later; after that answer, no reader may say held.
 * @returns undefined where the record is up to date, or Temporal cannot be asked
 */
export async function statusBeyond(
  client: PaymentBlockClient,
  payment: InReview,
): Promise<PaymentStatus | undefined> {
  const [beyond] = await orElse([undefined], async () => [await movedOnTo(client, payment)]);
  return beyond;
}

/** Those of a page of reviews that still wait: one whose run has moved on is left out. */
export async function stillWaiting<T extends InReview>(
  client: PaymentBlockClient,
  reviews: readonly T[],
): Promise<readonly T[]> {
  return orElse(reviews, async () => {
    const waiting: T[] = [];
    for (let start = 0; start < reviews.length; start += ASKED_AT_ONCE) {
      const some = reviews.slice(start, start + ASKED_AT_ONCE);
      const beyond = await allSettled(some.map((review) => movedOnTo(client, review)));
      waiting.push(...some.filter((_review, index) => beyond[index] === undefined));
    }
    return waiting;
  });
}

async function movedOnTo(client: PaymentBlockClient, payment: InReview): Promise<PaymentStatus | undefined> {
  if (payment.status !== 'held') return undefined;
  const status = await client.status(payment);
  return status === 'held' || status === 'blocked' ? undefined : status;
}

/** All answers, or the first failure once no call is under way any more: its connection may be closed then. */
async function allSettled<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

/** What is on record can be read while Temporal is down. */
async function orElse<T>(onRecord: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof LifecycleUnavailable) return onRecord;
    throw error;
  }
}
