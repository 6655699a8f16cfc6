import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type pg from 'pg';
import { z } from 'zod';
import { PaymentBlockClient } from '../src/client/index.ts';
import { paymentWorkflowId } from '../src/domain/ids.ts';
import { formatMoney } from '../src/domain/money.ts';
import { ledgerOf } from '../src/store/books/ledger.ts';
import { paymentByReference } from '../src/store/payments/payment-record.ts';
import { createPool } from '../src/store/db/postgres.ts';
import { refundOfPayment } from '../src/store/refunds/refund-record.ts';
import { blockByApi } from './payment-service.ts';
import type { Print } from './progress.ts';
import type { Stack } from './stack/stack.ts';

const STEP_TIMEOUT_MS = 60_000;

/**
 * Drives one payment through its whole life, printing what happens as it happens: block, the rules say HOLD, an
 * operator unblocks with refund, the gateway captures it, mails are sent. Each step is looked for where it must show:
 * in Postgres, in the gateway's own books, in the mail box and in Temporal.
 * @throws at the first step that was not seen, naming it
 */
export async function runSamplePayment(stack: Stack, print: Print): Promise<void> {
  const started = Date.now();
  const tell = (step: string, what: string) => {
    print(`  ${((Date.now() - started) / 1000).toFixed(2).padStart(6)} s  ${step.padEnd(9)} ${what}`);
  };
  const pool = createPool(stack.databaseUrl, 'payment-block sample', () => {});
  const connection = await Connection.connect(stack.temporal.connection);
  const temporal = new Client({ connection, namespace: stack.temporal.namespace });
  try {
    print('One sample payment, through its whole life:\n');
    const ref = {
      subscriberId: stack.account.subscriberId,
      uniqueReference: `sample-${randomUUID().slice(0, 8)}`,
    };
    const blocked = await blockByApi(stack, ref.uniqueReference);
    tell('block', `payment ${ref.uniqueReference}, 1250.00 EUR: the rules say ${blocked.disposition}`);
    expectSeen('the rules say HOLD', blocked.disposition === 'HOLD' && blocked.paymentStatus === 'held');
    const held = await paymentByReference(pool, ref);
    for (const reason of held?.reasons ?? []) tell('', reason);
    await mailSeen(stack, ref.uniqueReference, 1, tell);

    const client = new PaymentBlockClient(temporal, 'payment-block');
    const command = { refundAmount: true, operator: 'ana', reason: 'the card holder did not order this' };
    const { proposal } = await client.unblockPayment(ref, command);
    tell('unblock', `operator ana, by Update in Temporal: refund it (${command.reason})`);
    if (proposal !== undefined) {
      // The subscriber's settings ask for a second operator above an amount.
      const reason = 'the card holder confirmed it on the telephone';
      await client.confirmUnblock(ref, { confirms: proposal.hash, operator: 'ben', reason });
      tell('confirm', `operator ben, the second one: refund it (${reason})`);
    }
    const refund = await refundSeen(pool, ref);
    tell(
      'refund',
      `${refund.refundReference} CAPTURED: ${formatMoney(refund.amount)} back to the payment option`,
    );
    await booksSeen(stack, refund.refundReference, tell);
    await mailSeen(stack, ref.uniqueReference, 2, tell);

    const run = temporal.workflow.getHandle(paymentWorkflowId(ref));
    const result = z.object({ status: z.string() }).parse(await run.result());
    const { status } = await run.describe();
    expectSeen(
      'the run in Temporal has ended as refunded',
      status.name === 'COMPLETED' && result.status === 'refunded',
    );
    tell('Temporal', `run ${run.workflowId} ${status.name}, result ${result.status}`);

    print('\nIts ledger:\n');
    for (const line of await ledgerTable(pool, ref)) print(`  ${line}`);
  } finally {
    await connection.close();
    await pool.end();
  }
}

async function refundSeen(pool: pg.Pool, ref: { subscriberId: string; uniqueReference: string }) {
  const refund = await seen('the refund CAPTURED in Postgres', async () => {
    const found = await refundOfPayment(pool, ref);
    return found?.status === 'CAPTURED' ? found : undefined;
  });
  expectSeen(
    'the payment refunded in Postgres',
    (await paymentByReference(pool, ref))?.status === 'refunded',
  );
  return refund;
}

const books = z.object({ refunds: z.array(z.looseObject({ reference: z.string(), status: z.string() })) });

async function booksSeen(
  stack: Stack,
  reference: string,
  tell: (step: string, what: string) => void,
): Promise<void> {
  const response = await fetch(`${stack.gateway}/books`);
  if (!response.ok) return tell('gateway', `${stack.gateway} is an outside one: its books are not read here`);
  const booked = books
    .parse(await response.json())
    .refunds.filter((refund) => refund.reference === reference);
  expectSeen(
    'one captured refund in the gateway’s books',
    booked.length === 1 && booked[0]?.status === 'captured',
  );
  tell('gateway', 'has exactly one refund under that reference in its own books: captured');
}

const mails = z.array(z.looseObject({ subject: z.string(), text: z.string() }));

async function mailSeen(
  stack: Stack,
  uniqueReference: string,
  count: number,
  tell: (step: string, what: string) => void,
): Promise<void> {
  const { inbox } = stack;
  if (inbox === undefined) return tell('mail', 'goes to an outside server and is not looked for here');
  const newest = await seen(`mail ${count} about the payment`, async () => {
    const all = mails.parse(await (await fetch(`${inbox}/messages`)).json());
    const about = all.filter(({ text }) => text.includes(uniqueReference));
    return about.length >= count ? about[0] : undefined;
  });
  tell('mail', `"${newest.subject}"`);
}

/** Looks again until something is there. @throws if it does not come */
async function seen<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + STEP_TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    expectSeen(what, Date.now() < until);
    await sleep(50);
  }
}

function expectSeen(what: string, isThere: boolean): void {
  if (!isThere) throw new Error(`The sample payment went wrong: this was not seen: ${what}.`);
}

async function ledgerTable(
  pool: pg.Pool,
  ref: { subscriberId: string; uniqueReference: string },
): Promise<string[]> {
  const lines = await ledgerOf(pool, ref);
  const sum = lines.reduce((total, { money }) => total + money.minor, 0);
  expectSeen('a ledger that sums to zero', lines.length > 0 && sum === 0);
  const rows = lines.map(({ entry, account, money }) => [
    entry.replace(/:.*:/, ' '),
    account,
    formatMoney(money),
  ]);
  const table = [['entry', 'account', 'amount'], ...rows, ['sum', '', `${sum}`]];
  const width = (column: number) => Math.max(...table.map((row) => row[column]?.length ?? 0));
  return table.map(
    ([entry = '', account = '', amount = '']) =>
      `${entry.padEnd(width(0))}  ${account.padEnd(width(1))}  ${amount.padStart(width(2))}`,
  );
}
