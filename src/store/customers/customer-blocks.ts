import { cardKey } from '../../domain/card.ts';
import type { BlockCustomerRequest, CustomerBlockView } from '../../domain/customer-block.ts';
import type { CustomerRef } from '../../domain/ids.ts';
import { actorNamed, recordedActor } from '../../domain/people.ts';
import { audit } from '../books/append.ts';
import { lockAgainstPayments } from '../payments/block-locks.ts';
import { publish } from '../notifications/outbox.ts';
import { paymentsToHold } from '../payments/payments.ts';
import type { Queryable } from '../db/postgres.ts';

/** What a block call changed. */
export interface StoredBlock {
  readonly expiresAt: string | null;
  /** Whether there are payments under way that the block has not sent to review yet. */
  readonly hasPaymentsToHold: boolean;
}

/** A customer, and the run that works on their block, for who wants to look at it. */
interface CustomerOfRun extends CustomerRef {
  readonly runId?: string;
}

/** Who ends a block, and why. */
export interface EndBlock extends CustomerOfRun {
  readonly endedBy: string;
  readonly reason: string;
}

/**
 * Bars the customer from online payment, or adds what is new (an invoice, a card) to the block that is on. Of two expiries the
 * later one holds, and none is the latest: no call cuts a block short that another has asked for.
 * Repeating the same call changes nothing and publishes nothing (contract.md, 'what "block" does').
 * @param actor who blocks, where that is proven
 */
export async function storeBlock(
  db: Queryable,
  { subscriberId, customerUuid, runId }: CustomerOfRun,
  request: BlockCustomerRequest,
  actor = actorNamed(request.actor),
): Promise<StoredBlock> {
  await lockAgainstPayments(db, { subscriberId, customerUuid }, request);
  const created = await db.query<{ id: string }>(
    `insert into customer_blocks (subscriber_id, customer_uuid, online_payment, three_ds, expires_at)
     values ($1, $2, $3, $4, $5)
     on conflict (subscriber_id, customer_uuid) where ended_at is null do nothing returning id`,
    [
      subscriberId,
      customerUuid,
      request.onlinePayment,
      request.threeDSAuthentication,
      request.expiresAt ?? null,
    ],
  );
  const block = await activeBlock(db, { subscriberId, customerUuid });
  if (!block)
    throw new Error(`the block of customer ${customerUuid} ended while it was being stored: repeat the call`);

  const expiresAt = laterExpiry(block.expiresAt?.toISOString() ?? null, request.expiresAt ?? null);
  const added = [
    await setExpiry(db, block, expiresAt),
    request.invoiceGUID === undefined ? 0 : await addInvoice(db, block.id, subscriberId, request.invoiceGUID),
    request.ccLastFour === undefined
      ? 0
      : await addCard(db, block.id, subscriberId, request.ccLastFour, request),
  ];
  const isNew = created.rowCount === 1;
  const changed = isNew || added.some((count) => count !== 0);
  if (changed) {
    await audit(db, {
      ...customerSubject({ subscriberId, customerUuid }),
      action: isNew ? 'block' : 'addToBlock',
      actor,
      details: {
        invoiceGUID: request.invoiceGUID,
        ccLastFour: request.ccLastFour,
        expiresAt,
        reason: request.reason,
      },
    });
  }
  // One event a block, however often it is asked for: not one for every card that is added.
  if (request.sendBlockNotification) {
    const until = expiresAt === null ? {} : { expiresAt };
    await publish(db, subscriberId, 'customerBlocked', block.id, {
      customerUuid,
      ...(runId === undefined ? {} : { runId }),
      ...until,
    });
  }
  const [next] = await paymentsToHold(db, { subscriberId, customerUuid }, 1);
  return { expiresAt, hasPaymentsToHold: next !== undefined };
}

/** ISO 8601; null: without an end. */
function laterExpiry(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return null;
  return Date.parse(one) > Date.parse(other) ? one : other;
}

async function setExpiry(
  db: Queryable,
  { id, expiresAt }: { readonly id: string; readonly expiresAt: Date | null },
  later: string | null,
): Promise<number> {
  if (later === (expiresAt?.toISOString() ?? null)) return 0;
  await db.query('update customer_blocks set expires_at = $2 where id = $1', [id, later]);
  return 1;
}

/** Remembers payments that the customer's block has sent to review: it does so once each. */
export async function markHeld(
  db: Queryable,
  { subscriberId, customerUuid }: CustomerRef,
  uniqueReferences: readonly string[],
): Promise<void> {
  await db.query(
    `insert into customer_block_holds (block_id, unique_reference)
     select b.id, reference from customer_blocks b cross join unnest($3::text[]) as reference
      where b.subscriber_id = $1 and b.customer_uuid = $2 and b.ended_at is null
     on conflict do nothing`,
    [subscriberId, customerUuid, uniqueReferences],
  );
}

/** Ends the block that is on; a customer who is not blocked is left as is. @returns whether there was one */
export async function endBlock(
  db: Queryable,
  { subscriberId, customerUuid, endedBy, reason, runId }: EndBlock,
  actor = actorNamed(endedBy),
): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>(
    `update customer_blocks set ended_at = now(), ended_by = $3, end_reason = $4
     where subscriber_id = $1 and customer_uuid = $2 and ended_at is null returning id`,
    [subscriberId, customerUuid, recordedActor(actor).name, reason],
  );
  const block = rows[0];
  if (!block) return false;
  await audit(db, {
    ...customerSubject({ subscriberId, customerUuid }),
    action: 'unblock',
    actor,
    details: { reason },
  });
  const expired = recordedActor(actor).kind === 'user' ? {} : ({ expired: true } as const);
  await publish(db, subscriberId, 'customerUnblocked', block.id, {
    customerUuid,
    ...(runId === undefined ? {} : { runId }),
    endedBy: recordedActor(actor).name,
    reason,
    ...expired,
  });
  return true;
}

/** Whether the customer is barred now; an expired block no longer bars, even before its run has ended it. */
export async function customerBlockView(db: Queryable, customer: CustomerRef): Promise<CustomerBlockView> {
  const block = await activeBlock(db, customer);
  const on = block !== undefined && (block.expiresAt === null || block.expiresAt > new Date());
  return {
    subscriberId: customer.subscriberId,
    customerUuid: customer.customerUuid,
    customerBlocked: on,
    ...(on && block.expiresAt !== null ? { expiresAt: block.expiresAt.toISOString() } : {}),
  };
}

/** A customer as the audit names them. */
export function customerSubject({ subscriberId, customerUuid }: CustomerRef) {
  return { subscriberId, subject: `customer:${customerUuid}` };
}

async function activeBlock(
  db: Queryable,
  { subscriberId, customerUuid }: CustomerRef,
): Promise<{ id: string; expiresAt: Date | null } | undefined> {
  const { rows } = await db.query<{ id: string; expires_at: Date | null }>(
    `select id, expires_at from customer_blocks
     where subscriber_id = $1 and customer_uuid = $2 and ended_at is null`,
    [subscriberId, customerUuid],
  );
  return rows[0] && { id: rows[0].id, expiresAt: rows[0].expires_at };
}

async function addInvoice(
  db: Queryable,
  blockId: string,
  subscriberId: string,
  invoiceGUID: string,
): Promise<number | null> {
  const { rowCount } = await db.query(
    `insert into customer_block_invoices (block_id, subscriber_id, invoice_guid) values ($1, $2, $3)
     on conflict do nothing`,
    [blockId, subscriberId, invoiceGUID],
  );
  return rowCount;
}

async function addCard(
  db: Queryable,
  blockId: string,
  subscriberId: string,
  ccLastFour: string,
  { ccType = '', cardHolder = '' }: BlockCustomerRequest,
): Promise<number | null> {
  const { rowCount } = await db.query(
    `insert into customer_block_cards (block_id, subscriber_id, cc_last_four, cc_type, card_holder, card_key)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [blockId, subscriberId, ccLastFour, ccType, cardHolder, cardKey(ccLastFour, cardHolder)],
  );
  return rowCount;
}
