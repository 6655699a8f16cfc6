import { z } from 'zod';
import { comparableName } from '../../domain/people.ts';
import { type Membership, roles } from '../../domain/roles.ts';
import { StoreConflict } from '../db/errors.ts';
import type { Queryable } from '../db/postgres.ts';

/** A person as the log-in provider knows them. */
export interface Person {
  readonly issuer: string;
  readonly subject: string;
  /** What decisions are signed with. */
  readonly name: string;
  readonly memberships: readonly Membership[];
}

/** A person, and how they stand. */
export interface KnownPerson extends Person {
  readonly firstSignedInAt: Date;
  readonly lastSignedInAt: Date;
  /** When their last session ends; null where they are signed out. */
  readonly signedInUntil: Date | null;
  readonly removed: { readonly at: Date; readonly by: string; readonly reason: string } | null;
}

/** Why a person whom the provider vouches for is not let in, and what to do. */
export class NotLetIn extends StoreConflict {
  override readonly name = 'NotLetIn';
}

/**
 * Keeps what the provider says of a person who signs in, in the transaction of the caller. A person keeps the name of
 * their first sign-in: under a second one they would count as a second person.
 * @returns the person as they are known here
 * @throws NotLetIn where they were removed, or another person has their name
 */
export async function recordSignIn(db: Queryable, person: Person): Promise<Person> {
  const { issuer, subject, name, memberships } = person;
  const key = [issuer, subject];
  await db.query(
    `insert into people (issuer, subject, name, comparable_name, memberships) values ($1, $2, $3, $4, '[]')
     on conflict do nothing`,
    [...key, name, comparableName(name)],
  );
  const { rows } = await db.query(
    `update people set memberships = $3, last_signed_in_at = now()
      where issuer = $1 and subject = $2 and removed_at is null returning issuer, subject, name, memberships`,
    [...key, JSON.stringify(memberships)],
  );
  if (rows[0] !== undefined) return personRow.parse(rows[0]);
  const { rows: own } = await db.query('select from people where issuer = $1 and subject = $2', key);
  throw new NotLetIn(own.length > 0 ? wasRemoved(name) : isTaken(name, subject));
}

function wasRemoved(name: string): string {
  return `${name} was removed here: an administrator lets you in again with "payment-block people restore".`;
}

function isTaken(name: string, subject: string): string {
  return (
    `Another person here has your name (${name}), or your subject at another log-in provider (${subject}). Two who are ` +
    'called alike would count as one: the administrator of the log-in provider gives you another name, or, where the ' +
    'other has left, "payment-block people remove" frees theirs.'
  );
}

/** The person that a subject of the log-in provider stands for; undefined where they never signed in, or were removed. */
export async function personBySubject(db: Queryable, subject: string): Promise<Person | undefined> {
  const { rows } = await db.query(
    'select issuer, subject, name, memberships from people where subject = $1 and removed_at is null',
    [subject],
  );
  return rows[0] === undefined ? undefined : personRow.parse(rows[0]);
}

/** Everybody who has ever signed in, by name. */
export async function everyPerson(db: Queryable): Promise<KnownPerson[]> {
  const { rows } = await db.query(
    `select people.*, signed_in_until
       from people
       left join lateral (
         select max(expires_at) as signed_in_until from person_sessions as session
          where session.issuer = people.issuer and session.subject = people.subject
            and challenge is null and ended_at is null and expires_at > now()) as sessions on true
      order by comparable_name, first_signed_in_at`,
  );
  return rows.map(toKnown);
}

/**
 * The person whom a name, however it is spelled, or a subject means; locked for the caller's transaction.
 * @throws StoreConflict where it means none, or several
 */
export async function personNamed(db: Queryable, who: string, isRemoved = false): Promise<Person> {
  const { rows } = await db.query(
    `select issuer, subject, name, memberships from people
      where (comparable_name = $1 or subject = $2) and (removed_at is not null) = $3 for update`,
    [comparableName(who), who, isRemoved],
  );
  const [person, ...others] = rows.map((row) => personRow.parse(row));
  if (!person)
    throw new StoreConflict(
      isRemoved ? `no removed person is called ${who}` : `no person who has signed in is called ${who}`,
    );
  if (others.length > 0)
    throw new StoreConflict(
      `several people are called ${who}: name the subject of one, ${[person, ...others].map(({ subject }) => subject).join(' or ')}`,
    );
  return person;
}

const membershipsSchema = z.array(z.object({ subscriberId: z.string(), role: z.enum(roles) }));

export const personRow = z.object({
  issuer: z.string(),
  subject: z.string(),
  name: z.string(),
  memberships: membershipsSchema,
});

const knownRow = personRow.extend({
  first_signed_in_at: z.date(),
  last_signed_in_at: z.date(),
  signed_in_until: z.date().nullable(),
  removed_at: z.date().nullable(),
  removed_by: z.string().nullable(),
  removal_reason: z.string().nullable(),
});

function toKnown(value: unknown): KnownPerson {
  const row = knownRow.parse(value);
  const { issuer, subject, name, memberships, removed_at: at } = row;
  return {
    issuer,
    subject,
    name,
    memberships,
    firstSignedInAt: row.first_signed_in_at,
    lastSignedInAt: row.last_signed_in_at,
    signedInUntil: row.signed_in_until,
    removed: at && { at, by: row.removed_by ?? '', reason: row.removal_reason ?? '' },
  };
}
