import { z } from 'zod';
import type { Person } from '../accounts/people.ts';
import type { Queryable } from '../db/postgres.ts';

/** Filters of the queue, kept under a name. */
export interface SavedView {
  readonly name: string;
  /** As in the queue's address. */
  readonly query: string;
}

/** Whose views: a person's, at the desk of one subscriber. */
export interface ViewOwner extends Pick<Person, 'issuer' | 'subject'> {
  readonly subscriberId: string;
}

export const MOST_VIEWS = 50;

const viewRow = z.object({ name: z.string(), query: z.string() });

/** The owner's views, by name. */
export async function savedViews(
  db: Queryable,
  { subscriberId, issuer, subject }: ViewOwner,
): Promise<SavedView[]> {
  const { rows } = await db.query(
    `select name, query from saved_views where subscriber_id = $1 and issuer = $2 and subject = $3 order by name`,
    [subscriberId, issuer, subject],
  );
  return rows.map((row) => viewRow.parse(row));
}

/** Keeps a view; one of the same name is replaced. @returns false where the owner has as many as can be kept */
export async function saveView(
  db: Queryable,
  { subscriberId, issuer, subject }: ViewOwner,
  { name, query }: SavedView,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into saved_views (subscriber_id, issuer, subject, name, query)
     select $1, $2, $3, $4, $5
      where $6 > (select count(*) from saved_views
                   where subscriber_id = $1 and issuer = $2 and subject = $3 and name <> $4)
     on conflict (subscriber_id, issuer, subject, name) do update set query = excluded.query, saved_at = now()`,
    [subscriberId, issuer, subject, name, query, MOST_VIEWS],
  );
  return rowCount === 1;
}

/** Removes a view; one that is not there is left so. */
export async function removeView(
  db: Queryable,
  { subscriberId, issuer, subject }: ViewOwner,
  name: string,
): Promise<void> {
  await db.query(
    'delete from saved_views where subscriber_id = $1 and issuer = $2 and subject = $3 and name = $4',
    [subscriberId, issuer, subject, name],
  );
}
