import { Client } from 'pg';
import type { Decision } from '../../src/domain/decision.ts';

/** Who pays for what: so many of each. All are equally busy, so that no key is counted over more rows than others. */
const PAST = { addresses: 50_000, people: 200_000, invoices: 400_000 };
const DAYS = 7;
/** How many of the attempts are payments, which have an amount; the rest are rules calls. */
const PAYMENTS = 0.1;
export const SUBSCRIBER = 'bench';

/** The body of a rules call of the past. */
export function someRulesCall(): Record<string, string | boolean> {
  const [address, person, invoice] = [someOf(PAST.addresses), someOf(PAST.people), someOf(PAST.invoices)];
  return {
    invoiceGUID: `invoice-${invoice}`,
    onlinePayment: true,
    ccLastFour: String(person % 10_000).padStart(4, '0'),
    ipAddress: `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`,
    customerFirstName: 'Payer',
    customerLastName: String(person),
    cardholderFirstName: 'Payer',
    cardholderLastName: String(person),
  };
}

function someOf(count: number): number {
  return Math.floor(Math.random() * count);
}

/** Fills an empty database with attempts of the last days; they have no decisions, which no rules call reads. */
export async function storeAttempts(databaseUrl: string, attempts: number): Promise<void> {
  await withoutTriggers(databaseUrl, async (client) => {
    const { rows } = await client.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes
        where tablename = 'attempts' and indexname <> 'attempts_pkey'`,
    );
    for (const { name } of rows) await client.query(`drop index ${name}`);
    await client.query(
      `insert into attempts (decision_id, subscriber_id, invoice_guid, customer_key, card_key, ip_address, amount_minor,
                             currency, declined, at)
       select gen_random_uuid(), '${SUBSCRIBER}', 'invoice-' || invoice, 'PAYER ' || person,
              lpad((person % 10000)::text, 4, '0') || ':PAYER ' || person,
              '10.' || (address >> 16) || '.' || ((address >> 8) & 255) || '.' || (address & 255),
              amount, case when amount is not null then 'EUR' end, random() < 0.05,
              now() - random() * interval '${DAYS} days'
         from (select floor(random() * ${PAST.invoices})::integer as invoice,
                      floor(random() * ${PAST.people})::integer as person,
                      floor(random() * ${PAST.addresses})::integer as address,
                      case when random() < ${PAYMENTS} then 1 + floor(random() * 100000)::integer end as amount
                 from generate_series(1, $1::integer)) as past`,
      [attempts],
    );
    for (const { definition } of rows) await client.query(definition);
    await client.query('vacuum analyze attempts');
  });
}

/** Gives the latest attempts a decision each: this one, about their own address and invoice. */
export async function storeDecisions(databaseUrl: string, decisions: number, like: Decision): Promise<void> {
  const { ruleSet, facts, results, response, disposition } = like;
  await withoutTriggers(databaseUrl, async (client) => {
    await client.query(
      `insert into decisions (id, subscriber_id, invoice_guid, rule_set_name, rule_set_version, rule_set_hash, facts,
                              results, response, disposition, decided_at)
       select decision_id, subscriber_id, invoice_guid, $2, $3, $4,
              $5::jsonb || jsonb_build_object('ipAddress', ip_address, 'invoiceGUID', invoice_guid), $6, $7, $8, at
         from attempts order by at desc limit $1`,
      [
        decisions,
        ...[ruleSet.name, ruleSet.version, ruleSet.hash],
        ...[facts, results, response].map((column) => JSON.stringify(column)),
        disposition,
      ],
    );
    await client.query('vacuum analyze decisions');
  });
}

/** A connection of its own without time limit, for which foreign keys and append-only triggers do not count. */
async function withoutTriggers(databaseUrl: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("set session_replication_role = replica; set maintenance_work_mem = '256MB'");
    await work(client);
  } finally {
    await client.end();
  }
}
