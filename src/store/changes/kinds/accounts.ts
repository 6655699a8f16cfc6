import { z } from 'zod';
import { scopes } from '../../../domain/scopes.ts';
import { accountByUser, addAccount, setAccountStatus } from '../../accounts/accounts.ts';
import { defineChange } from '../change-kind.ts';

const subject = ({ userId }: { readonly userId: string }) => `account:${userId}`;

/** A service account, or a new password and other scopes for one. The secret is the password's hash. */
export const addAccountChange = defineChange({
  name: 'addAccount',
  area: () => 'credentials',
  content: z.object({ userId: z.string(), scopes: z.array(z.enum(scopes)).readonly() }),
  subject,
  async summary(db, subscriberId, { userId, scopes: granted }) {
    const isNew = (await accountByUser(db, userId)) === undefined;
    const may = granted.length === scopes.length ? 'everything' : granted.join(', ');
    return isNew
      ? `add user ${userId} of ${subscriberId}, who may ${may}`
      : `give user ${userId} of ${subscriberId} a new password, who may then ${may}`;
  },
  async now(db, subscriberId, { userId }) {
    const known = await accountByUser(db, userId);
    if (known === undefined) return null;
    const { account } = known;
    // Another subscriber's: the change itself refuses it.
    return account.subscriberId === subscriberId
      ? { scopes: account.scopes, status: account.status }
      : undefined;
  },
  carryOut(db, subscriberId, account, by, passwordHash) {
    if (passwordHash === undefined) throw new Error('there is no password');
    return addAccount(db, { ...account, subscriberId }, passwordHash, by);
  },
});

/** A locked account that may be used again. To lock or to remove one takes one person: it may be urgent. */
export const unlockAccountChange = defineChange({
  name: 'unlockAccount',
  area: () => 'credentials',
  content: z.object({ userId: z.string() }),
  subject,
  summary: async (_db, subscriberId, { userId }) => `let user ${userId} of ${subscriberId} in again`,
  async now(db, subscriberId, { userId }) {
    const account = (await accountByUser(db, userId))?.account;
    const isLocked = account?.subscriberId === subscriberId && account.status !== 'active';
    return isLocked ? { status: account.status } : undefined;
  },
  carryOut: (db, subscriberId, { userId }, by) =>
    setAccountStatus(db, { subscriberId, userId }, 'active', by),
});
