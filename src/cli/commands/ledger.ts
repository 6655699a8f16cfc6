import type { Command } from 'commander';
import type pg from 'pg';
import { z } from 'zod';
import { minorUnitDigits } from '../../domain/currencies.ts';
import { formatMoney, type Money, type Sum } from '../../domain/money.ts';
import { type Account, accountKinds, ledgerOf, readAccount } from '../../store/books/ledger.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import {
  balancesOf,
  currenciesOf,
  oneView,
  type Statement,
  statementOf,
  unbalancedCurrencies,
} from '../../store/books/statements.ts';
import { withDatabase } from '../input/database.ts';
import { readPeriod } from '../input/options.ts';
import { EXIT, UsageError } from '../output/exit.ts';
import { align, print, table } from '../output/output.ts';
import { paymentRefOf, subscriberOf, wantsJson } from '../input/session.ts';

/** All of a subscriber's postings take longer to add up than a call with a waiting caller may. */
const STATEMENT_SECONDS = 300;
const PAGE = 1000;

/** `ledger account`, `payment` and `balances`: straight from Postgres, read only. */
export function addLedgerCommands(program: Command): void {
  const ledger = program.command('ledger').description('statements and balances of the double-entry ledger');
  addAccountCommand(ledger);
  addPaymentCommand(ledger);
  addBalancesCommand(ledger);
}

type OneStatement = Statement & { readonly account: string; readonly currency: string };

const period = z.object({
  currency: z.string().exactOptional(),
  from: z.string().exactOptional(),
  to: z.string().exactOptional(),
});

function addAccountCommand(ledger: Command): void {
  ledger
    .command('account')
    .argument(
      '<account>',
      `a kind and a reference, for example merchant:444123456: ${accountKinds.join(', ')}`,
    )
    .description('the statement of an account: opening balance, postings, closing balance')
    .option('--currency <code>', 'only in this one; else a statement for each')
    .option('--from <date>', 'from this time on, for example 2026-11-01 or 2026-11-01T08:00Z (UTC)')
    .option('--to <date>', 'up to this time, itself left out')
    .action(async (text: string, _options: unknown, command: Command) => {
      const account = readAccount(text);
      if (!account)
        throw new UsageError(`${text} is no account: write kind:reference, ${accountKinds.join(', ')}`);
      const { currency, from, to } = period.parse(command.opts());
      if (currency !== undefined && minorUnitDigits(currency) === undefined)
        throw new UsageError(`--currency ${currency} is not a currency code of ISO 4217, such as EUR`);
      const owned = { subscriberId: subscriberOf(command), ...account };
      const bounds = readPeriod({ from, to });
      const statements = await withDatabase(
        (pool) =>
          inTransaction(pool, async (db) => {
            await oneView(db);
            const found = [];
            for (const code of currency === undefined ? await currenciesOf(db, owned) : [currency]) {
              found.push({
                account: text,
                currency: code,
                ...(await wholeStatement(db, owned, code, bounds)),
              });
            }
            return found;
          }),
        STATEMENT_SECONDS,
      );
      const tables = statements.map(describeStatement).join('\n\n');
      print(
        wantsJson(command),
        statements.map(inMoney),
        tables === '' ? `nothing was ever booked on ${text}` : tables,
      );
    });
}

async function wholeStatement(
  db: pg.PoolClient,
  account: Account & { readonly subscriberId: string },
  currency: string,
  bounds: { readonly from?: Date; readonly to?: Date },
): Promise<Statement> {
  const read = (after?: number) =>
    statementOf(db, { ...account, currency }, { ...bounds, after, limit: PAGE });
  let page = await read();
  const lines = [...page.lines];
  while (page.lines.length === PAGE) {
    page = await read(lines.at(-1)?.postingId);
    lines.push(...page.lines);
  }
  return { ...page, lines };
}

/** A statement for a program, which should not have to guess that the numbers are minor units. */
function inMoney({ account, currency, opening, lines, closing }: OneStatement) {
  const money = (minor: Sum['minor']): Sum => ({ minor, currency });
  return {
    account,
    opening: money(opening),
    lines: lines.map((line) => ({ ...line, amount: money(line.amount), balance: money(line.balance) })),
    closing: money(closing),
  };
}

function describeStatement({ account, currency, opening, lines, closing }: OneStatement): string {
  const tell = (minor: Sum['minor']) => formatMoney({ minor, currency });
  const head = align([
    ['account', account],
    ['opening', tell(opening)],
  ]);
  const postings = table(
    ['at', 'payment', 'entry', 'amount', 'balance'],
    lines.map(({ at, uniqueReference, entry, amount, balance }) => [
      at.toISOString(),
      uniqueReference,
      entry,
      tell(amount),
      tell(balance),
    ]),
    ['amount', 'balance'],
  );
  return [head, ...(lines.length === 0 ? [] : [postings]), `closing  ${tell(closing)}`].join('\n\n');
}

function addPaymentCommand(ledger: Command): void {
  ledger
    .command('payment')
    .argument('<uniqueReference>')
    .description('everything that was booked for a payment, with the balances that it leaves')
    .action(async (uniqueReference: string, _options: unknown, command: Command) => {
      const ref = paymentRefOf(command, uniqueReference);
      const lines = await withDatabase((pool) => ledgerOf(pool, ref));
      if (lines.length === 0)
        throw new Error('not found: there is no such payment of this service subscriber');
      const legs = table(
        ['at', 'entry', 'account', 'amount'],
        lines.map(({ at, entry, account, money }) => [at.toISOString(), entry, account, formatMoney(money)]),
        ['amount'],
      );
      const balances = [...balancesByAccount(lines)].map(
        ([account, money]) => [account, formatMoney(money)] as const,
      );
      print(wantsJson(command), lines, `${legs}\n\n${table(['account', 'balance'], balances, ['balance'])}`);
    });
}

function balancesByAccount(
  lines: readonly { readonly account: string; readonly money: Money }[],
): ReadonlyMap<string, Money> {
  const balances = new Map<string, Money>();
  for (const { account, money } of lines) {
    balances.set(account, { ...money, minor: (balances.get(account)?.minor ?? 0) + money.minor });
  }
  return balances;
}

function addBalancesCommand(ledger: Command): void {
  ledger
    .command('balances')
    .description(
      'what all accounts hold, by kind and currency; exit code 1 if a currency does not sum to zero',
    )
    .action(async (_options: unknown, command: Command) => {
      const subscriber = subscriberOf(command);
      const balances = await withDatabase((pool) => balancesOf(pool, subscriber), STATEMENT_SECONDS);
      const unbalanced = unbalancedCurrencies(balances);
      const rows = balances.map(({ kind, currency, balance }) => [
        kind,
        formatMoney({ minor: balance, currency }),
      ]);
      const verdict =
        unbalanced.length === 0
          ? 'Every currency sums to zero.'
          : unbalanced
              .map(
                ({ currency, off }) =>
                  `NOT BALANCED: all accounts sum to ${formatMoney({ minor: off, currency })}, and must to 0. ` +
                  'The database refuses to book that: the record was changed past its constraints.',
              )
              .join('\n');
      const text = `${table(['kind', 'balance'], rows, ['balance'])}\n\n${verdict}`;
      const answer = {
        balances: balances.map(({ kind, currency, balance }) => ({
          kind,
          balance: { minor: balance, currency },
        })),
        unbalanced: unbalanced.map(({ currency, off }) => ({ minor: off, currency })),
      };
      print(wantsJson(command), answer, text);
      if (unbalanced.length > 0) process.exitCode = EXIT.refused;
    });
}
