import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Facts } from '../../domain/decision.ts';
import { listKinds, listVerdicts } from '../../domain/list-entry.ts';
import { type BlockFactName, factsOfSubject, type ListFactName } from '../../rules/facts.ts';
import { listKeys } from '../../rules/list-value.ts';
import { factsOfLists } from '../../rules/lists.ts';
import type { Aggregate, RuleSet } from '../../rules/rule-set.ts';
import { type AttemptKey, attemptKeyNames, attemptKeys, type RuleSubject } from '../../rules/subject.ts';
import { countsColumn, countsSql } from './aggregates.ts';
import { bestFirst, matching } from '../lists/list-matches.ts';
import type { Queryable } from '../db/postgres.ts';

/** Facts, and the moment on the database's clock that they are as of. */
export interface SeenFacts {
  readonly facts: Facts;
  /** As Postgres writes it: a Date has no microseconds, and the edges of the counts' windows depend on them. */
  readonly seenAt: string;
}

/**
 * All facts of one evaluation, in one round trip: what the subject says, whether it is blocked, what the
 * subscriber's lists say, and the rule set's aggregates over the subscriber's attempts so far.
 *
 * An aggregate counts the attempt at hand too, though it is not stored yet: "attempts per invoice > 5" is true at the
 * sixth. One that looks at declined or accepted attempts only leaves it out. It is null where the subject does not
 * have what the aggregate counts over (no IP address, no card), and a sum where it has no amount. Two evaluations at
 * the very same time may not see each other.
 */
export async function gatherFacts(
  db: Queryable,
  ruleSet: Pick<RuleSet, 'aggregates' | 'lists'>,
  subject: RuleSubject,
): Promise<SeenFacts> {
  const { aggregates, lists } = ruleSet;
  const keys = attemptKeys(subject);
  const listed = listKeys(subject);
  const { rows } = await db.query<Record<string, unknown>>({
    ...statementFor(aggregates),
    values: [
      subject.subscriberId,
      subject.customerUuid ?? null,
      ...attemptKeyNames.map((key) => keys[key]),
      subject.amount?.minor ?? null,
      subject.amount?.currency ?? null,
      listed.map(({ kind }) => kind),
      listed.map(({ value }) => value),
      aggregates.map((aggregate) => aggregate.windowSeconds),
    ],
  });
  const { counts, seenAt, ...known } = factsRow.parse(rows[0]);
  const counted = aggregates.map(({ name, over }, index) => [
    name,
    keys[over] === null ? null : (counts[index] ?? null),
  ]);
  const facts = {
    ...factsOfSubject(subject),
    ...known,
    ...factsOfLists(lists, subject),
    ...Object.fromEntries(counted),
  };
  return { facts, seenAt };
}

interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A rule set is compiled once a process, and its aggregates never change. */
const statements = new WeakMap<readonly Aggregate[], Statement>();

/**
 * By its name a connection knows the statement again: to plan it takes several times as long as to carry it out. The
 * name is the text's own, since other rule sets make other statements.
 */
function statementFor(aggregates: readonly Aggregate[]): Statement {
  let statement = statements.get(aggregates);
  if (statement === undefined) {
    const text = factsSql(aggregates);
    statement = { name: createHash('sha256').update(text).digest('hex').slice(0, 32), text };
    statements.set(aggregates, statement);
  }
  return statement;
}

const factsRow = z.object({
  customerBlocked: z.boolean(),
  cardBlocked: z.boolean(),
  invoiceOfBlockedCustomer: z.boolean(),
  listVerdict: z.enum([...listVerdicts, 'none']),
  listMatch: z.enum([...listKinds, 'none']),
  listEntryId: z.int().nullable(),
  counts: countsColumn,
  seenAt: z.string(),
} satisfies Record<BlockFactName | ListFactName | 'counts' | 'seenAt', z.ZodType>);

// Parameters: subscriber, customer, then the keys in the order of attemptKeyNames, the amount, what is looked up in the
// lists, then the aggregates' windows.
const SUBSCRIBER = '$1';
const CUSTOMER = '$2';
const KEYS: Readonly<Record<AttemptKey, string>> = { card: '$3', customer: '$4', ip: '$5', invoice: '$6' };
const AMOUNT = { minor: '$7', currency: '$8' };
const LISTED = { subscriber: SUBSCRIBER, kinds: '$9', values: '$10' };
const WINDOWS = '$11';

const ACTIVE = 'b.ended_at is null and (b.expires_at is null or b.expires_at > now())';

/**
 * The row that everything is joined to also gives keys, amount and windows their types, where no aggregate names them.
 * Only columns of the table above and parameters: nothing that a rule set's author wrote becomes SQL.
 */
function factsSql(aggregates: readonly Aggregate[]): string {
  const { joins, counts } = countsSql(aggregates, {
    subscriber: SUBSCRIBER,
    keys: KEYS,
    amount: AMOUNT,
    moment: 'now()',
    windows: WINDOWS,
  });
  return `
    select
      exists (select from customer_blocks b
               where b.subscriber_id = ${SUBSCRIBER} and b.customer_uuid = ${CUSTOMER} and ${ACTIVE}) as "customerBlocked",
      exists (select from customer_block_cards c join customer_blocks b on b.id = c.block_id
               where c.subscriber_id = ${SUBSCRIBER} and c.card_key = ${KEYS.card} and ${ACTIVE}) as "cardBlocked",
      exists (select from customer_block_invoices i join customer_blocks b on b.id = i.block_id
               where i.subscriber_id = ${SUBSCRIBER} and i.invoice_guid = ${KEYS.invoice} and ${ACTIVE})
        or exists (select from payments p join customer_blocks b using (subscriber_id, customer_uuid)
                    where p.subscriber_id = ${SUBSCRIBER} and p.invoice_guid = ${KEYS.invoice} and ${ACTIVE})
        as "invoiceOfBlockedCustomer",
      coalesce(listed.verdict, 'none') as "listVerdict",
      coalesce(listed.kind, 'none') as "listMatch",
      listed.id as "listEntryId",
      ${counts} as counts,
      now()::text as "seenAt"
    from (values (${attemptKeyNames.map((key) => `${KEYS[key]}::text`).join(', ')}, ${CUSTOMER}::text,
                  ${AMOUNT.minor}::bigint, ${AMOUNT.currency}::text, ${WINDOWS}::integer[])) as given
    left join (select * from (${matching(LISTED)}) as entry order by ${bestFirst('entry')} limit 1) as listed on true
    ${joins}`;
}
