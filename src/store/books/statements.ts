import type { Account, AccountKind } from './ledger.ts';
import type { Queryable } from '../db/postgres.ts';

/** An account of a subscriber, in one currency. */
export interface AccountInCurrency extends Account {
  readonly subscriberId: string;
  readonly currency: string;
}

/** One posting of a statement; amounts in minor units of the statement's currency. */
export interface StatementLine {
  readonly postingId: number;
  readonly at: Date;
  readonly entry: string;
  readonly uniqueReference: string;
  readonly amount: number;
  /** Of the account after this posting; exact at any size, as is every sum. */
  readonly balance: bigint;
}

/** What an account did in a period, page by page. Balances and amounts in minor units. */
export interface Statement {
  /** When the period began. */
  readonly opening: bigint;
  readonly lines: readonly StatementLine[];
  /** When it ended, whatever the page. */
  readonly closing: bigint;
}

/** Which part of a statement. A bound that is left out is open. */
export interface StatementPage {
  readonly from?: Date | undefined;
  /** Itself left out. */
  readonly to?: Date | undefined;
  /** The last posting of the page before. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/**
 * The account's postings of a period in the order of their time, each with the balance after it. In a transaction that
 * sees one state of the books ({@link oneView}). What is being booked at this moment bears a time a little back: only a
 * period that ended a minute ago is complete for good.
 */
export async function statementOf(
  db: Queryable,
  account: AccountInCurrency,
  { from, to, after, limit }: StatementPage,
): Promise<Statement> {
  const which = [account.subscriberId, account.kind, account.ref, account.currency];
  const sums = await db.query<{ opening: string; carried: string; closing: string }>(
    `select coalesce(sum(amount_minor) filter (where at < $5), 0)::text as opening,
            coalesce(sum(amount_minor) filter (
              where at < $5 or (at, id) <= ((select at from postings where id = $7), $7)), 0)::text as carried,
            coalesce(sum(amount_minor), 0)::text as closing
       from postings
      where subscriber_id = $1 and account_kind = $2 and account_ref = $3 and currency = $4 and at < $6`,
    [...which, from ?? '-infinity', to ?? 'infinity', after ?? 0],
  );
  const { rows } = await db.query<Omit<StatementLine, 'balance'>>(
    `select p.id as "postingId", p.at, t.entry, t.unique_reference as "uniqueReference", p.amount_minor as amount
       from postings p join ledger_transactions t on t.id = p.transaction_id
      where p.subscriber_id = $1 and p.account_kind = $2 and p.account_ref = $3 and p.currency = $4
        and p.at >= $5 and p.at < $6
        and (p.at, p.id) > (coalesce((select at from postings where id = $7), '-infinity'), $7::bigint)
      order by p.at, p.id limit $8`,
    [...which, from ?? '-infinity', to ?? 'infinity', after ?? 0, limit],
  );
  const [{ opening, carried, closing } = NO_SUMS] = sums.rows;
  let balance = BigInt(carried);
  const lines = rows.map((line) => {
    balance += BigInt(line.amount);
    return { ...line, balance };
  });
  return { opening: BigInt(opening), lines, closing: BigInt(closing) };
}

const NO_SUMS = { opening: '0', carried: '0', closing: '0' };

/** Makes a transaction, as its first word, one that sees the books at one moment. */
export async function oneView(db: Queryable): Promise<void> {
  await db.query('set transaction isolation level repeatable read, read only');
}

/** The currencies that an account has postings in. */
export async function currenciesOf(
  db: Queryable,
  { subscriberId, kind, ref }: Account & { readonly subscriberId: string },
): Promise<string[]> {
  const { rows } = await db.query<{ currency: string }>(
    `select currency from postings where subscriber_id = $1 and account_kind = $2 and account_ref = $3
      group by currency order by currency`,
    [subscriberId, kind, ref],
  );
  return rows.map(({ currency }) => currency);
}

/** What the accounts of one kind hold together, in minor units. */
export interface Balance {
  readonly kind: AccountKind;
  readonly currency: string;
  readonly balance: bigint;
}

/** The balances of all accounts, by kind and currency. In double entry those of a currency sum to zero. */
export async function balancesOf(db: Queryable, subscriberId: string): Promise<Balance[]> {
  const { rows } = await db.query<Omit<Balance, 'balance'> & { readonly balance: string }>(
    `select account_kind as kind, currency, sum(amount_minor)::text as balance
       from postings where subscriber_id = $1 group by account_kind, currency
      order by currency, array_position(array['customer', 'blocked', 'refundInTransit', 'merchant', 'paidOut', 'elsewhere'], account_kind)`,
    [subscriberId],
  );
  return rows.map((row) => ({ ...row, balance: BigInt(row.balance) }));
}

/** The currencies whose balances do not sum to zero, with what is too much or too little. */
export function unbalancedCurrencies(balances: readonly Balance[]): { currency: string; off: bigint }[] {
  const sums = new Map<string, bigint>();
  for (const { currency, balance } of balances) sums.set(currency, (sums.get(currency) ?? 0n) + balance);
  return [...sums].flatMap(([currency, off]) => (off === 0n ? [] : [{ currency, off }]));
}
