import { type BlockedPayment, statesBefore, type UnblockDecision } from '../../domain/payment.ts';
import { cardKeyOf, subjectOfPayment } from '../../rules/subject.ts';
import { append } from '../books/append.ts';
import { newEvent } from '../notifications/outbox.ts';
import {
  auditOfUnblock,
  auditSubject,
  eventPayloadOf,
  moveOn,
  postOf,
  readStoredPayment,
  requireStatus,
  type StoredPayment,
} from './payment-record.ts';
import type { Queryable } from '../db/postgres.ts';

/**
 * Puts a payment on record: its row, the money into its blocked balance, audit, event.
 * @returns undefined, and changes nothing, where the payment is on record already
 */
export async function insertPayment(
  db: Queryable,
  payment: BlockedPayment,
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
  const from = { kind: 'customer', ref: payment.customerAccno } as const;
  const to = { kind: 'blocked', ref: uniqueReference } as const;
  const payload = {
    uniqueReference,
    amount,
    invoiceGUID: payment.invoiceGUID,
    ...(option.ccLastFour === undefined ? {} : { ccLastFour: option.ccLastFour }),
  };
  await append(db, {
    posts: [{ ...postOf(payment, 'block'), from, to }],
    audits: [{ ...auditSubject(payment), action: 'block', actor: payment.partnerReference }],
    events: [newEvent(subscriberId, 'paymentBlocked', uniqueReference, payload)],
  });
  return readStoredPayment(rows[0]);
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
  const payload = { ...eventPayloadOf(payment), decidedBy: decision.decidedBy };
  await append(db, {
    posts: [{ ...postOf(payment, 'release'), from, to }],
    audits: [auditOfUnblock(payment, unblock)],
    events: [newEvent(subscriberId, 'paymentReleased', uniqueReference, payload)],
  });
}

/** The unique references of payments of a blocked customer, or of a card of its block, that have not ended. */
export async function paymentsUnderWay(
  db: Queryable,
  subscriberId: string,
  customerUuid: string,
): Promise<string[]> {
  const { rows } = await db.query<{ unique_reference: string }>(
    `select unique_reference from payments
      where subscriber_id = $1 and ended_at is null
        and (customer_uuid = $2 or card_key in (
          select c.card_key from customer_block_cards c join customer_blocks b on b.id = c.block_id
           where b.subscriber_id = $1 and b.customer_uuid = $2 and b.ended_at is null))
      order by unique_reference`,
    [subscriberId, customerUuid],
  );
  return rows.map((row) => row.unique_reference);
}
