import type { PaymentRef } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import { type Actor, recordedActor } from '../../domain/people.ts';
import type { EventType } from '../../notifications/events.ts';
import type { Account } from './ledger.ts';
import type { Queryable } from '../db/postgres.ts';

/** A movement of money from one account to another. */
export interface LedgerTransaction extends PaymentRef {
  /** What is posted, unique within the payment, e.g. "block" or "refund:<reference>:captured". */
  readonly entry: string;
  readonly money: Money;
  readonly from: Account;
  readonly to: Account;
}

/** Who did what to what. */
export interface AuditEntry {
  readonly subscriberId: string;
  /**
   * "payment:<uniqueReference>", "customer:<customerUuid>", "ruleSet:<ruleSetId>", "listEntry:<entryId>",
   * "webhook:<endpointId>" or "notification:<eventId>"
   */
  readonly subject: string;
  readonly action: string;
  readonly actor: Actor;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An event as the outbox holds it. */
export interface OutboxEvent {
  readonly eventId: string;
  readonly subscriberId: string;
  readonly type: EventType;
  readonly payload: unknown;
}

/** What a step leaves behind beside its change. */
export interface Appended {
  readonly posts?: readonly LedgerTransaction[];
  readonly audits?: readonly AuditEntry[];
  readonly events?: readonly OutboxEvent[];
}

/**
 * Appends ledger transactions, audit entries and events in one statement, in the transaction of the change that they
 * belong to. A ledger transaction of the same entry, or an event of the same id, that is there already is left as it is.
 */
export async function append(
  db: Queryable,
  { posts = [], audits = [], events = [] }: Appended,
): Promise<void> {
  await db.query({ ...APPEND, values: [rows(posts.map(toRow)), rows(audits.map(toAuditRow)), rows(events)] });
}

function toRow({ subscriberId, uniqueReference, entry, money, from, to }: LedgerTransaction) {
  const legs = [
    { ...from, minor: -money.minor },
    { ...to, minor: money.minor },
  ];
  return { subscriberId, uniqueReference, entry, currency: money.currency, legs };
}

function toAuditRow({ actor, details, ...entry }: AuditEntry) {
  const { typedAs, ...columns } = auditedActor(actor);
  return { ...entry, details: { ...details, ...(typedAs !== undefined && { typedAs }) }, ...columns };
}

/** The columns of the audit that say who acts. A user of whom it is not known how is one whose name was typed. */
export function auditedActor(acting: Actor) {
  const { name: actor, kind: actorKind, known } = recordedActor(acting);
  const knownBy = actorKind === 'part' ? null : (known?.by ?? 'typed');
  return { actor, actorKind, knownBy, door: known?.door ?? null, typedAs: known?.typedAs };
}

/** As JSON that Postgres takes: half of a surrogate pair, which it would refuse, becomes the replacement character. */
function rows(values: readonly unknown[]): string {
  return JSON.stringify(values, (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\uFFFD') : value,
  );
}

/** By its name a connection knows the statement again, and parses and plans it once. */
const APPEND = {
  name: 'append',
  text: `
    with post as (
      select * from jsonb_to_recordset($1) as post ("subscriberId" text, "uniqueReference" text, entry text,
                                                    currency text, legs jsonb)),
    ledger as (
      insert into ledger_transactions (subscriber_id, unique_reference, entry)
      select "subscriberId", "uniqueReference", entry from post
      on conflict (subscriber_id, unique_reference, entry) do nothing
      returning id, subscriber_id, unique_reference, entry),
    posted as (
      insert into postings (transaction_id, subscriber_id, account_kind, account_ref, amount_minor, currency)
      select ledger.id, ledger.subscriber_id, leg.kind, leg.ref, leg.minor, post.currency
        from ledger
        join post on post."subscriberId" = ledger.subscriber_id and post."uniqueReference" = ledger.unique_reference
                 and post.entry = ledger.entry
       cross join jsonb_to_recordset(post.legs) as leg (kind text, ref text, minor bigint)
       order by ledger.id, leg.minor),
    audited as (
      insert into audit (subscriber_id, subject, action, actor, actor_kind, known_by, door, details)
      select "subscriberId", subject, action, actor, "actorKind", "knownBy", door, details
        from jsonb_to_recordset($2) as entry ("subscriberId" text, subject text, action text, actor text,
                                              "actorKind" text, "knownBy" text, door text, details jsonb))
    insert into outbox (event_id, subscriber_id, event_type, payload)
    select "eventId", "subscriberId", type, payload
      from jsonb_to_recordset($3) as event ("eventId" uuid, "subscriberId" text, type text, payload jsonb)
    on conflict (event_id) do nothing`,
};

/** Records who did what to what, in the transaction that does it. */
export async function audit(db: Queryable, entry: AuditEntry): Promise<void> {
  await append(db, { audits: [entry] });
}
