import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { KnownActor, Signed } from '../../domain/people.ts';
import { type Role, rolesFor } from '../../domain/roles.ts';
import { audit } from '../books/append.ts';
import type { Queryable } from '../db/postgres.ts';
import { type Person, personRow } from './people.ts';

/** A person who is signed in for one service subscriber, and what they are there. */
export interface SignedInPerson extends Person {
  readonly subscriberId: string;
  readonly roles: readonly Role[];
  /** By which they have signed in: in a browser, or at the command line. */
  readonly door: 'desk' | 'cli';
  /** Left out where the provider does not say it. */
  readonly authenticated?: Authentication;
}

/** How strongly, and when, a person has proven to the log-in provider who they are (its claims acr and auth_time). */
export interface Authentication {
  readonly acr: string;
  readonly at: Date;
}

/** A working day: after it a person signs in anew. */
const LIFETIME = '8 hours';
/** For the way from the browser to the command line. */
const CODE_LIFETIME = '5 minutes';

/** A session that is on: its secret, of which the record keeps a hash only, and when it ends. */
export interface Begun {
  readonly secret: string;
  readonly expiresAt: Date;
}

/** Begins a session of a person whose sign-in is recorded, in the transaction of the caller. */
export async function beginSession(
  db: Queryable,
  person: Person,
  subscriberId: string,
  authenticated?: Authentication,
): Promise<Begun> {
  const secret = newSecret();
  const { rows } = await db.query(
    `insert into person_sessions (session_hash, issuer, subject, subscriber_id, expires_at, acr, authenticated_at)
     values ($1, $2, $3, $4, now() + $5::interval, $6, $7) returning expires_at`,
    [
      ...[hashOf(secret), person.issuer, person.subject, subscriberId, LIFETIME],
      ...[authenticated?.acr, authenticated?.at],
    ],
  );
  const roles = rolesFor(subscriberId, person.memberships);
  await auditSignIn(db, { ...person, subscriberId, roles, door: 'desk' });
  return { secret, expiresAt: expiryRow.parse(rows[0]).expires_at };
}

/**
 * Offers a session to the command line, in the transaction of the caller.
 * @param challenge of the command that takes it over (RFC 7636, S256)
 * @returns the code that it is taken over with, once and within five minutes
 */
export async function offerSession(
  db: Queryable,
  { issuer, subject }: Person,
  subscriberId: string,
  challenge: string,
  authenticated?: Authentication,
): Promise<string> {
  const code = randomBytes(32).toString('base64url');
  await db.query(
    `insert into person_sessions (session_hash, issuer, subject, subscriber_id, expires_at, door, challenge, acr,
                                  authenticated_at)
     values ($1, $2, $3, $4, now() + $5::interval, 'cli', $6, $7, $8)`,
    [
      ...[hashOf(code), issuer, subject, subscriberId, CODE_LIFETIME, challenge],
      ...[authenticated?.acr, authenticated?.at],
    ],
  );
  return code;
}

/**
 * Takes over a session that was offered, in the transaction of the caller.
 * @param verifier what the challenge was made from
 * @returns undefined where the code is wrong, used, too old, or not for this verifier
 */
export async function takeSession(
  db: Queryable,
  code: string,
  verifier: string,
): Promise<(Begun & { readonly person: SignedInPerson }) | undefined> {
  const secret = newSecret();
  const { rows } = await db.query(
    `update person_sessions
        set session_hash = $3, challenge = null, started_at = now(), expires_at = now() + $4::interval
      where session_hash = $1 and challenge = $2 and ended_at is null and expires_at > now() returning expires_at`,
    [hashOf(code), hashOf(verifier).toString('base64url'), hashOf(secret), LIFETIME],
  );
  const person = rows[0] === undefined ? undefined : await personOfSession(db, secret);
  if (!person) return undefined;
  await auditSignIn(db, person);
  return { secret, expiresAt: expiryRow.parse(rows[0]).expires_at, person };
}

/**
 * Records that the person of a session has proven anew who they are, in the transaction of the caller.
 * @returns whether it is a session of theirs that is on
 */
export async function proveAnew(
  db: Queryable,
  secret: string,
  { issuer, subject }: Person,
  { acr, at }: Authentication,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update person_sessions set acr = $4, authenticated_at = $5
      where session_hash = $1 and issuer = $2 and subject = $3 and challenge is null and ended_at is null
        and expires_at > now()`,
    [hashOf(secret), issuer, subject, acr, at],
  );
  const person = rowCount === 1 ? await personOfSession(db, secret) : undefined;
  if (!person) return false;
  await audit(db, { ...auditOf(person, 'stepUp'), actor: signedIn(person), details: { acr } });
  return true;
}

function auditSignIn(db: Queryable, person: SignedInPerson): Promise<void> {
  const { issuer, subject, roles } = person;
  return audit(db, {
    ...auditOf(person, 'signIn'),
    actor: signedIn(person),
    details: { issuer, subject, roles },
  });
}

/**
 * The person of a session that is on, with the roles that the provider last gave them; undefined for one that has
 * ended, or never was, or of a person who has no role there any more.
 */
export async function personOfSession(db: Queryable, secret: string): Promise<SignedInPerson | undefined> {
  const { rows } = await db.query(
    `select people.issuer, people.subject, people.name, people.memberships, session.subscriber_id,
            session.door, session.acr, session.authenticated_at as at
       from person_sessions as session join people using (issuer, subject)
      where session_hash = $1 and challenge is null and ended_at is null and expires_at > now()
        and removed_at is null`,
    [hashOf(secret)],
  );
  if (rows[0] === undefined) return undefined;
  const { subscriber_id: subscriberId, acr, at, ...person } = openRow.parse(rows[0]);
  const roles = rolesFor(subscriberId, person.memberships);
  if (roles.length === 0) return undefined;
  return { ...person, subscriberId, roles, ...(acr !== null && at && { authenticated: { acr, at } }) };
}

/**
 * Takes a session on to the desk of another subscriber, in the transaction of the caller.
 * @returns false where it is not on, or its person has no role there: it stays where it is
 */
export async function switchSession(db: Queryable, secret: string, subscriberId: string): Promise<boolean> {
  const person = await personOfSession(db, secret);
  const roles = person && rolesFor(subscriberId, person.memberships);
  if (!person || !roles || roles.length === 0) return false;
  await db.query('update person_sessions set subscriber_id = $2 where session_hash = $1', [
    hashOf(secret),
    subscriberId,
  ]);
  await auditSignIn(db, { ...person, subscriberId, roles });
  return true;
}

/**
 * Signs out whose session it is, in the transaction of the caller: all of their sessions end. One that is not on ends
 * nothing.
 */
export async function signOut(db: Queryable, secret: string): Promise<void> {
  const { rows } = await db.query(
    `select people.issuer, people.subject, people.name, people.memberships, subscriber_id, door
       from person_sessions join people using (issuer, subject)
      where session_hash = $1 and challenge is null and ended_at is null and expires_at > now()`,
    [hashOf(secret)],
  );
  if (rows[0] === undefined) return;
  const person = sessionRow.parse(rows[0]);
  await endSessionsOf(db, person, { actor: signedIn(person), reason: 'signed out' });
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
      returning subscriber_id`,
    [issuer, subject],
  );
  for (const { subscriber_id: subscriberId } of z.array(endedRow).parse(rows))
    await audit(db, { ...auditOf({ subscriberId, name }, 'signOut'), actor, details: { reason } });
  return rows.length;
}

function auditOf({ subscriberId, name }: Pick<SignedInPerson, 'subscriberId' | 'name'>, action: string) {
  return { subscriberId, subject: `person:${name}`, action };
}

function signedIn({ name, door }: Pick<SignedInPerson, 'name' | 'door'>): KnownActor {
  return { name, known: { by: 'signedIn', door } };
}

/** By it a session's secret is told from a token of a service account, and found where it has leaked. */
const PREFIX = 'pbs_';

function newSecret(): string {
  return `${PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** Whether a token is a session's secret. */
export function isSessionSecret(token: string): boolean {
  return token.startsWith(PREFIX);
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

const sessionRow = personRow.extend({ subscriber_id: z.string(), door: z.enum(['desk', 'cli']) });

const openRow = sessionRow.extend({ acr: z.string().nullable(), at: z.date().nullable() });

const expiryRow = z.object({ expires_at: z.date() });

const endedRow = z.object({ subscriber_id: z.string() });
