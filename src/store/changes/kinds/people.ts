import { z } from 'zod';
import { personNamed } from '../../accounts/people.ts';
import { restorePerson } from '../../accounts/removed-people.ts';
import { defineChange } from '../change-kind.ts';

/** A removed person who may sign in again. To remove one takes one person: it may be urgent. */
export const restorePersonChange = defineChange({
  name: 'restorePerson',
  area: () => 'credentials',
  content: z.object({ person: z.string() }),
  subject: ({ person }) => `person:${person}`,
  summary: async (_db, _subscriberId, { person }) => `let ${person} sign in again`,
  async now(db, _subscriberId, { person }) {
    const { issuer, subject, name } = await personNamed(db, person, true);
    return { issuer, subject, name };
  },
  carryOut: (db, _subscriberId, { person }, by) => restorePerson(db, person, by),
});
