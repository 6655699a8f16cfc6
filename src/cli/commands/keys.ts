import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { clientKeys, readPublicKey, removeClientKey } from '../../store/accounts/client-keys.ts';
import { addClientKeyChange } from '../../store/changes/kinds/client-keys.ts';
import { makeChange } from '../../store/changes/make-change.ts';
import { printMade } from '../output/changes-text.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';
import { signed } from '../input/signed.ts';
import { UsageError } from '../output/exit.ts';
import { print, table } from '../output/output.ts';

/** `keys`: who may block payments of a subscriber without the API. */
export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('the keys of clients that block payments without the API');

  signed(keys.command('add').argument('<name>').argument('<public.pem>', 'Ed25519, in PEM'))
    .description('take in the payments that are signed with a key, from now on')
    .action(async (name: string, file: string, _options: unknown, command: Command) => {
      if (!/^[\w.-]{1,64}$/.test(name))
        throw new UsageError('a name is 1 to 64 letters, digits, ".", "_" or "-"');
      const key = readPublicKey(await readPem(file));
      if ('problem' in key) throw new UsageError(`${file} ${key.problem}`);
      const subscriberId = subscriberOf(command);
      const content = { name, publicKey: key.export({ type: 'spki', format: 'pem' }).toString() };
      const made = await withSignature(command, 'access.write', (pool, by) =>
        makeChange(pool, addClientKeyChange, subscriberId, content, by),
      );
      printMade(wantsJson(command), made, () =>
        print(wantsJson(command), { subscriberId, name }, `${name} may block payments of ${subscriberId}`),
      );
    });

  signed(keys.command('remove').argument('<name>'))
    .description('take in nothing more that is signed with a key')
    .action(async (name: string, _options: unknown, command: Command) => {
      const ref = { subscriberId: subscriberOf(command), name };
      const removed = await withSignature(command, 'access.write', (pool, by) =>
        inTransaction(pool, (db) => removeClientKey(db, ref, by)),
      );
      if (!removed) throw new Error(`not found: ${ref.subscriberId} has no key ${name}`);
      print(wantsJson(command), ref, `${name} is removed`);
    });

  keys
    .command('list')
    .description('the keys of a subscriber')
    .action(async (_options: unknown, command: Command) => {
      const subscriberId = subscriberOf(command);
      const found = await withDatabase((pool) => clientKeys(pool, subscriberId));
      const rows = found.map(({ name, addedBy, addedAt }) => [name, addedBy, addedAt.toISOString()]);
      const text = rows.length === 0 ? `${subscriberId} has no keys` : table(['key', 'added by', 'at'], rows);
      print(wantsJson(command), found, text);
    });
}

async function readPem(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
}
