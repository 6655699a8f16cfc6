import type { Command } from 'commander';
import { EVERYBODY } from '../../domain/people.ts';
import { rolesFor } from '../../domain/roles.ts';
import { utc } from '../../reviews/words.ts';
import { everyPerson, type KnownPerson, type Person, personNamed } from '../../store/accounts/people.ts';
import { removePerson } from '../../store/accounts/removed-people.ts';
import { endSessionsOf } from '../../store/accounts/sessions.ts';
import { restorePersonChange } from '../../store/changes/kinds/people.ts';
import { makeChange } from '../../store/changes/make-change.ts';
import { printMade } from '../output/changes-text.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { wantsJson } from '../input/session.ts';
import { signed } from '../input/signed.ts';
import { print, table } from '../output/output.ts';

/** `people`: who has signed in, and who may not any more. Who they are is the log-in provider's to say. */
export function addPeopleCommands(program: Command): void {
  const people = program.command('people').description('who has signed in, and who may not any more');

  people
    .command('list')
    .description('everybody who has ever signed in, with what the log-in provider last said of them')
    .action(async (_options: unknown, command: Command) => {
      const known = await withDatabase(everyPerson);
      const rows = known.map((person) => [
        person.name,
        person.subject,
        rolesText(person),
        utc(person.lastSignedInAt),
        standing(person),
      ]);
      const headings = ['person', 'subject', 'roles', 'last signed in', 'now'];
      print(wantsJson(command), known, rows.length === 0 ? 'no one has signed in' : table(headings, rows));
    });

  signed(people.command('sign-out').argument('<person>', NAMED))
    .description('end every session of a person, at once')
    .action(async (who: string, _options: unknown, command: Command) => {
      const { name, ended } = await withSignature(command, 'access.write', (pool, by) =>
        inTransaction(pool, async (db) => {
          const person = await personNamed(db, who);
          return { name: person.name, ended: await endSessionsOf(db, person, by) };
        }),
      );
      const text =
        ended === 0 ? `${name} was not signed in` : `${name} is signed out; sessions ended: ${ended}`;
      print(wantsJson(command), { name, ended }, text);
    });

  signed(people.command('remove').argument('<person>', NAMED))
    .description('end every session of a person, and let them in no more')
    .action(async (who: string, _options: unknown, command: Command) => {
      const person = await withSignature(command, 'access.write', (pool, by) =>
        inTransaction(pool, (db) => removePerson(db, who, by)),
      );
      print(wantsJson(command), person, `${person.name} is removed, and signed out everywhere`);
    });

  signed(people.command('restore').argument('<person>', NAMED))
    .description('let a removed person sign in again')
    .action(async (who: string, _options: unknown, command: Command) => {
      const made = await withSignature(command, 'access.write', (pool, by) =>
        makeChange(pool, restorePersonChange, EVERYBODY, { person: who }, by),
      );
      printMade(wantsJson(command), made, (person) =>
        print(wantsJson(command), person, `${person.name} may sign in again`),
      );
    });
}

const NAMED = 'by name, or by their subject at the log-in provider';

function rolesText({ memberships }: Person): string {
  const subscribers = new Set(memberships.map(({ subscriberId }) => subscriberId));
  const each = [...subscribers].map((id) => `${id}: ${rolesFor(id, memberships).join(', ')}`);
  return each.join('; ') || 'none';
}

function standing({ removed, signedInUntil }: KnownPerson): string {
  if (removed) return `removed ${utc(removed.at)} by ${removed.by}: ${removed.reason}`;
  return signedInUntil ? `signed in until ${utc(signedInUntil)}` : 'signed out';
}
