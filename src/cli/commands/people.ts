import type { Command } from 'commander';
import { endSessionsOf, openSessions } from '../../store/accounts/sessions.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import { withDatabase } from '../input/database.ts';
import { wantsJson } from '../input/session.ts';
import { signatureOf, signed } from '../input/signed.ts';
import { print, table } from '../output/output.ts';

/** `people`: who is signed in at the desk. Who may sign in is the log-in provider's to say. */
export function addPeopleCommands(program: Command): void {
  const people = program.command('people').description('who is signed in at the desk');

  people
    .command('list')
    .description('the people who are signed in, of every subscriber, with their roles')
    .action(async (_options: unknown, command: Command) => {
      const sessions = await withDatabase(openSessions);
      const rows = sessions.map(({ name, subscriberId, roles, startedAt, expiresAt }) => [
        name,
        subscriberId,
        roles.join(', '),
        startedAt.toISOString(),
        expiresAt.toISOString(),
      ]);
      const headings = ['person', 'subscriber', 'roles', 'since', 'until'];
      print(wantsJson(command), sessions, rows.length === 0 ? 'no one is signed in' : table(headings, rows));
    });

  signed(people.command('sign-out').argument('<name>'))
    .description('end every session of a person, at once')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { actor, reason } = signatureOf(command);
      const ended = await withDatabase((pool) =>
        inTransaction(pool, (db) => endSessionsOf(db, name, actor, reason)),
      );
      const text =
        ended === 0 ? `${name} was not signed in` : `${name} is signed out; sessions ended: ${ended}`;
      print(wantsJson(command), { name, ended }, text);
    });
}
