import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { KnownActor, Signed } from '../../domain/people.ts';
import { type Role, rolesFor } from '../../domain/roles.ts';
import { audit } from '../books/append.ts';
import type { Queryable } from '../db/postgres.ts';
import { type Person, personRow } from './people.ts';

/** A person who is signed in for one service subscriber, and what they are there. */
export interface SignedInPerson extends Omit<Person, 'memberships'> {
  readonly subscriberId: string;
  readonly roles: readonly Role[];
}

/** A working day: after it a person signs in anew. */
const LIFETIME_HOURS = 8;

/**
 * Begins a session of a person whose sign-in is recorded, in the transaction of the caller.
 * @returns the secret for the person's browser, of which the record keeps a hash only
 */
export async function beginSession(
  db: Queryable,
  person: Person,
  subscriberId: string,
): Promise<{ readonly secret: string; readonly expiresAt: Date }> {
  const secret = randomBytes(32).toString('base64url');
  const { issuer, subject } = person;
  const { rows } = await db.query(
    `insert into person_sessions (session_hash, issuer, subject, subscriber_id, expires_at)
     values ($1, $2, $3, $4, now() + make_interval(hours => $5)) returning expires_at`,
    [hashOf(secret), issuer, subject, subscriberId, LIFETIME_HOURS],
  );
  const roles = rolesFor(subscriberId, person.memberships);
  const entry = { ...auditOf({ ...person, subscriberId }, 'signIn'), actor: signedIn(person) };
  await audit(db, { ...entry, details: { issuer, subject, roles } });
  return { secret, expiresAt: z.object({ expires_at: z.date() }).parse(rows[0]).expires_at };
}

/**
 * The person of a session that is on, with the roles that the provider last gave them; undefined for one that has
 * ended, or never was, or of a person who has no role there any more.
 */
export async function personOfSession(db: Queryable, secret: string): Promise<SignedInPerson | undefined> {
  const { rows } = await db.query(
    `select people.issuer, people.subject, people.name, people.memberships, session.subscriber_id
       from person_sessions as session join people using (issuer, subject)
      where session_hash = $1 and ended_at is null and expires_at > now() and removed_at is null`,
    [hashOf(secret)],
  );
  if (rows[0] === undefined) return undefined;
  const { memberships, subscriber_id: subscriberId, ...person } = sessionRow.parse(rows[0]);
  const roles = rolesFor(subscriberId, memberships);
  return roles.length === 0 ? undefined : { ...person, subscriberId, roles };
}

/** Ends a session, in the transaction of the caller; one that is not on stays as it is. */
export async function endSession(db: Queryable, secret: string): Promise<void> {
  const { rows } = await db.query(
    `update person_sessions as session set ended_at = now() from people
      where session_hash = $1 and ended_at is null
        and people.issuer = session.issuer and people.subject = session.subject
      returning people.name, session.subscriber_id`,
    [hashOf(secret)],
  );
  if (rows[0] === undefined) return;
  const ended = endedRow.parse(rows[0]);
  await audit(db, { ...auditOf(ended, 'signOut'), actor: signedIn(ended) });
}

/** Ends every session of a person, in the transaction of the caller. @returns how many were on */
export async function endSessionsOf(
  db: Queryable,
  { issuer, subject, name }: Person,
  { actor, reason }: Signed,
): Promise<number> {
  const { rows } = await db.query(
    `update person_sessions set ended_at = now()
      where issuer = $1 and subject = $2 and ended_at is null and expires_at > now()
      returning subscriber_id, $3::text as name`,
    [issuer, subject, name],
  );
  for (const row of rows)
    await audit(db, { ...auditOf(endedRow.parse(row), 'signedOut'), actor, details: { reason } });
  return rows.length;
}

function auditOf({ subscriberId, name }: Pick<SignedInPerson, 'subscriberId' | 'name'>, action: string) {
  return { subscriberId, subject: `person:${name}`, action };
}

function signedIn({ name }: { readonly name: string }): KnownActor {
  return { name, known: { by: 'signedIn', door: 'desk' } };
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

const sessionRow = personRow.extend({ subscriber_id: z.string() });

const endedRow = z
  .object({ name: z.string(), subscriber_id: z.string() })
  .transform(({ name, subscriber_id: subscriberId }) => ({ name, subscriberId }));
