import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type pg from 'pg';
import { z } from 'zod';
import { EVERYBODY, problemOfName, type Signed } from '../../domain/people.ts';
import { scopes } from '../../domain/scopes.ts';
import type { Made } from '../../domain/proposed-change.ts';
import { addAccountChange, unlockAccountChange } from '../../store/changes/kinds/accounts.ts';
import { makeChange } from '../../store/changes/make-change.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import { printMade } from '../output/changes-text.ts';
import {
  type AccountRef,
  accountsOf,
  hashPassword,
  removeAccount,
  type ServiceAccount,
  setAccountStatus,
} from '../../store/accounts/accounts.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';
import { signed } from '../input/signed.ts';
import { UsageError } from '../output/exit.ts';
import { align, print, table } from '../output/output.ts';

/** `account`: who may call the API. Straight to Postgres; every change is in the audit. */
export function addAccountCommands(program: Command): void {
  const account = program.command('account').description('the users of the API');
  addAddCommand(account);
  addListCommand(account);
  addChangeCommand(account, 'lock', 'refuse a user, tokens included, until it is unlocked', (pool, ref, by) =>
    alone(pool, (db) => setAccountStatus(db, ref, 'locked', by)),
  );
  addChangeCommand(account, 'unlock', 'let a locked user in again', (pool, { subscriberId, userId }, by) =>
    makeChange(pool, unlockAccountChange, subscriberId, { userId }, by),
  );
  addChangeCommand(account, 'remove', 'remove a user; its tokens end with it', (pool, ref, by) =>
    alone(pool, (db) => removeAccount(db, ref, by)),
  );
}

/** What takes one person: it may be urgent, and lets no one in. */
async function alone(pool: pg.Pool, work: (db: pg.PoolClient) => Promise<void>): Promise<Made<void>> {
  return { done: await inTransaction(pool, work) };
}

function addAddCommand(account: Command): void {
  const command = account
    .command('add')
    .argument('<userId>')
    .description('create a user of a service subscriber, or set its password and scopes anew')
    .requiredOption('--scopes <a,b>', `what it may do: all, or some of ${scopes.join(',')}`);
  signed(command)
    .addHelpText(
      'after',
      `\nThe password, ${SHORTEST_PASSWORD} characters or more, is read from PAYMENT_BLOCK_PASSWORD, else from standard input.`,
    )
    .action(async (userId: string, _options: unknown, given: Command) => {
      const wanted = {
        userId: readUserId(userId),
        subscriberId: oneSubscriberOf(given),
        scopes: readScopes(z.object({ scopes: z.string() }).parse(given.opts()).scopes),
      };
      const hash = await hashPassword(await readPassword());
      const { subscriberId, ...content } = wanted;
      const made = await withSignature(given, 'access.write', (pool, by) =>
        makeChange(pool, addAccountChange, subscriberId, content, by, hash),
      );
      printMade(wantsJson(given), made, (added) => print(wantsJson(given), added, describeAccount(added)));
    });
}

function describeAccount(added: ServiceAccount): string {
  return align([
    ['user', added.userId],
    ['subscriber', added.subscriberId],
    ['status', added.status],
    ...added.scopes.map((scope) => ['scope', scope] as const),
  ]);
}

function addListCommand(account: Command): void {
  account
    .command('list')
    .description('the users of a service subscriber, and what they may do')
    .action(async (_options: unknown, command: Command) => {
      const subscriber = oneSubscriberOf(command);
      const accounts = await withDatabase((pool) => accountsOf(pool, subscriber));
      const rows = accounts.map(({ userId, status, scopes: granted }) => [
        userId,
        status,
        granted.length === scopes.length ? 'all' : granted.join(','),
      ]);
      const text =
        rows.length === 0 ? `${subscriber} has no user` : table(['user', 'status', 'scopes'], rows);
      print(wantsJson(command), accounts, text);
    });
}

function addChangeCommand(
  account: Command,
  name: 'lock' | 'unlock' | 'remove',
  description: string,
  change: (pool: pg.Pool, ref: AccountRef, by: Signed) => Promise<Made<void>>,
): void {
  signed(account.command(name).argument('<userId>').description(description)).action(
    async (userId: string, _options: unknown, command: Command) => {
      const ref = { subscriberId: oneSubscriberOf(command), userId };
      const made = await withSignature(command, 'access.write', (pool, by) => change(pool, ref, by));
      printMade(wantsJson(command), made, () =>
        print(wantsJson(command), { ...ref, done: name }, `${DONE[name]}: ${userId}`),
      );
    },
  );
}

const DONE = { lock: 'locked', unlock: 'active again', remove: 'removed' } as const;

/** A user belongs to one service subscriber: what holds for everybody is nobody's account. */
function oneSubscriberOf(command: Command): string {
  const subscriber = subscriberOf(command);
  if (subscriber !== EVERYBODY) return subscriber;
  throw new UsageError(
    `--subscriber ${EVERYBODY} stands for everybody and has no users: name one subscriber`,
  );
}

function readUserId(userId: string): string {
  // A colon ends the user in HTTP Basic.
  if (!/^[^:\0]{1,255}$/.test(userId))
    throw new UsageError('a user id is 1 to 255 characters without a colon');
  const problem = problemOfName(userId);
  if (problem !== undefined) throw new UsageError(`a user id ${problem}`);
  return userId;
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

/** NIST SP 800-63B asks for 8; these are for programs, which need not remember them. */
const SHORTEST_PASSWORD = 12;

async function readPassword(): Promise<string> {
  const password = process.env['PAYMENT_BLOCK_PASSWORD'] ?? (await firstLineOfInput());
  if (password.length >= SHORTEST_PASSWORD && password.length <= 128) return password;
  throw new UsageError(
    `give a password of ${SHORTEST_PASSWORD} to 128 characters: in PAYMENT_BLOCK_PASSWORD, or on standard input ` +
      '(printf %s "$PASSWORD" | …)',
  );
}

async function firstLineOfInput(): Promise<string> {
  // At a terminal it would be shown while it is typed.
  if (process.stdin.isTTY) return '';
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}
