import { z } from 'zod';
import type { Facts } from '../../domain/decision.ts';
import { factsOfLists } from '../../rules/lists.ts';
import type { Aggregate, RuleSet } from '../../rules/rule-set.ts';
import type { AttemptKey } from '../../rules/subject.ts';
import { ATTEMPT_COLUMNS, countsColumn, countsSql } from './aggregates.ts';
import type { Queryable } from '../db/postgres.ts';
import type { RecordedDecision } from './recorded-decisions.ts';

/** The rule set with this hash, where its document is at hand. */
export type KnownRuleSets = (hash: string) => Pick<RuleSet, 'aggregates'> | undefined;

/**
 * What `ruleSet` would have seen at the moment of each of these decisions: the facts as they were recorded; its own
 * lists, looked up anew; and its aggregates, as recorded where the decision's own rule set defined them alike, else
 * counted as of that moment, all of the batch in one statement.
 *
 * A decision names its rule set only by hash. Where the document behind the hash is not known, nothing is known of
 * its definitions, so every aggregate is counted anew: attempts are never changed, so the count is what was seen.
 * Two differences can remain: evaluations that ran at the same moment may have missed each other then, and one that
 * began earlier but was stored later may have been seen.
 * @returns the facts in the order of the decisions, and for how many of them something was counted anew
 */
export async function factsAsOf(
  db: Queryable,
  ruleSet: Pick<RuleSet, 'aggregates' | 'lists'>,
  known: KnownRuleSets,
  decisions: readonly RecordedDecision[],
): Promise<{ readonly facts: readonly Facts[]; readonly recounted: number }> {
  const stale = staleAggregates(ruleSet.aggregates, known);
  const outdated = decisions.filter((decision) => stale(decision).length > 0);
  const aggregates = ruleSet.aggregates.filter((each) =>
    outdated.some((decision) => stale(decision).includes(each)),
  );
  const counts = await countAsOf(
    db,
    aggregates,
    outdated.map(({ decisionId }) => decisionId),
  );
  const facts = decisions.map((decision): Facts => {
    const counted = counts.get(decision.decisionId);
    const anew = stale(decision).map((each) => [each.name, counted?.[aggregates.indexOf(each)] ?? null]);
    const address = decision.facts['ipAddress'];
    const subject = {
      subscriberId: decision.subscriberId,
      invoiceGUID: '',
      onlinePayment: false,
      ...(typeof address === 'string' ? { ipAddress: address } : {}),
    };
    return {
      ...decision.facts,
      ...factsOfLists(ruleSet.lists, subject),
      ...Object.fromEntries(anew),
    };
  });
  return { facts, recounted: outdated.length };
}

/** The aggregates that a decision's facts do not hold under the same definition. */
function staleAggregates(
  aggregates: readonly Aggregate[],
  known: KnownRuleSets,
): (decision: RecordedDecision) => readonly Aggregate[] {
  const byHash = new Map<string, readonly Aggregate[]>();
  return ({ ruleSetHash, facts }) => {
    let stale = byHash.get(ruleSetHash);
    if (stale === undefined) {
      const own = known(ruleSetHash)?.aggregates ?? [];
      stale = aggregates.filter((each) => !own.some((other) => isSame(each, other)));
      byHash.set(ruleSetHash, stale);
    }
    const lost = aggregates.filter(({ name }) => !(name in facts));
    return lost.length === 0 ? stale : [...new Set([...stale, ...lost])];
  };
}

function isSame(one: Aggregate, other: Aggregate): boolean {
  return (
    one.name === other.name &&
    one.measure === other.measure &&
    one.over === other.over &&
    one.windowSeconds === other.windowSeconds &&
    one.only === other.only
  );
}

const KEYS: Readonly<Record<AttemptKey, string>> = {
  card: `own.${ATTEMPT_COLUMNS.card}`,
  customer: `own.${ATTEMPT_COLUMNS.customer}`,
  ip: `own.${ATTEMPT_COLUMNS.ip}`,
  invoice: `own.${ATTEMPT_COLUMNS.invoice}`,
};

/** What the aggregates came to when each of these decisions was made; null where there was nothing to count over. */
async function countAsOf(
  db: Queryable,
  aggregates: readonly Aggregate[],
  decisionIds: readonly string[],
): Promise<ReadonlyMap<string, readonly (number | null)[]>> {
  if (aggregates.length === 0 || decisionIds.length === 0) return new Map();
  const { joins, counts } = countsSql(aggregates, {
    subscriber: 'own.subscriber_id',
    keys: KEYS,
    amount: { minor: 'own.amount_minor', currency: 'own.currency' },
    moment: 'own.at',
    windows: '$2',
    only: 'past.at < own.at',
  });
  const isCounted = aggregates.map(({ over }) => `${KEYS[over]} is not null`);
  const { rows } = await db.query<Record<string, unknown>>(
    `select own.decision_id, ${counts} as counts, array[${isCounted.join(', ')}] as is_counted
       from unnest($1::uuid[]) as wanted (id)
       join attempts own on own.decision_id = wanted.id
       ${joins}`,
    [decisionIds, aggregates.map(({ windowSeconds }) => windowSeconds)],
  );
  return new Map(
    rows.map((row) => {
      const { decision_id, counts: counted, is_counted } = countsRow.parse(row);
      return [decision_id, counted.map((count, index) => (is_counted[index] === true ? count : null))];
    }),
  );
}

const countsRow = z.object({
  decision_id: z.string(),
  counts: countsColumn,
  is_counted: z.array(z.boolean()),
});
