import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { addClientKey, clientKeys } from '../../accounts/client-keys.ts';
import { defineChange } from '../change-kind.ts';

/** A key that vouches for payments. To remove one takes one person: it may be urgent. */
export const addClientKeyChange = defineChange({
  name: 'addClientKey',
  area: () => 'credentials',
  content: z.object({ name: z.string(), publicKey: z.string() }),
  subject: ({ name }) => `clientKey:${name}`,
  summary: async (_db, subscriberId, { name }) =>
    `let the key ${name} block payments of ${subscriberId} without the API`,
  async now(db, subscriberId, { name }) {
    // A name that is in use is refused by the change itself.
    const keys = await clientKeys(db, subscriberId);
    return keys.some((key) => key.name === name) ? undefined : null;
  },
  carryOut: (db, subscriberId, { name, publicKey }, by) =>
    addClientKey(db, { subscriberId, name }, createPublicKey(publicKey), by),
});
