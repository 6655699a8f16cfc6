import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { z } from 'zod';
import { scopes, type ServiceAccount, upsertAccount } from '../../store/accounts/accounts.ts';
import { withDatabase } from '../input/database.ts';
import { UsageError } from '../output/failures.ts';
import { align, print } from '../output/output.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';

/** `account add`: who may call the API. Straight to Postgres. */
export function addAccountCommands(program: Command): void {
  program
    .command('account')
    .description('the users of the API')
    .command('add')
    .argument('<userId>')
    .description('create a user of a service subscriber, or set its password and scopes anew')
    .requiredOption('--scopes <a,b>', `what it may do: all, or some of ${scopes.join(',')}`)
    .addHelpText('after', '\nThe password is read from PAYMENT_BLOCK_PASSWORD, else from standard input.')
    .action(async (userId: string, _options: unknown, command: Command) => {
      const account: ServiceAccount = {
        userId: readUserId(userId),
        subscriberId: subscriberOf(command),
        scopes: readScopes(z.object({ scopes: z.string() }).parse(command.opts()).scopes),
        status: 'active',
      };
      await withDatabase(async (pool) => upsertAccount(pool, account, await readPassword()));
      const text = align([
        ['user', account.userId],
        ['subscriber', account.subscriberId],
        ...account.scopes.map((scope) => ['scope', scope] as const),
      ]);
      print(wantsJson(command), account, text);
    });
}

function readUserId(userId: string): string {
  // A colon ends the user in HTTP Basic.
  if (/^[^:\0]{1,255}$/.test(userId)) return userId;
  throw new UsageError('a user id is 1 to 255 characters without a colon');
}

function readScopes(list: string): ServiceAccount['scopes'] {
  if (list === 'all') return scopes;
  return list.split(',').map((name) => {
    const scope = scopes.find((known) => known === name.trim());
    if (scope === undefined)
      throw new UsageError(`there is no scope "${name}"; there are ${scopes.join(', ')}`);
    return scope;
  });
}

async function readPassword(): Promise<string> {
  const password = process.env['PAYMENT_BLOCK_PASSWORD'] ?? (await firstLineOfInput());
  if (password.length >= 1 && password.length <= 128) return password;
  throw new UsageError(
    'give a password of 1 to 128 characters: in PAYMENT_BLOCK_PASSWORD, or on standard input (printf %s "$PASSWORD" | …)',
  );
}

async function firstLineOfInput(): Promise<string> {
  // At a terminal it would be shown while it is typed.
  if (process.stdin.isTTY) return '';
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}
