import type pg from 'pg';
import type { Money } from '../../src/domain/money.ts';

/** An attempt of the past, as recordDecision would have left it. */
export interface PastAttempt {
  readonly subscriberId: string;
  readonly invoice: string;
  readonly customer: string | null;
  readonly card: string | null;
  readonly ip: string | null;
  /** None where it was a rules call. */
  readonly amount?: Money | undefined;
  readonly declined: boolean;
  readonly minutesAgo: number;
}

/** Puts attempts into the record with a time of our choosing. */
export async function insertAttempts(pool: pg.Pool, attempts: readonly PastAttempt[]): Promise<void> {
  await pool.query(
    `with attempt as materialized (
       select gen_random_uuid() as id, now() - make_interval(mins => minutes) as moment, past.*
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
                     $8::boolean[], $9::integer[])
              as past (subscriber, invoice, customer, card, ip, minor, currency, declined, minutes)),
     decision as (
       insert into decisions (id, subscriber_id, invoice_guid, rule_set_name, rule_set_version, rule_set_hash,
                              facts, results, response, disposition, decided_at)
       select id, subscriber, invoice, 'past', 1, '', '{}', '[]', '{}', 'RELEASE', moment from attempt)
     insert into attempts (decision_id, subscriber_id, invoice_guid, customer_key, card_key, ip_address, amount_minor,
                           currency, declined, at)
     select id, subscriber, invoice, customer, card, ip, minor, currency, declined, moment from attempt`,
    [
      attempts.map(({ subscriberId }) => subscriberId),
      attempts.map(({ invoice }) => invoice),
      attempts.map(({ customer }) => customer),
      attempts.map(({ card }) => card),
      attempts.map(({ ip }) => ip),
      attempts.map(({ amount }) => amount?.minor ?? null),
      attempts.map(({ amount }) => amount?.currency ?? null),
      attempts.map(({ declined }) => declined),
      attempts.map(({ minutesAgo }) => minutesAgo),
    ],
  );
}
