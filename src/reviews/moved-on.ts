import {
  LifecycleUnavailable,
  type PaymentBlockClient,
  type PaymentRef,
  type PaymentStatus,
} from '../client/index.ts';
import { inChunks } from '../runtime/in-chunks.ts';

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
  return orElse<PaymentStatus | undefined>(undefined, () => movedOnTo(client, payment));
}

/** Those of a page of reviews that still wait: one whose run has moved on is left out. */
export async function stillWaiting<T extends InReview>(
  client: PaymentBlockClient,
  reviews: readonly T[],
): Promise<readonly T[]> {
  return orElse(reviews, async () => {
    const beyond = await inChunks(reviews, ASKED_AT_ONCE, (review) => movedOnTo(client, review));
    return reviews.filter((_review, index) => beyond[index] === undefined);
  });
}

/** The payments, each with the status that its run has moved on to. */
export async function upToDate<T extends InReview>(
  client: PaymentBlockClient,
  payments: readonly T[],
): Promise<readonly T[]> {
  return orElse(payments, () =>
    inChunks(payments, ASKED_AT_ONCE, async (payment) => {
      const status = await movedOnTo(client, payment);
      return status === undefined ? payment : { ...payment, status };
    }),
  );
}

async function movedOnTo(client: PaymentBlockClient, payment: InReview): Promise<PaymentStatus | undefined> {
  if (payment.status !== 'held') return undefined;
  const status = (await client.run(payment))?.status;
  return status === 'held' || status === 'blocked' ? undefined : status;
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
