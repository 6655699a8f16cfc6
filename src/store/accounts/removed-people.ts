import { EVERYBODY, type Signed, userName } from '../../domain/people.ts';
import { audit } from '../books/append.ts';
import { StoreConflict } from '../db/errors.ts';
import type { Queryable } from '../db/postgres.ts';
import { type Person, personNamed } from './people.ts';
import { endSessionsOf } from './sessions.ts';

/**
 * Takes a person out, in the transaction of the caller: their sessions end, and they cannot sign in again.
 * @param who their name, however it is spelled, or their subject at the provider
 * @throws StoreConflict where there is no such person
 */
export async function removePerson(db: Queryable, who: string, by: Signed): Promise<Person> {
  const person = await personNamed(db, who);
  await db.query(
    `update people set removed_at = now(), removed_by = $3, removal_reason = $4
      where issuer = $1 and subject = $2`,
    [person.issuer, person.subject, userName(by.actor), by.reason],
  );
  await endSessionsOf(db, person, by);
  await audit(db, auditOf(person, 'personRemoved', by));
  return person;
}

/**
 * Lets a removed person in again, in the transaction of the caller; they sign in anew.
 * @throws StoreConflict where no such person was removed, or another has their name by now
 */
export async function restorePerson(db: Queryable, who: string, by: Signed): Promise<Person> {
  const person = await personNamed(db, who, true);
  const { rowCount } = await db.query(
    `update people set removed_at = null, removed_by = null, removal_reason = null
      where issuer = $1 and subject = $2
        and not exists (select from people as other where other.removed_at is null
                           and (other.comparable_name = people.comparable_name or other.subject = people.subject))`,
    [person.issuer, person.subject],
  );
  if (rowCount !== 1)
    throw new StoreConflict(`another person is called ${person.name} by now: remove that one first`);
  await audit(db, auditOf(person, 'personRestored', by));
  return person;
}

function auditOf({ name, issuer, subject }: Person, action: string, { actor, reason }: Signed) {
  return {
    subscriberId: EVERYBODY,
    subject: `person:${name}`,
    action,
    actor,
    details: { issuer, subject, reason },
  };
}
