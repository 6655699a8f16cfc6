import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Role, roles } from '../../domain/roles.ts';
import { audit } from '../books/append.ts';
import type { Queryable } from '../db/postgres.ts';

/** A person as the log-in provider knows them, and what they are for one service subscriber. */
export interface SignedInPerson {
  readonly issuer: string;
  readonly subject: string;
  /** What decisions are signed with. */
  readonly name: string;
  readonly subscriberId: string;
  readonly roles: readonly Role[];
}

/** A working day: after it a person signs in anew, and has the roles that the provider then says. */
const LIFETIME_HOURS = 8;

/**
 * Begins a session, in the transaction of the caller.
 * @returns the secret for the person's browser, of which the record keeps a hash only
 */
export async function beginSession(
  db: Queryable,
  person: SignedInPerson,
): Promise<{ readonly secret: string; readonly expiresAt: Date }> {
  const secret = randomBytes(32).toString('base64url');
  const { rows } = await db.query(
    `insert into person_sessions (session_hash, issuer, subject, name, subscriber_id, roles, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + make_interval(hours => $7)) returning expires_at`,
    [
      hashOf(secret),
      person.issuer,
      person.subject,
      person.name,
      person.subscriberId,
      person.roles,
      LIFETIME_HOURS,
    ],
  );
  await audit(db, auditOf(person, 'signIn'));
  return { secret, expiresAt: z.object({ expires_at: z.date() }).parse(rows[0]).expires_at };
}

/** The person of a session that is on; undefined for one that has ended, or never was. */
export async function personOfSession(db: Queryable, secret: string): Promise<SignedInPerson | undefined> {
  const { rows } = await db.query(
    `select issuer, subject, name, subscriber_id, roles from person_sessions
      where session_hash = $1 and ended_at is null and expires_at > now()`,
    [hashOf(secret)],
  );
  return rows[0] === undefined ? undefined : toPerson(rows[0]);
}

/** A session that is on. */
export interface OpenSession extends Omit<SignedInPerson, 'issuer' | 'subject'> {
  readonly startedAt: Date;
  readonly expiresAt: Date;
}

/** Every session that is on, by name. */
export async function openSessions(db: Queryable): Promise<OpenSession[]> {
  const { rows } = await db.query(
    `select issuer, subject, name, subscriber_id, roles, started_at, expires_at from person_sessions
      where ended_at is null and expires_at > now() order by name, started_at`,
  );
  return rows.map((row) => {
    const { started_at: startedAt, expires_at: expiresAt } = timesRow.parse(row);
    const { name, subscriberId, roles: held } = toPerson(row);
    return { name, subscriberId, roles: held, startedAt, expiresAt };
  });
}

/** Ends a session, in the transaction of the caller; one that is not on stays as it is. */
export async function endSession(db: Queryable, secret: string): Promise<void> {
  const { rows } = await db.query(
    `update person_sessions set ended_at = now() where session_hash = $1 and ended_at is null
     returning issuer, subject, name, subscriber_id, roles`,
    [hashOf(secret)],
  );
  if (rows[0] !== undefined) await audit(db, auditOf(toPerson(rows[0]), 'signOut'));
}

/** Ends every session of a person, in the transaction of the caller. @returns how many were on */
export async function endSessionsOf(
  db: Queryable,
  name: string,
  by: string,
  reason: string,
): Promise<number> {
  const { rows } = await db.query(
    `update person_sessions set ended_at = now() where name = $1 and ended_at is null and expires_at > now()
     returning issuer, subject, name, subscriber_id, roles`,
    [name],
  );
  for (const row of rows) {
    const { subscriberId, subject, action } = auditOf(toPerson(row), 'signedOut');
    await audit(db, { subscriberId, subject, action, actor: by, details: { reason } });
  }
  return rows.length;
}

function auditOf({ subscriberId, name, issuer, subject, roles: held }: SignedInPerson, action: string) {
  return {
    subscriberId,
    subject: `person:${name}`,
    action,
    actor: name,
    details: { issuer, subject, roles: held },
  };
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

const timesRow = z.object({ started_at: z.date(), expires_at: z.date() });

const sessionRow = z.object({
  issuer: z.string(),
  subject: z.string(),
  name: z.string(),
  subscriber_id: z.string(),
  roles: z.array(z.enum(roles)),
});

function toPerson(value: unknown): SignedInPerson {
  const { subscriber_id: subscriberId, ...person } = sessionRow.parse(value);
  return { ...person, subscriberId };
}
