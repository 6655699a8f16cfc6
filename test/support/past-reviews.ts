import type pg from 'pg';
import type { PaymentStatus } from '../../src/domain/payment.ts';

/** A payment that has been in review, or still is. */
export interface PastReview {
  readonly subscriberId: string;
  readonly uniqueReference: string;
  readonly status: PaymentStatus;
  readonly minor?: number | undefined;
  readonly currency?: string | undefined;
  readonly customerUuid?: string | undefined;
  readonly invoiceGUID?: string | undefined;
  readonly blockedAt?: Date | undefined;
  readonly heldAt?: Date | undefined;
  readonly dueAt?: Date | undefined;
  readonly pausedAt?: Date | undefined;
  readonly assignedTo?: string | undefined;
  readonly escalatedTo?: string | undefined;
  readonly endedAt?: Date | undefined;
  readonly reasons?: readonly string[] | undefined;
  /** The rules that matched; one more was looked at and did not. */
  readonly rules?: readonly string[] | undefined;
  readonly unblockedAt?: readonly Date[] | undefined;
}

/** Puts payments on record as they would stand today, with their decisions and unblocks, but without a ledger. */
export async function insertPastReviews(pool: pg.Pool, reviews: readonly PastReview[]): Promise<void> {
  const db = await pool.connect();
  try {
    // What the past has come to is not built up step by step here, as the triggers that guard the ledger want it.
    await db.query('set session_replication_role = replica');
    await db.query(
      `with past as (
         select * from jsonb_to_recordset($1) as past (
           "subscriberId" text, "uniqueReference" text, status text, minor bigint, currency text, "customerUuid" text,
           "invoiceGUID" text, "blockedAt" timestamptz, "heldAt" timestamptz, "dueAt" timestamptz,
           "pausedAt" timestamptz, "assignedTo" text, "escalatedTo" text, "endedAt" timestamptz, reasons text[],
           rules text[], "unblockedAt" timestamptz[])),
       payment as (
         insert into payments (subscriber_id, unique_reference, partner_reference, status, amount_minor, currency,
           customer_accno, merchant_accno, customer_uuid, invoice_guid, option_token, online_payment, three_ds,
           local_date, local_time, reasons, review_due_at, held_at, paused_at, assigned_to, escalated_to, blocked_at,
           ended_at)
         select "subscriberId", "uniqueReference", 'block', status, coalesce(minor, 10000), coalesce(currency, 'EUR'),
                '222123456', '444123456', "customerUuid", coalesce("invoiceGUID", 'invoice'), 'tok', true, true, '', '',
                coalesce(reasons, '{}'), "dueAt", "heldAt", "pausedAt", "assignedTo", "escalatedTo",
                coalesce("blockedAt", now()), "endedAt"
           from past),
       decision as (
         insert into decisions (subscriber_id, unique_reference, invoice_guid, rule_set_name, rule_set_version,
           rule_set_hash, facts, results, response, disposition)
         select "subscriberId", "uniqueReference", 'invoice', 'past', 1, '', '{}',
                (select jsonb_agg(jsonb_build_object('ruleId', rule, 'description', 'About ' || rule, 'saw', '{}'::jsonb,
                          'outcome', case when rule = 'silent' then 'notMatched' else 'matched' end, 'contributed',
                          case when rule = 'silent' then '[]'::jsonb else '["hold"]'::jsonb end))
                   from unnest(rules || '{silent}') as rule),
                '{}', 'HOLD' from past where rules is not null)
       insert into unblocks (subscriber_id, unique_reference, sequence, decided_by, operator, at)
       select "subscriberId", "uniqueReference", number, 'operator', 'ana', at
         from past cross join unnest("unblockedAt") with ordinality as unblock (at, number)`,
      [JSON.stringify(reviews)],
    );
  } finally {
    db.release(true);
  }
}
