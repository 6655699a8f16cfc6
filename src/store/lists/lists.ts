import { z } from 'zod';
import {
  answerOf,
  type ListAnswer,
  type ListEntry,
  type ListKey,
  type ListKind,
  listKinds,
  type ListVerdict,
  listVerdicts,
  type NewListEntry,
} from '../../domain/list-entry.ts';
import { type User, userName } from '../../domain/people.ts';
import { audit, auditedActor } from '../books/append.ts';
import { bestFirst, matching } from './list-matches.ts';
import type { Queryable } from '../db/postgres.ts';

/** Whose lists they are, and who changes them. */
export interface ListEditor {
  readonly subscriberId: string;
  readonly actor: User;
}

/**
 * Adds what is not listed yet, in a transaction of the caller's; each entry is in the audit. One that says the same of
 * the same value is left as it is, also with another reason or expiry: remove it first to change it. Several may add
 * the same at once: one entry comes of it.
 * @returns how many were added
 */
export async function addEntries(
  db: Queryable,
  { subscriberId, actor }: ListEditor,
  entries: readonly NewListEntry[],
): Promise<number> {
  // In one order for everybody, so that two imports of the same file wait for each other and never in a circle.
  const ordered = entries.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const keys = [
    subscriberId,
    ordered.map(({ kind }) => kind),
    ordered.map(({ value }) => value),
    ordered.map(({ verdict }) => verdict),
  ];
  await makeRoomForExpired(db, keys);
  const who = auditedActor(actor);
  const { rowCount } = await db.query(
    `with added as (
       insert into list_entries (subscriber_id, kind, value, verdict, reason, expires_at, added_by)
       select $1, asked.kind, asked.value, asked.verdict, asked.reason, asked.expires_at, $7
         from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
              as asked (kind, value, verdict, reason, expires_at)
       on conflict (subscriber_id, kind, value, verdict) where removed_at is null do nothing
       returning *)
     insert into audit (subscriber_id, subject, action, actor, actor_kind, known_by, door, details)
     select subscriber_id, 'listEntry:' || id, 'addToList', added_by, $8, $9, $10,
            jsonb_build_object('kind', kind, 'verdict', verdict, 'reason', reason, 'expiresAt', expires_at)
       from added`,
    [
      ...keys,
      ordered.map(({ reason }) => reason),
      ordered.map(({ expiresAt }) => expiresAt),
      who.actor,
      who.actorKind,
      who.knownBy,
      who.door,
    ],
  );
  return rowCount ?? 0;
}

/** Adds one entry, in a transaction of the caller's. The entry that is listed comes back, also where it was before. */
export async function addEntry(
  db: Queryable,
  editor: ListEditor,
  entry: NewListEntry,
): Promise<{ readonly added: boolean; readonly entry: ListEntry }> {
  const added = (await addEntries(db, editor, [entry])) === 1;
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${COLUMNS} from list_entries
      where subscriber_id = $1 and kind = $2 and value = $3 and verdict = $4 and removed_at is null`,
    [editor.subscriberId, entry.kind, entry.value, entry.verdict],
  );
  if (rows[0] === undefined)
    throw new Error('the entry was removed while it was being added: repeat the call');
  return { added, entry: entryOf(rows[0]) };
}

/**
 * Takes an entry off the lists, in a transaction of the caller's; the record of it stays.
 * @returns undefined where the subscriber has no such entry, or it was removed before
 */
export async function removeEntry(
  db: Queryable,
  { subscriberId, actor }: ListEditor,
  entryId: number,
  reason: string,
): Promise<ListEntry | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `update list_entries set removed_at = now(), removed_by = $3, removal_reason = $4
      where subscriber_id = $1 and id = $2 and removed_at is null returning ${COLUMNS}`,
    [subscriberId, entryId, userName(actor), reason],
  );
  if (rows[0] === undefined) return undefined;
  const entry = entryOf(rows[0]);
  await audit(db, {
    subscriberId,
    subject: `listEntry:${entryId}`,
    action: 'removeFromList',
    actor,
    details: { kind: entry.kind, verdict: entry.verdict, reason },
  });
  return entry;
}

/** One entry of a subscriber that was not removed. */
export async function entryOnRecord(
  db: Queryable,
  subscriberId: string,
  entryId: number,
): Promise<ListEntry | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${COLUMNS} from list_entries where subscriber_id = $1 and id = $2 and removed_at is null`,
    [subscriberId, entryId],
  );
  return rows[0] === undefined ? undefined : entryOf(rows[0]);
}

/** What the subscriber's lists say of these values now: every match, and which one decides. */
export async function lookUp(
  db: Queryable,
  subscriberId: string,
  keys: readonly ListKey[],
): Promise<ListAnswer> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${COLUMNS} from (${matching({ subscriber: '$1', kinds: '$2', values: '$3' })}) as entry
      order by ${bestFirst('entry')}`,
    [subscriberId, keys.map(({ kind }) => kind), keys.map(({ value }) => value)],
  );
  return answerOf(rows.map(entryOf));
}

/** Which entries to list. */
export interface ListPage {
  readonly kind?: ListKind | undefined;
  readonly verdict?: ListVerdict | undefined;
  /** Only entries that are older than this one: the last of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The subscriber's live entries, newest first, a page at a time. */
export async function listEntries(
  db: Queryable,
  subscriberId: string,
  { kind, verdict, before, limit }: ListPage,
): Promise<readonly ListEntry[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${COLUMNS} from list_entries
      where subscriber_id = $1 and removed_at is null and (expires_at is null or expires_at > now())
        and ($2::text is null or kind = $2) and ($3::text is null or verdict = $3) and ($4::bigint is null or id < $4)
      order by id desc limit $5`,
    [subscriberId, kind ?? null, verdict ?? null, before ?? null, limit],
  );
  return rows.map(entryOf);
}

/** How many of these are listed already: what addEntries would leave as it is. */
export async function countListed(
  db: Queryable,
  subscriberId: string,
  entries: readonly NewListEntry[],
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*) from list_entries
      where subscriber_id = $1 and removed_at is null and (expires_at is null or expires_at > now())
        and (kind, value, verdict) in (select * from unnest($2::text[], $3::text[], $4::text[]))`,
    [
      subscriberId,
      entries.map(({ kind }) => kind),
      entries.map(({ value }) => value),
      entries.map(({ verdict }) => verdict),
    ],
  );
  return rows[0]?.count ?? 0;
}

/** What distinguishes two entries. */
export function keyOf({ kind, value, verdict }: NewListEntry): string {
  return JSON.stringify([kind, value, verdict]);
}

/** An expired entry is over, but still in the way of one that says the same: it is put away as what it is. */
async function makeRoomForExpired(db: Queryable, keys: readonly unknown[]): Promise<void> {
  await db.query(
    `update list_entries set removed_at = expires_at, removed_by = 'expiry', removal_reason = 'expired'
      where id in (select id from list_entries
                    where subscriber_id = $1 and removed_at is null and expires_at <= now()
                      and (kind, value, verdict) in (select * from unnest($2::text[], $3::text[], $4::text[]))
                    order by id for update)
        and removed_at is null`,
    [...keys],
  );
}

const COLUMNS = 'id, kind, value, network, verdict, reason, added_by, added_at, expires_at';

const row = z.object({
  id: z.int(),
  kind: z.enum(listKinds),
  value: z.string(),
  network: z.string().nullable(),
  verdict: z.enum(listVerdicts),
  reason: z.string(),
  added_by: z.string(),
  added_at: z.date(),
  expires_at: z.date().nullable(),
});

function entryOf(stored: unknown): ListEntry {
  const entry = row.parse(stored);
  return {
    entryId: entry.id,
    kind: entry.kind,
    // Postgres writes an IPv6 network the way people do.
    value: entry.network ?? entry.value,
    verdict: entry.verdict,
    reason: entry.reason,
    expiresAt: entry.expires_at,
    addedBy: entry.added_by,
    addedAt: entry.added_at,
  };
}
