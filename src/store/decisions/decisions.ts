import { z } from 'zod';
import { dispositions, type Decision, type RuleEffect } from '../../domain/decision.ts';
import type { PaymentRef } from '../../domain/ids.ts';
import { attemptKeys, type RuleSubject } from '../../rules/subject.ts';
import type { Queryable } from '../db/postgres.ts';

/** A decision as it was recorded. */
export interface StoredDecision {
  readonly decisionId: string;
  /** The payment decided on; null for a rules call. */
  readonly uniqueReference: string | null;
  readonly invoiceGUID: string;
  readonly decidedAt: Date;
  readonly decision: Decision;
}

/**
 * Records a decision, and the attempt that later velocity facts count, in one statement: it needs no transaction. A
 * payment is decided on once: for one that has a decision already nothing is written, and the recorded one is
 * answered, which may differ from the one given.
 * @param seenAt when its facts were seen, which is when it is made: a backtest counts them as of then
 */
export async function recordDecision(
  db: Queryable,
  subject: RuleSubject,
  decision: Decision,
  seenAt: string,
): Promise<StoredDecision> {
  const { subscriberId, uniqueReference, invoiceGUID } = subject;
  const { ruleSet, facts, results, response, disposition } = decision;
  const { card, customer, ip } = attemptKeys(subject);
  const declined = response.declinePayment || disposition === 'REFUND';
  const { rows } = await db.query<Record<string, unknown>>({
    ...RECORD,
    values: [
      subscriberId,
      uniqueReference ?? null,
      invoiceGUID,
      ruleSet.name,
      ruleSet.version,
      ruleSet.hash,
      JSON.stringify(facts),
      JSON.stringify(results),
      JSON.stringify(response),
      disposition,
      customer,
      card,
      ip,
      subject.amount?.minor ?? null,
      subject.amount?.currency ?? null,
      declined,
      seenAt,
    ],
  });
  if (rows[0] !== undefined) {
    const { id, decided_at } = recordedRow.parse(rows[0]);
    const reference = uniqueReference ?? null;
    return { decisionId: id, uniqueReference: reference, invoiceGUID, decidedAt: decided_at, decision };
  }
  const first =
    uniqueReference === undefined
      ? undefined
      : await decisionOfPayment(db, { subscriberId, uniqueReference });
  if (first === undefined)
    throw new Error('a decision was neither recorded nor found: the isolation level hides it');
  return first;
}

/** By its name a connection knows the statement again, and parses and plans it once. */
const RECORD = {
  name: 'record-decision',
  text: `
    with decision as (
      insert into decisions (subscriber_id, unique_reference, invoice_guid, rule_set_name, rule_set_version,
                             rule_set_hash, facts, results, response, disposition, decided_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $17)
      on conflict (subscriber_id, unique_reference) do nothing
      returning id, decided_at),
    attempt as (
      insert into attempts (decision_id, subscriber_id, invoice_guid, customer_key, card_key, ip_address, amount_minor,
                            currency, declined, at)
      select id, $1, $3, $11, $12, $13, $14, $15, $16, decided_at from decision)
    select id, decided_at from decision`,
};

const recordedRow = z.object({ id: z.string(), decided_at: z.date() });

/** What was decided on a payment; undefined while nothing was. */
export async function decisionOfPayment(
  db: Queryable,
  payment: PaymentRef,
): Promise<StoredDecision | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    'select * from decisions where subscriber_id = $1 and unique_reference = $2',
    [payment.subscriberId, payment.uniqueReference],
  );
  return rows[0] === undefined ? undefined : storedDecision(rows[0]);
}

/** One decision of a subscriber by its id; undefined where there is none, also where the id is no UUID. */
export async function decisionById(
  db: Queryable,
  subscriberId: string,
  decisionId: string,
): Promise<StoredDecision | undefined> {
  if (!z.guid().safeParse(decisionId).success) return undefined;
  const { rows } = await db.query<Record<string, unknown>>(
    'select * from decisions where subscriber_id = $1 and id = $2',
    [subscriberId, decisionId],
  );
  return rows[0] === undefined ? undefined : storedDecision(rows[0]);
}

function storedDecision(row: unknown): StoredDecision {
  const stored = decisionRow.parse(row);
  const { facts, results, response, disposition } = stored;
  const ruleSet = {
    name: stored.rule_set_name,
    version: stored.rule_set_version,
    hash: stored.rule_set_hash,
  };
  return {
    decisionId: stored.id,
    uniqueReference: stored.unique_reference,
    invoiceGUID: stored.invoice_guid,
    decidedAt: stored.decided_at,
    decision: { ruleSet, facts, results, response, disposition },
  };
}

const facts = z.record(
  z.string(),
  z.union([z.string(), z.int(), z.boolean(), z.array(z.string()), z.null()]),
);

/** What a rule added to a decision, as it is stored. */
export const effect: z.ZodType<RuleEffect> = z.union([
  z.enum(['decline', 'hold', 'blockOnlinePayment', 'customerBlocked', 'notify']),
  z.templateLiteral(['removeCardType:', z.string()]),
  z.templateLiteral(['score:', z.int()]),
]);

/** The columns that a decision is compared by. */
export const decisionColumns = {
  facts,
  response: z.object({
    cardTypeAvailableOnline: z.array(z.string()),
    blockOnlinePayment: z.boolean(),
    runPayislandRules: z.boolean(),
    customerBlocked: z.boolean(),
    declinePayment: z.boolean(),
    sendToGateway: z.boolean(),
    sendNotification: z.boolean(),
  }),
  disposition: z.enum(dispositions),
};

/** What any decision is stored as, that of a shadow too. */
export const outcomeColumns = {
  ...decisionColumns,
  results: z.array(
    z.object({
      ruleId: z.string(),
      description: z.string(),
      outcome: z.enum(['matched', 'notMatched', 'missingFact', 'error']),
      error: z.string().exactOptional(),
      saw: facts,
      sums: z.array(z.string()).exactOptional(),
      contributed: z.array(effect),
    }),
  ),
};

const decisionRow = z.object({
  id: z.string(),
  unique_reference: z.string().nullable(),
  invoice_guid: z.string(),
  decided_at: z.date(),
  rule_set_name: z.string(),
  rule_set_version: z.int(),
  rule_set_hash: z.string(),
  ...outcomeColumns,
});
