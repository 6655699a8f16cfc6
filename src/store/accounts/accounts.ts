import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Signed } from '../../domain/people.ts';
import { type Scope, scopes } from '../../domain/scopes.ts';
import { audit } from '../books/append.ts';
import type { Queryable } from '../db/postgres.ts';

/** A user of a service subscriber. */
export interface ServiceAccount {
  readonly userId: string;
  readonly subscriberId: string;
  readonly scopes: readonly Scope[];
  readonly status: 'active' | 'inactive' | 'locked';
}

const rowSchema = z.object({
  user_id: z.string(),
  subscriber_id: z.string(),
  password_hash: z.string(),
  scopes: z.array(z.enum(scopes)),
  status: z.enum(['active', 'inactive', 'locked']),
});

/** The account and its password's hash, or undefined. */
export async function accountByUser(
  db: Queryable,
  userId: string,
): Promise<{ account: ServiceAccount; passwordHash: string } | undefined> {
  const { rows } = await db.query(
    'select user_id, subscriber_id, password_hash, scopes, status from service_accounts where user_id = $1',
    [userId],
  );
  if (rows[0] === undefined) return undefined;
  const row = rowSchema.parse(rows[0]);
  return { account: toAccount(row), passwordHash: row.password_hash };
}

function toAccount(row: z.infer<typeof rowSchema>): ServiceAccount {
  return { userId: row.user_id, subscriberId: row.subscriber_id, scopes: row.scopes, status: row.status };
}

/** Creates the account, or sets its password, scopes and status anew; its subscriber never changes. */
export async function upsertAccount(db: Queryable, account: ServiceAccount, password: string): Promise<void> {
  await storeAccount(db, account, await hashPassword(password));
}

async function storeAccount(db: Queryable, account: ServiceAccount, passwordHash: string): Promise<void> {
  const { rowCount } = await db.query(
    `insert into service_accounts (user_id, subscriber_id, password_hash, scopes, status) values ($1, $2, $3, $4, $5)
     on conflict (user_id) do update set password_hash = excluded.password_hash, scopes = excluded.scopes,
       status = excluded.status where service_accounts.subscriber_id = excluded.subscriber_id`,
    [account.userId, account.subscriberId, passwordHash, account.scopes, account.status],
  );
  if (rowCount === 0) throw new Error(`user ${account.userId} belongs to another service subscriber`);
}

// What changes an account is in a transaction of the caller's.

/**
 * Creates an account, active, or sets the password and scopes of one anew; whether it is locked stays as it is.
 * @param passwordHash of {@link hashPassword}
 * @returns the account as it now is
 */
export async function addAccount(
  db: Queryable,
  { userId, subscriberId, scopes: granted }: Omit<ServiceAccount, 'status'>,
  passwordHash: string,
  by: Signed,
): Promise<ServiceAccount> {
  const status = (await accountByUser(db, userId))?.account.status ?? 'active';
  const account = { userId, subscriberId, scopes: granted, status };
  await storeAccount(db, account, passwordHash);
  await auditAccount(db, account, 'addAccount', by, { scopes: granted });
  return account;
}

/** Locks an account, or makes it active again; its tokens are good for nothing while it is not active. */
export async function setAccountStatus(
  db: Queryable,
  ref: AccountRef,
  status: 'active' | 'locked',
  by: Signed,
): Promise<void> {
  const { rowCount } = await db.query(
    'update service_accounts set status = $3 where subscriber_id = $1 and user_id = $2',
    [ref.subscriberId, ref.userId, status],
  );
  if (rowCount === 0) throw noSuchAccount(ref);
  await auditAccount(db, ref, status === 'locked' ? 'lockAccount' : 'unlockAccount', by);
}

/** Removes an account; its tokens end with it. What it has done stays on record under its name. */
export async function removeAccount(db: Queryable, ref: AccountRef, by: Signed): Promise<void> {
  const { rowCount } = await db.query(
    'delete from service_accounts where subscriber_id = $1 and user_id = $2',
    [ref.subscriberId, ref.userId],
  );
  if (rowCount === 0) throw noSuchAccount(ref);
  await auditAccount(db, ref, 'removeAccount', by);
}

/** The accounts of a subscriber, by name. */
export async function accountsOf(db: Queryable, subscriberId: string): Promise<ServiceAccount[]> {
  const { rows } = await db.query(
    `select user_id, subscriber_id, password_hash, scopes, status from service_accounts
      where subscriber_id = $1 order by user_id`,
    [subscriberId],
  );
  return rows.map((row) => toAccount(rowSchema.parse(row)));
}

/** What names an account of a subscriber. */
export type AccountRef = Pick<ServiceAccount, 'userId' | 'subscriberId'>;

function noSuchAccount({ userId, subscriberId }: AccountRef): Error {
  return new Error(`there is no user ${userId} of service subscriber ${subscriberId}`);
}

async function auditAccount(
  db: Queryable,
  { subscriberId, userId }: AccountRef,
  action: string,
  { actor, reason }: Signed,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const subject = `account:${userId}`;
  await audit(db, { subscriberId, subject, action, actor, details: { ...details, reason } });
}

const scryptAsync = promisify<string, Buffer, number, Buffer>(scrypt);
const KEY_BYTES = 32;

/** What is kept of a password: slow to guess from, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await scryptAsync(password, salt, KEY_BYTES);
  return `scrypt:${salt.toString('base64')}:${key.toString('base64')}`;
}

/** Whether the password is the one that was hashed; takes as long whether it is or not. */
export async function passwordMatches(password: string, hash: string): Promise<boolean> {
  const [scheme, salt, key] = hash.split(':');
  if (scheme !== 'scrypt' || salt === undefined || key === undefined) return false;
  const expected = Buffer.from(key, 'base64');
  const actual = await scryptAsync(password, Buffer.from(salt, 'base64'), expected.length);
  return timingSafeEqual(actual, expected);
}
