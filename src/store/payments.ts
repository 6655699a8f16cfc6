import type { Disposition } from '../domain/decision.ts';
import type { PaymentRef } from '../domain/ids.ts';
import type { UnblockDecision } from '../domain/payment-case.ts';
import { statesBefore, type BlockedPayment } from '../domain/payment.ts';
import { attemptKeys, subjectOfPayment } from '../rules/subject.ts';
import { audit } from './audit.ts';
import { StoreConflict } from './conflict.ts';
import { book } from './ledger.ts';
import { publish } from './outbox.ts';
import {
  about,
  factsOf,
  lockPayment,
  paymentByReference,
  recordUnblock,
  requireStatus,
  setStatus,
} from './payment-record.ts';
import type { Queryable } from './postgres.ts';

/** Takes a payment in: its row, the money into its blocked balance, audit, event. A repeated call changes nothing. */
export async function insertPayment(db: Queryable, payment: BlockedPayment): Promise<void> {
  const { subscriberId, uniqueReference, amount, paymentOption: option } = payment;
  const { rowCount } = await db.query(
    `insert into payments (subscriber_id, unique_reference, partner_reference, status, amount_minor, currency,
       customer_accno, merchant_accno, customer_uuid, invoice_guid, option_token, cc_type, cc_last_four, card_holder,
       card_key, ip_address, customer_first_name, customer_last_name, cardholder_first_name, cardholder_last_name,
       online_payment, three_ds, local_date, local_time)
     values ($1, $2, $3, 'blocked', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
       $21, $22, $23)
     on conflict (subscriber_id, unique_reference) do nothing`,
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
      attemptKeys(subjectOfPayment(payment)).card,
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
  if (rowCount === 0) {
    const stored = await paymentByReference(db, payment);
    if (stored?.partnerReference === payment.partnerReference) return;
    throw new StoreConflict(
      `payment ${uniqueReference} is on record under partnerReference ${stored?.partnerReference}`,
    );
  }
  const customer = { kind: 'customer', ref: payment.customerAccno } as const;
  await book(db, payment, 'block', amount, customer, { kind: 'blocked', ref: uniqueReference });
  await audit(db, { ...about(payment), action: 'block', actor: payment.partnerReference });
  // Told by the delivery run: one more activity for every payment would cost more than it is worth.
  await publish(db, subscriberId, 'paymentBlocked', uniqueReference, {
    uniqueReference,
    amount,
    invoiceGUID: payment.invoiceGUID,
    ...(option.ccLastFour === undefined ? {} : { ccLastFour: option.ccLastFour }),
  });
}

/** Stores what the rules made of the payment; the decision itself is in `decisions`. */
export async function storeDisposition(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
  disposition: Disposition,
  reasons: readonly string[],
): Promise<void> {
  await db.query(
    `update payments set disposition = $3, reasons = $4, updated_at = now()
     where subscriber_id = $1 and unique_reference = $2 and disposition is null`,
    [subscriberId, uniqueReference, disposition, reasons],
  );
}

/** Releases the blocked money to the merchant: the payment's end. Returns the event to deliver. */
export async function releasePayment(
  db: Queryable,
  ref: PaymentRef,
  unblock: UnblockDecision,
): Promise<string> {
  const payment = await lockPayment(db, ref);
  if (payment.status !== 'released') {
    requireStatus(payment, statesBefore('released'));
    const merchant = { kind: 'merchant', ref: payment.merchantAccno } as const;
    await book(db, ref, 'release', payment.amount, { kind: 'blocked', ref: ref.uniqueReference }, merchant);
    await setStatus(db, ref, 'released', unblock.decidedBy);
    await recordUnblock(db, ref, unblock, null);
  }
  const facts = { ...factsOf(payment), decidedBy: unblock.decidedBy };
  return publish(db, ref.subscriberId, 'paymentReleased', ref.uniqueReference, facts);
}

/** Payments of a customer, or of a card, that have not ended. */
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
