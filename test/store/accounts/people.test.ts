import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Membership } from '../../../src/domain/roles.ts';
import { type Person, personBySubject, recordSignIn } from '../../../src/store/accounts/people.ts';
import { removePerson, restorePerson } from '../../../src/store/accounts/removed-people.ts';
import { beginSession, personOfSession } from '../../../src/store/accounts/sessions.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const APPROVER: Membership = { subscriberId: 'shop', role: 'approver' };
const VIEWER: Membership = { subscriberId: 'shop', role: 'viewer' };
const BY = { actor: 'otto', reason: 'has left' };

const signIn = (subject: string, name: string, memberships = [APPROVER], issuer = 'https://id.example') =>
  inTransaction(database.pool, async (db) => {
    const person = await recordSignIn(db, { issuer, subject, name, memberships });
    return { person, ...(await beginSession(db, person, 'shop')) };
  });
const change = (work: typeof removePerson, who: string): Promise<Person> =>
  inTransaction(database.pool, (db) => work(db, who, BY));

test('a person has the roles that the provider last gave them, in every session that is on', async () => {
  const { secret } = await signIn('r1', 'rosa');
  expect(await personOfSession(database.pool, secret)).toMatchObject({ roles: ['approver'] });
  await signIn('r1', 'rosa', [VIEWER]);
  expect(await personOfSession(database.pool, secret)).toMatchObject({ roles: ['viewer'] });
  await signIn('r1', 'rosa', [{ subscriberId: 'another', role: 'operator' }]);
  expect(await personOfSession(database.pool, secret)).toBeUndefined();
});

test('a person keeps their first name: another one would make a second person of them', async () => {
  await signIn('n1', 'nora');
  expect((await signIn('n1', 'eleonora')).person.name).toBe('nora');
  expect(await personBySubject(database.pool, 'n1')).toMatchObject({ name: 'nora' });
});

test('a name belongs to one person at a time, however it is spelled, and a subject too', async () => {
  await signIn('m1', 'mallory');
  for (const name of ['mallory', 'Mallory', 'mаllory', 'mal\u200blory'])
    await expect(signIn('m2', name)).rejects.toThrow('gives you another name');
  await expect(signIn('m1', 'mark', [APPROVER], 'https://other.example')).rejects.toThrow(
    'at another log-in provider',
  );

  await change(removePerson, 'm1');
  expect(await personBySubject(database.pool, 'm1')).toBeUndefined();
  await signIn('m2', 'Mallory');
  await expect(signIn('m1', 'mallory')).rejects.toThrow('was removed here');
  await expect(change(restorePerson, 'm1')).rejects.toThrow('another person is called mallory by now');
  await change(removePerson, 'm2');
  await expect(change(restorePerson, 'mallory')).rejects.toThrow('name the subject of one');
  await change(restorePerson, 'm1');
  expect(await personBySubject(database.pool, 'm1')).toMatchObject({ name: 'mallory' });
});

test('of two who sign in at once under one name, one is let in', async () => {
  const both = await Promise.allSettled([signIn('t1', 'tom'), signIn('t2', 'tоm')]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});
