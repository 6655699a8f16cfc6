import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { z } from 'zod';
import { paymentStatuses } from '../../src/domain/payment.ts';
import { refundStatuses } from '../../src/domain/refund.ts';
import { customerBlockWorkflowId, paymentWorkflowId } from '../../src/domain/ids.ts';
import { moneyToWire } from '../../src/domain/money.ts';
import { type BookedRefund, Books } from '../../src/sandbox-gateway/books.ts';
import { show } from '../../src/sandbox-gateway/refunds.ts';
import type { Ended } from './lifecycles.ts';

/** What a run must not come to: by the name of the promise that was broken, whom it happened to. */
export type Violations = Readonly<Record<PromiseName, readonly string[]>>;
type PromiseName = keyof typeof promises;

/** The promises that are counted, as the report calls their breach. */
export const promises = {
  paidTwice: 'paid twice',
  saidPaidAndNotPaid: 'said paid and not paid',
  paidAndNotSaid: 'paid and not said',
  stuck: 'stuck',
  ledger: 'ledger not zero',
  balances: 'blocked or in-transit balance left',
  answers: 'last answer and record differ',
  refused: 'calls refused',
  notifications: 'event not told, or told under two ids',
} as const;

const paymentRows = z.array(
  z.object({
    unique_reference: z.string(),
    status: z.enum(paymentStatuses),
    paid_out: z.number(),
    to_merchant: z.number(),
    amount_minor: z.number(),
  }),
);
const refundRows = z.array(
  z.object({
    refund_reference: z.string(),
    unique_reference: z.string(),
    status: z.enum(refundStatuses),
    status_reason: z.string(),
    amount_minor: z.number(),
    currency: z.string(),
    processed_minor: z.number().nullable(),
    processed_currency: z.string().nullable(),
  }),
);
type Refund = z.infer<typeof refundRows>[number];

export interface Sides {
  readonly pool: pg.Pool;
  readonly temporal: Client;
  readonly subscriberId: string;
  /** The gateway's own books; it must have ended. */
  readonly booksFile: string;
  /** The Message-ID of every mail that was taken. */
  readonly messageIds: readonly string[];
  /** The webhook-id of every message that the payment service's receiver has taken. */
  readonly webhookIds: ReadonlySet<string>;
  /** Every payment that a lifecycle was begun for. */
  readonly begun: readonly string[];
  readonly ended: readonly Ended[];
  /** Calls that the API refused without reason. */
  readonly refused: readonly string[];
}

export interface Count {
  readonly violations: Violations;
  /** Payments by how they ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Refunds in the gateway's books that were paid, and all of them. */
  readonly paidByGateway: number;
  readonly bookedByGateway: number;
  /** Those that are told by mail. */
  readonly events: number;
  readonly mails: number;
  readonly webhooks: number;
}

/** Counts the gateway's money against ours, and what everybody was told against the record. */
export async function count(sides: Sides): Promise<Count> {
  const { pool, booksFile, begun, ended } = sides;
  const payments = paymentRows.parse((await pool.query(PAYMENTS)).rows);
  const refunds = refundRows.parse((await pool.query('select * from refunds order by created_at')).rows);
  const { booked, paid } = readBooks(booksFile);
  const paymentOf = new Map(refunds.map((refund) => [refund.refund_reference, refund.unique_reference]));

  const paidFor = paid.map(({ reference }) => paymentOf.get(reference) ?? `nobody's refund ${reference}`);
  const open = new Set(begun);
  for (const { unique_reference, status } of payments) {
    if (status === 'released' || status === 'refunded') open.delete(unique_reference);
  }
  for (const one of await runsNotClosed(sides, payments)) open.add(one);
  for (const one of await customersNotUnblocked(sides)) open.add(one);

  return {
    violations: {
      paidTwice: paidFor.filter((reference, index) => paidFor.indexOf(reference) !== index),
      saidPaidAndNotPaid: refunds
        .filter((refund) => refund.status === 'CAPTURED' && !paid.some((one) => isSame(one, refund)))
        .map((refund) => refund.unique_reference),
      paidAndNotSaid: paidFor.filter((_reference, index) => {
        const said = refunds.find(({ refund_reference }) => refund_reference === paid[index]?.reference);
        return said?.status !== 'CAPTURED';
      }),
      stuck: [...open].map((reference) => `${reference} (${whereItStands(reference, payments, refunds)})`),
      ledger: await unbalancedCurrencies(pool),
      balances: [
        ...(await openBalances(pool)),
        ...payments.filter((payment) => !wentWhereItSays(payment)).map((one) => one.unique_reference),
      ],
      answers: ended.filter((one) => !agrees(one, payments, refunds)).map((one) => one.uniqueReference),
      refused: sides.refused,
      notifications: await notTold(sides),
    },
    outcomes: tally(payments.map(({ status }) => status)),
    paidByGateway: paid.length,
    bookedByGateway: booked.length,
    events: await numberOfEvents(pool),
    mails: sides.messageIds.length,
    webhooks: sides.webhookIds.size,
  };
}

function whereItStands(
  reference: string,
  payments: z.infer<typeof paymentRows>,
  refunds: readonly Refund[],
): string {
  const payment = payments.find(({ unique_reference }) => unique_reference === reference);
  const refund = refunds.findLast(({ unique_reference }) => unique_reference === reference);
  const said = refund ? `, refund ${refund.status}: ${refund.status_reason}` : '';
  return `${payment?.status ?? 'no payment on record'}${said}`;
}

/** How often each of them is there. */
export function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const PAYMENTS = `
  select unique_reference, status, amount_minor,
         coalesce((select sum(p.amount_minor) from postings p join ledger_transactions t on t.id = p.transaction_id
                    where t.unique_reference = payments.unique_reference and p.account_kind = 'paidOut'), 0)::bigint
           as paid_out,
         coalesce((select sum(p.amount_minor) from postings p join ledger_transactions t on t.id = p.transaction_id
                    where t.unique_reference = payments.unique_reference and p.account_kind = 'merchant'), 0)::bigint
           as to_merchant
    from payments`;

/** Every refund in the gateway's books, and those that it has paid. */
function readBooks(file: string): {
  readonly booked: readonly BookedRefund[];
  readonly paid: readonly BookedRefund[];
} {
  const books = new Books(file);
  try {
    const booked = books.all();
    const paid = booked.filter((refund) => show(books, refund, Date.now()).status === 'captured');
    return { booked, paid };
  } finally {
    books.close();
  }
}

/** Whether the gateway paid what we say it has paid. */
function isSame(booked: BookedRefund, refund: Refund): boolean {
  return (
    booked.reference === refund.refund_reference &&
    booked.amountMinor === refund.amount_minor &&
    booked.currency === refund.currency &&
    booked.processedAmountMinor === refund.processed_minor &&
    booked.processedCurrency === refund.processed_currency
  );
}

/** Whether the ledger has sent the whole amount to the one party that the payment's end names. */
function wentWhereItSays(payment: z.infer<typeof paymentRows>[number]): boolean {
  const { status, amount_minor, paid_out, to_merchant } = payment;
  return (
    paid_out === (status === 'refunded' ? amount_minor : 0) &&
    to_merchant === (status === 'released' ? amount_minor : 0)
  );
}

/** Payments whose run is still going on, or did not end as the record says. */
async function runsNotClosed(
  { temporal, subscriberId }: Sides,
  payments: z.infer<typeof paymentRows>,
): Promise<string[]> {
  const open: string[] = [];
  for (const { unique_reference: uniqueReference, status } of payments) {
    const run = temporal.workflow.getHandle(paymentWorkflowId({ subscriberId, uniqueReference }));
    const { status: state } = await run.describe();
    const isClosed = state.name === 'COMPLETED' && runResult.parse(await run.result()).status === status;
    if (!isClosed) open.push(uniqueReference);
  }
  return open;
}

const runResult = z.object({ status: z.string() });

/** Every customer that was blocked has been unblocked: on record, and in a run that has ended. */
async function customersNotUnblocked({ pool, temporal, subscriberId }: Sides): Promise<string[]> {
  const { rows } = await pool.query<{ customer_uuid: string; blocked: boolean }>(
    'select customer_uuid, bool_or(ended_at is null) as blocked from customer_blocks group by customer_uuid',
  );
  const open: string[] = [];
  for (const { customer_uuid: customerUuid, blocked } of rows) {
    const run = temporal.workflow.getHandle(customerBlockWorkflowId({ subscriberId, customerUuid }));
    const { status } = await run.describe();
    if (blocked || status.name !== 'COMPLETED') open.push(customerUuid);
  }
  return open;
}

async function unbalancedCurrencies(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ currency: string }>(
    'select currency from postings group by currency having sum(amount_minor) <> 0',
  );
  return rows.map(({ currency }) => currency);
}

async function openBalances(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ account_ref: string }>(
    `select account_ref from postings where account_kind in ('blocked', 'refundInTransit')
      group by account_kind, account_ref, currency having sum(amount_minor) <> 0`,
  );
  return rows.map(({ account_ref }) => account_ref);
}

/** Whether what the payment service was told last is what is on record. */
function agrees(
  { uniqueReference, told, repeated }: Ended,
  payments: z.infer<typeof paymentRows>,
  refunds: readonly Refund[],
): boolean {
  const payment = payments.find(({ unique_reference }) => unique_reference === uniqueReference);
  const refund = refunds.find(({ refund_reference }) => refund_reference === told.refundReference);
  const processed =
    refund?.processed_minor == null || refund.processed_currency === null
      ? null
      : { minor: refund.processed_minor, currency: refund.processed_currency };
  const unblocked = refunds.find(({ refund_reference }) => refund_reference === repeated?.refundReference);
  return (
    payment?.status === told.paymentStatus &&
    (refund?.status ?? null) === told.refundStatusCode &&
    (processed === null ? null : moneyToWire(processed)) === told.processedAmount &&
    (processed?.currency ?? null) === told.processedCurrCode &&
    (unblocked?.status ?? null) === (repeated?.refundStatusCode ?? null)
  );
}

/** Events that ought to be told by mail and have none, and mails that tell of no event. */
async function notTold({ pool, messageIds, webhookIds }: Sides): Promise<string[]> {
  const { rows: all } = await pool.query<{ event_id: string; channel: string | null; delivered: boolean }>(
    `select event_id, channel, fanned_out_at is not null and state = 'delivered' as delivered
       from outbox left join deliveries using (event_id)
      where fanned_out_at is null or channel in ('email', 'webhook')`,
  );
  const rows = all.filter(({ channel }) => channel !== 'webhook');
  const hooks = all.filter(({ channel }) => channel === 'webhook');
  const told = new Set(messageIds.map((messageId) => messageId.slice(1).split('@')[0]));
  const events = new Set(rows.map(({ event_id }) => event_id));
  return [
    ...hooks.filter((row) => !row.delivered || !webhookIds.has(row.event_id)).map((row) => row.event_id),
    ...rows.filter((row) => !row.delivered || !told.has(row.event_id)).map((row) => row.event_id),
    ...[...told].flatMap((id) => (id === undefined || events.has(id) ? [] : [id])),
  ];
}

async function numberOfEvents(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ events: number }>(
    `select count(*) as events from deliveries where channel = 'email'`,
  );
  return rows[0]?.events ?? 0;
}
