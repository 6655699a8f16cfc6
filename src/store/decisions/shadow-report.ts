import { z } from 'zod';
import { dispositions, type Disposition } from '../../domain/decision.ts';
import type { Money } from '../../domain/money.ts';
import type { RuleDifference } from '../../rules/difference.ts';
import { effect } from './decisions.ts';
import type { Queryable } from '../db/postgres.ts';
import { type StoredRuleSet, visibleRuleSet, visibleRuleSets } from '../rules/rule-set-record.ts';
import { RuleSetRefused } from '../rules/rule-set-refused.ts';
import { EVERYBODY } from '../../domain/people.ts';

/** What a version in shadow would have decided otherwise. */
export interface ShadowReport {
  readonly ruleSet: Pick<StoredRuleSet, 'ruleSetId' | 'name' | 'version' | 'hash' | 'state'>;
  /** When the first and the last of the decisions were made. */
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  readonly decisions: number;
  /** Those on which the shadow came to no decision. */
  readonly faults: number;
  readonly lastFault: string | null;
  readonly differing: number;
  readonly changes: readonly ShadowChange[];
  readonly rules: readonly ResponsibleRule[];
  /** The latest decisions that would have come out otherwise, payment by payment. */
  readonly latest: readonly DifferingDecision[];
}

interface Verdict {
  readonly disposition: Disposition;
  readonly declinePayment: boolean;
}

/** Decisions that would have come out otherwise in the same way. */
export interface ShadowChange {
  readonly decided: Verdict;
  /** The same as `decided` where only other fields of the response differ. */
  readonly shadow: Verdict;
  readonly decisions: number;
  /** By currency; rules calls have no amount. */
  readonly amounts: readonly Money[];
}

/** One decision that would have come out otherwise. */
export interface DifferingDecision {
  readonly at: Date;
  readonly decisionId: string;
  /** Null for a rules call, which decides on an invoice. */
  readonly uniqueReference: string | null;
  readonly decided: Verdict;
  readonly shadow: Verdict;
  readonly amount: Money | null;
}

export interface ResponsibleRule extends RuleDifference {
  readonly decisions: number;
  readonly amounts: readonly Money[];
  /** The latest. */
  readonly examples: readonly { readonly decisionId: string; readonly uniqueReference: string | null }[];
}

/** The times that a report covers; open where one is not given. */
export interface Period {
  readonly from?: Date;
  readonly to?: Date;
}

/**
 * Reports on a version that is or was in shadow.
 * @param ref the version; without it, the one that is in shadow now for the subscriber
 * @throws RuleSetRefused where there is none
 */
export async function shadowReport(
  db: Queryable,
  subscriberId: string,
  ref?: string,
  { from, to }: Period = {},
): Promise<ShadowReport> {
  const ruleSet = await reported(db, subscriberId, ref);
  // Whose the default is sees everybody's decisions, another only its own.
  const parameters = [ruleSet.ruleSetId, subscriberId === EVERYBODY ? null : subscriberId, from, to];
  const { rows: totals } = await db.query<Record<string, unknown>>(
    `select count(*) as decisions, count(fault) as faults, count(difference) as differing,
            min(at) as "firstAt", max(at) as "lastAt",
            (array_agg(fault order by at desc) filter (where fault is not null))[1] as "lastFault"
       from shadow_decisions s where ${COVERED}`,
    parameters,
  );
  const { rows: changes } = await db.query<Record<string, unknown>>(
    `with change as (
       select d.disposition, (d.response -> 'declinePayment')::boolean as decline,
              s.disposition as shadow_disposition, (s.response -> 'declinePayment')::boolean as shadow_decline,
              ${AMOUNT}
         from shadow_decisions s join decisions d on d.id = s.decision_id
        where ${COVERED} and s.difference is not null)
     select jsonb_build_object('disposition', disposition, 'declinePayment', decline) as decided,
            jsonb_build_object('disposition', shadow_disposition, 'declinePayment', shadow_decline) as shadow,
            ${SUMMED}
       from change group by 1, 2, currency order by 1, 2, currency`,
    parameters,
  );
  const { rows: rules } = await db.query<Record<string, unknown>>(
    `with change as (
       select rule, s.decision_id, d.unique_reference, s.at, ${AMOUNT}
         from shadow_decisions s join decisions d on d.id = s.decision_id
        cross join jsonb_array_elements(s.difference -> 'rules') as rule
        where ${COVERED} and s.difference is not null)
     select rule, ${SUMMED},
            (array_agg(jsonb_build_object('decisionId', decision_id, 'uniqueReference', unique_reference)
                       order by at desc))[1:${EXAMPLES}] as examples
       from change group by rule, currency order by rule, currency`,
    parameters,
  );
  const { rows: latest } = await db.query<Record<string, unknown>>(
    `select s.at, d.id as "decisionId", d.unique_reference as "uniqueReference",
            jsonb_build_object('disposition', d.disposition, 'declinePayment', d.response -> 'declinePayment') as decided,
            jsonb_build_object('disposition', s.disposition, 'declinePayment', s.response -> 'declinePayment') as shadow,
            ${AMOUNT}
       from shadow_decisions s join decisions d on d.id = s.decision_id
      where ${COVERED} and s.difference is not null order by s.at desc, d.id limit ${LATEST}`,
    parameters,
  );
  const { ruleSetId, name, version, hash, state } = ruleSet;
  return {
    ruleSet: { ruleSetId, name, version, hash, state },
    ...totalsRow.parse(totals[0]),
    changes: changesOf(z.array(changeRow).parse(changes)),
    rules: rulesOf(z.array(ruleRow).parse(rules)),
    latest: z.array(latestRow).parse(latest).map(differing),
  };
}

function changesOf(rows: readonly z.infer<typeof changeRow>[]): ShadowChange[] {
  return grouped(rows, ({ decided, shadow }) => [decided, shadow]).flatMap(({ rows: [first], ...sums }) =>
    first ? [{ decided: first.decided, shadow: first.shadow, ...sums }] : [],
  );
}

/** The rules that would change most come first. */
function rulesOf(rows: readonly z.infer<typeof ruleRow>[]): ResponsibleRule[] {
  return grouped(rows, ({ rule }) => rule)
    .flatMap(({ rows: own, ...sums }) => {
      const examples = own.flatMap((row) => row.examples).slice(0, EXAMPLES);
      return own[0] ? [{ ...own[0].rule, ...sums, examples }] : [];
    })
    .toSorted((a, b) => b.decisions - a.decisions);
}

function differing({ minor, currency, ...decision }: z.infer<typeof latestRow>): DifferingDecision {
  return { ...decision, amount: minor === null || currency === null ? null : { minor, currency } };
}

const EXAMPLES = 3;
const LATEST = 50;
const COVERED = `s.rule_set_id = $1 and ($2::text is null or s.subscriber_id = $2)
  and ($3::timestamptz is null or s.at >= $3) and ($4::timestamptz is null or s.at < $4)`;
const AMOUNT = `(d.facts ->> 'amountMinor')::bigint as minor, d.facts ->> 'currency' as currency`;
const SUMMED = 'currency, count(*) as decisions, sum(minor)::bigint as minor';

async function reported(
  db: Queryable,
  subscriberId: string,
  ref: string | undefined,
): Promise<StoredRuleSet> {
  if (ref !== undefined) return visibleRuleSet(db, subscriberId, ref);
  const versions = await visibleRuleSets(db, subscriberId);
  const inShadow = versions.find(({ state }) => state === 'shadow');
  if (inShadow) return inShadow;
  throw new RuleSetRefused(
    'unknown',
    'no version is in shadow, so there is nothing to report: put one into shadow, or name one that was',
  );
}

interface Summed {
  readonly currency: string | null;
  readonly decisions: number;
  readonly minor: number | null;
}

/** The rows of each key, which are one for each currency, and what they come to. */
function grouped<R extends Summed>(rows: readonly R[], keyOf: (row: R) => object) {
  const keys = rows.map((row) => JSON.stringify(keyOf(row)));
  return [...new Set(keys)].map((key) => {
    const own = rows.filter((_, index) => keys[index] === key);
    return {
      rows: own,
      decisions: own.reduce((sum, row) => sum + row.decisions, 0),
      amounts: own.flatMap(({ minor, currency }): Money[] =>
        minor === null || currency === null ? [] : [{ minor, currency }],
      ),
    };
  });
}

const summed = {
  currency: z.string().nullable(),
  decisions: z.int(),
  minor: z.int().nullable(),
};

const verdict = z.object({ disposition: z.enum(dispositions), declinePayment: z.boolean() });

const changeRow = z.object({ decided: verdict, shadow: verdict, ...summed });

const latestRow = z.object({
  at: z.date(),
  decisionId: z.string(),
  uniqueReference: z.string().nullable(),
  decided: verdict,
  shadow: verdict,
  minor: z.int().nullable(),
  currency: z.string().nullable(),
});

const ruleRow = z.object({
  rule: z.object({ ruleId: z.string(), adds: z.array(effect), drops: z.array(effect) }),
  examples: z.array(z.object({ decisionId: z.string(), uniqueReference: z.string().nullable() })),
  ...summed,
});

const totalsRow = z.object({
  decisions: z.int(),
  faults: z.int(),
  differing: z.int(),
  firstAt: z.date().nullable(),
  lastAt: z.date().nullable(),
  lastFault: z.string().nullable(),
});
