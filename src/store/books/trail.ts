import { z } from 'zod';
import { type Actor, actorOnRecord, doors, waysKnown } from '../../domain/people.ts';
import type { Queryable } from '../db/postgres.ts';

/** Who did what, as the audit has it. */
export interface TrailEntry {
  readonly at: Date;
  readonly actor: Actor;
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const MOST_TRAIL = 200;

const trailRow = z.object({
  at: z.date(),
  actor: z.string(),
  actor_kind: z.enum(['user', 'part']),
  known_by: z.enum(waysKnown).nullable(),
  door: z.enum(doors).nullable(),
  action: z.string(),
  details: z.record(z.string(), z.unknown()),
});

/** The first 200 entries of the audit about a subject, such as "payment:<uniqueReference>", oldest first. */
export async function trailOf(
  db: Queryable,
  { subscriberId, subject }: { readonly subscriberId: string; readonly subject: string },
): Promise<TrailEntry[]> {
  const { rows } = await db.query(
    `select at, actor, actor_kind, known_by, door, action, details from audit where subscriber_id = $1 and subject = $2
      order by id limit ${MOST_TRAIL}`,
    [subscriberId, subject],
  );
  return rows.map(entryOf);
}

/** The newest entry of the audit about any of some subjects; undefined where there is none. */
export async function lastOfTrails(
  db: Queryable,
  subscriberId: string,
  subjects: readonly string[],
): Promise<(TrailEntry & { readonly id: number }) | undefined> {
  const { rows } = await db.query(
    `select last.* from unnest($2::text[]) as subjects (subject)
      cross join lateral (
        select id, at, actor, actor_kind, known_by, door, action, details from audit
         where subscriber_id = $1 and audit.subject = subjects.subject order by id desc limit 1) as last
      order by id desc limit 1`,
    [subscriberId, subjects],
  );
  return rows[0] && { ...entryOf(rows[0]), id: z.object({ id: z.int() }).parse(rows[0]).id };
}

function entryOf(row: unknown): TrailEntry {
  const { actor: name, actor_kind: kind, known_by: by, door, ...entry } = trailRow.parse(row);
  const known = by === null || door === null ? {} : { known: { by, door } };
  return { ...entry, actor: actorOnRecord({ name, kind, ...known }) };
}

/** What an entry says beside its action, in a line. */
export function detailsText({ details }: TrailEntry): string {
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
