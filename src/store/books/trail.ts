import { z } from 'zod';
import { type Actor, actorOnRecord } from '../../domain/people.ts';
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
  action: z.string(),
  details: z.record(z.string(), z.unknown()),
});

/** The first 200 entries of the audit about a subject, such as "payment:<uniqueReference>", oldest first. */
export async function trailOf(
  db: Queryable,
  { subscriberId, subject }: { readonly subscriberId: string; readonly subject: string },
): Promise<TrailEntry[]> {
  const { rows } = await db.query(
    `select at, actor, actor_kind, action, details from audit where subscriber_id = $1 and subject = $2
      order by id limit ${MOST_TRAIL}`,
    [subscriberId, subject],
  );
  return rows.map((row) => {
    const { actor, actor_kind, ...entry } = trailRow.parse(row);
    return { ...entry, actor: actorOnRecord({ name: actor, kind: actor_kind }) };
  });
}

/** What an entry says beside its action, in a line. */
export function detailsText({ details }: TrailEntry): string {
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
