import type { CustomerRef } from '../../domain/ids.ts';
import { type BlockedPayment, statesBefore, type UnblockDecision } from '../../domain/payment.ts';
import { cardKeyOf, subjectOfPayment } from '../../rules/subject.ts';
import { append } from '../books/append.ts';
import { newEvent } from '../notifications/outbox.ts';
import {
  auditOfUnblock,
  auditSubject,
  moveOn,
  postOf,
  readStoredPayment,
  requireStatus,
  type StoredPayment,
} from './payment-record.ts';
import { decisionPayloadOf, eventPayloadOf } from './payment-events.ts';
import type { Queryable } from '../db/postgres.ts';

/**
 * Puts a payment on record: its row, the money into its blocked balance, audit, event.
 * @returns undefined, and changes nothing, where the payment is on record already
 */
export async function insertPayment(
  db: Queryable,
  payment: BlockedPayment,
  run: Pick<StoredPayment, 'runId'> = {},
): Promise<StoredPayment | undefined> {
  const { subscriberId, uniqueReference, amount, paymentOption: option } = payment;
  const { rows } = await db.query(
    `insert into payments (subscriber_id, unique_reference, partner_reference, status, amount_minor, currency,
       customer_accno, merchant_accno, customer_uuid, invoice_guid, option_token, cc_type, cc_last_four, card_holder,
       card_key, ip_address, customer_first_name, customer_last_name, cardholder_first_name, cardholder_last_name,
       online_payment, three_ds, local_date, local_time)
     values ($1, $2, $3, 'blocked', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
       $21, $22, $23)
     on conflict (subscriber_id, unique_reference) do nothing returning *`,
    [
      subscriberId,
      uniqueReference,
      payment.partnerReference,
      amount.minor,
      amount.currency,
      payment.customerAccno,
      payment.merchantAccno,
      payment.customerUuid ?? null,
      payment.invoiceGUID,
      option.token,
      option.ccType ?? null,
      option.ccLastFour ?? null,
      option.cardHolder ?? null,
      cardKeyOf(subjectOfPayment(payment)),
      payment.ipAddress ?? null,
      payment.customerFirstName ?? null,
      payment.customerLastName ?? null,
      payment.cardholderFirstName ?? null,
      payment.cardholderLastName ?? null,
      payment.onlinePayment,
      payment.threeDSAuthentication,
      payment.localDate,
      payment.localTime,
    ],
  );
  if (rows[0] === undefined) return undefined;
  const stored = readStoredPayment(rows[0]);
  const from = { kind: 'customer', ref: payment.customerAccno } as const;
  const to = { kind: 'blocked', ref: uniqueReference } as const;
  const payload = {
    uniqueReference,
    amount,
    invoiceGUID: payment.invoiceGUID,
    ...run,
    ...(option.ccLastFour === undefined ? {} : { ccLastFour: option.ccLastFour }),
  };
  await append(db, {
    posts: [{ ...postOf(stored, 'block'), from, to }],
    audits: [{ ...auditSubject(payment), action: 'block', actor: payment.partnerReference }],
    events: [newEvent(subscriberId, 'paymentBlocked', uniqueReference, payload)],
  });
  return stored;
}

/** Releases the blocked money to the merchant: the payment's end. @param payment locked */
export async function release(
  db: Queryable,
  payment: StoredPayment,
  { decision }: { readonly decision: UnblockDecision },
): Promise<void> {
  if (payment.status === 'released') return;
  requireStatus(payment, statesBefore('released'));
  const { subscriberId, uniqueReference } = payment;
  const unblock = { ...decision, refundReference: null };
  await moveOn(db, payment, 'released', unblock);
  const from = { kind: 'blocked', ref: uniqueReference } as const;
  const to = { kind: 'merchant', ref: payment.merchantAccno } as const;
  const payload = { ...eventPayloadOf(payment), ...decisionPayloadOf(decision) };
  await append(db, {
    posts: [{ ...postOf(payment, 'release'), from, to }],
    audits: [auditOfUnblock(payment, unblock)],
    events: [newEvent(subscriberId, 'paymentReleased', uniqueReference, payload)],
  });
}

/**
 * The unique references of payments of a blocked customer, or of a card of its block, that have not ended and that the block
 * has not sent to review yet.
 */
export async function paymentsToHold(
  db: Queryable,
  { subscriberId, customerUuid }: CustomerRef,
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query<{ unique_reference: string }>(
    `select p.unique_reference from payments p join customer_blocks b
         on b.subscriber_id = p.subscriber_id and b.customer_uuid = $2 and b.ended_at is null
      where p.subscriber_id = $1 and p.ended_at is null
        and (p.customer_uuid = $2 or p.card_key in (
          select c.card_key from customer_block_cards c where c.block_id = b.id))
        and not exists (select from customer_block_holds h
          where h.block_id = b.id and h.unique_reference = p.unique_reference)
      order by p.unique_reference limit $3`,
    [subscriberId, customerUuid, limit],
  );
  return rows.map((row) => row.unique_reference);
}
