import { cardKey } from '../../domain/card.ts';
import type { BlockCustomerRequest } from '../../domain/customer-block.ts';
import type { CustomerRef } from '../../domain/ids.ts';
import type { BlockedPayment } from '../../domain/payment.ts';
import { cardKeyOf, subjectOfPayment } from '../../rules/subject.ts';
import type { Queryable } from '../db/postgres.ts';

/**
 * Orders the taking in of a payment and the blocking of its customer or card, which would else not see each other's
 * uncommitted rows: whichever transaction comes second sees the first one's result. Call it as the first statement of
 * the payment's transaction. Payments do not wait for each other.
 */
export async function lockAgainstBlocks(db: Queryable, payment: BlockedPayment): Promise<void> {
  const { subscriberId, customerUuid } = payment;
  await lock(db, 'pg_advisory_xact_lock_shared', subscriberId, [
    ...customerKeys(customerUuid),
    ...cardKeys(cardKeyOf(subjectOfPayment(payment))),
  ]);
}

/** The block's side of {@link lockAgainstBlocks}: its customer, the card it adds and those that it has. */
export async function lockAgainstPayments(
  db: Queryable,
  { subscriberId, customerUuid }: CustomerRef,
  { ccLastFour, cardHolder }: BlockCustomerRequest,
): Promise<void> {
  const { rows } = await db.query<{ card_key: string | null }>(
    `select c.card_key from customer_block_cards c join customer_blocks b on b.id = c.block_id
      where b.subscriber_id = $1 and b.customer_uuid = $2 and b.ended_at is null`,
    [subscriberId, customerUuid],
  );
  const cards = [cardKey(ccLastFour, cardHolder), ...rows.map((row) => row.card_key)];
  await lock(db, 'pg_advisory_xact_lock', subscriberId, [
    ...customerKeys(customerUuid),
    ...cards.flatMap(cardKeys),
  ]);
}

function customerKeys(customerUuid: string | undefined): string[] {
  return customerUuid === undefined ? [] : [`customer ${customerUuid}`];
}

function cardKeys(key: string | null): string[] {
  return key === null ? [] : [`card ${key}`];
}

/** Takes the locks in one order everywhere, so that no two transactions wait for each other. */
async function lock(
  db: Queryable,
  take: 'pg_advisory_xact_lock' | 'pg_advisory_xact_lock_shared',
  subscriberId: string,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await db.query(
    `select ${take}(key) from (
       select distinct hashtextextended('block ' || $1 || ' ' || key, 0) as key from unnest($2::text[]) as key
        order by 1) as ordered`,
    [subscriberId, keys],
  );
}
