import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Decision, Facts } from '../../domain/decision.ts';
import { type Difference, differenceBetween, differingFields } from '../../rules/difference.ts';
import { effect, outcomeColumns, type StoredDecision } from './decisions.ts';
import type { Queryable } from '../db/postgres.ts';

/** What the version in shadow made of a decision: what it would have decided, or why it could not. */
export type ShadowVerdict = { readonly decision: Decision } | { readonly fault: string };

/** What a shadow would have decided, as it was recorded. */
export type StoredShadowDecision = {
  readonly ruleSet: {
    readonly ruleSetId: string;
    readonly name: string;
    readonly version: number;
    readonly hash: string;
  };
} & (
  | { readonly fault: string }
  | (Pick<Decision, 'facts' | 'results' | 'response' | 'disposition'> & {
      readonly difference: Difference | null;
    })
);

/** Records what the shadow made of a decision, beside it, once. Never fails the transaction that it is in. */
export async function recordShadow(
  db: Queryable,
  subscriberId: string,
  ruleSetId: string,
  decided: StoredDecision,
  verdict: ShadowVerdict,
): Promise<void> {
  const shadow = 'decision' in verdict ? verdict.decision : undefined;
  const difference = shadow && differenceBetween(decided.decision, shadow);
  await db.query('select record_shadow($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
    decided.decisionId,
    subscriberId,
    ruleSetId,
    shadow && JSON.stringify(beyond(decided.decision.facts, shadow.facts)),
    shadow && JSON.stringify(shadow.results),
    shadow && JSON.stringify(shadow.response),
    shadow?.disposition,
    difference && JSON.stringify(difference),
    'fault' in verdict ? verdict.fault : undefined,
    decided.decidedAt,
  ]);
}

/** What the shadow made of a decision; undefined where none was in shadow. */
export async function shadowOfDecision(
  db: Queryable,
  { decisionId, decision }: StoredDecision,
): Promise<StoredShadowDecision | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select s.rule_set_id as "ruleSetId", r.name, r.version, r.hash, s.fault,
            case when s.fault is null then
              jsonb_build_object('facts', s.facts, 'results', s.results, 'response', s.response,
                                 'disposition', s.disposition, 'difference', s.difference) end as decided
       from shadow_decisions s join rule_sets r on r.id = s.rule_set_id where s.decision_id = $1`,
    [decisionId],
  );
  if (rows[0] === undefined) return undefined;
  const { fault, decided, ...ruleSet } = shadowRow.parse(rows[0]);
  return decided === null
    ? { ruleSet, fault: fault ?? '' }
    : { ruleSet, ...decided, facts: { ...decision.facts, ...decided.facts } };
}

/** The facts that only the shadow has, or sees otherwise. */
function beyond(facts: Facts, ofShadow: Facts): Facts {
  return Object.fromEntries(
    Object.entries(ofShadow).filter(
      ([name, value]) => !(name in facts) || !isDeepStrictEqual(value, facts[name]),
    ),
  );
}

const difference = z.object({
  fields: z.array(z.enum(differingFields)),
  rules: z.array(z.object({ ruleId: z.string(), adds: z.array(effect), drops: z.array(effect) })),
});

const shadowRow = z.object({
  ruleSetId: z.string(),
  name: z.string(),
  version: z.int(),
  hash: z.string(),
  fault: z.string().nullable(),
  decided: z.object({ ...outcomeColumns, difference: difference.nullable() }).nullable(),
});
