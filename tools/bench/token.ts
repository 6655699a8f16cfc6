import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { Authenticator } from '../../src/api/http/authentication.ts';
import type { Tokens } from '../../src/api/http/tokens.ts';
import { type ServiceAccount, upsertAccount } from '../../src/store/accounts/accounts.ts';

/** Creates the account, and a token of it. */
export async function issueToken(pool: pg.Pool, account: ServiceAccount, tokens: Tokens): Promise<string> {
  const password = randomBytes(16).toString('hex');
  await upsertAccount(pool, account, password);
  const signedIn = await new Authenticator(pool, tokens).byPassword(account.userId, password, '127.0.0.1');
  return (await tokens.issue(signedIn, 'api')).token;
}
