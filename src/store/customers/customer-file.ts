import { z } from 'zod';
import type { CustomerBlockView } from '../../domain/customer-block.ts';
import type { CustomerRef, PaymentRef } from '../../domain/ids.ts';
import type { ListAnswer } from '../../domain/list-entry.ts';
import type { Money } from '../../domain/money.ts';
import { type PaymentStatus, paymentStatuses } from '../../domain/payment.ts';
import { type TrailEntry, trailOf } from '../books/trail.ts';
import type { Queryable } from '../db/postgres.ts';
import { lookUp } from '../lists/lists.ts';
import { customerBlockView, customerSubject } from './customer-blocks.ts';

/** A payment as one of its customer's. */
export interface PaymentOfCustomer extends PaymentRef {
  readonly amount: Money;
  readonly status: PaymentStatus;
  readonly invoiceGUID: string;
  readonly blockedAt: Date;
}

/** What is on record of a customer. */
export interface CustomerFile {
  readonly block: CustomerBlockView;
  /** The newest first. */
  readonly payments: readonly PaymentOfCustomer[];
  /** What the lists say now of the customer. */
  readonly listed: ListAnswer;
  /** Blocks and unblocks, oldest first. */
  readonly trail: readonly TrailEntry[];
}

/** The payments that are shown at most. */
export const MOST_PAYMENTS = 100;

/** The customer as the record has them; of one who is not known, with nothing in it. */
export async function customerFileOf(db: Queryable, customer: CustomerRef): Promise<CustomerFile> {
  const { subscriberId, customerUuid } = customer;
  const [block, payments, listed, trail] = await Promise.all([
    customerBlockView(db, customer),
    paymentsOfCustomer(db, customer, MOST_PAYMENTS),
    lookUp(db, subscriberId, [{ kind: 'customer', value: customerUuid }]),
    trailOf(db, customerSubject(customer)),
  ]);
  return { block, payments, listed, trail };
}

const paymentRow = z.object({
  unique_reference: z.string(),
  amount_minor: z.number(),
  currency: z.string(),
  status: z.enum(paymentStatuses),
  invoice_guid: z.string(),
  blocked_at: z.date(),
});

/** The customer's newest payments, the newest first. */
export async function paymentsOfCustomer(
  db: Queryable,
  { subscriberId, customerUuid }: CustomerRef,
  limit: number,
): Promise<PaymentOfCustomer[]> {
  const { rows } = await db.query(
    `select unique_reference, amount_minor, currency, status, invoice_guid, blocked_at from payments
      where subscriber_id = $1 and customer_uuid = $2 order by blocked_at desc limit $3`,
    [subscriberId, customerUuid, limit],
  );
  return rows.map((row) => {
    const payment = paymentRow.parse(row);
    return {
      subscriberId,
      uniqueReference: payment.unique_reference,
      amount: { minor: payment.amount_minor, currency: payment.currency },
      status: payment.status,
      invoiceGUID: payment.invoice_guid,
      blockedAt: payment.blocked_at,
    };
  });
}
