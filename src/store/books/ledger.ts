import type { PaymentRef } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import type { Queryable } from '../db/postgres.ts';

/**
 * customer         the customer's e-wallet account, where blocked money comes from
 * blocked          held back, one account a payment
 * merchant         the merchant's account, where released money goes
 * refundInTransit  given to the gateway, outcome not known yet; one account a payment
 * paidOut          back at the customer's payment option
 * elsewhere        back another way, or never captured, as an operator has found out
 */
export type AccountKind = (typeof accountKinds)[number];

export const accountKinds = [
  'customer',
  'blocked',
  'merchant',
  'refundInTransit',
  'paidOut',
  'elsewhere',
] as const;

export interface Account {
  readonly kind: AccountKind;
  readonly ref: string;
}

/** An account as people write it, "merchant:444123456"; undefined where it is none. */
export function readAccount(text: string): Account | undefined {
  const [, name, ref] = /^([^:]*):(.+)$/s.exec(text) ?? [];
  const kind = accountKinds.find((each) => each === name);
  return kind === undefined || ref === undefined ? undefined : { kind, ref };
}

/** One posting as a person reads it. */
export interface LedgerLine {
  readonly at: Date;
  readonly entry: string;
  readonly account: string;
  readonly money: Money;
}

/** Every posting of a payment, oldest first. */
export async function ledgerOf(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
): Promise<LedgerLine[]> {
  const { rows } = await db.query<{
    at: Date;
    entry: string;
    account_kind: string;
    account_ref: string;
    amount_minor: number;
    currency: string;
  }>(
    `select t.at, t.entry, p.account_kind, p.account_ref, p.amount_minor, p.currency
       from ledger_transactions t join postings p on p.transaction_id = t.id
      where t.subscriber_id = $1 and t.unique_reference = $2 order by p.id`,
    [subscriberId, uniqueReference],
  );
  return rows.map((row) => ({
    at: row.at,
    entry: row.entry,
    account: `${row.account_kind}:${row.account_ref}`,
    money: { minor: row.amount_minor, currency: row.currency },
  }));
}
