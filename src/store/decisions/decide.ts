import type pg from 'pg';
import { evaluate } from '../../rules/evaluate.ts';
import type { RuleSubject } from '../../rules/subject.ts';
import { recordDecision, type StoredDecision } from './decisions.ts';
import { gatherFacts } from './facts.ts';
import { gatherFactsForBoth } from './facts-beside-shadow.ts';
import type { RuleSetsInForce } from '../../rules/rule-sets-in-force.ts';
import { recordShadow, type ShadowVerdict } from './shadow-decisions.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { Queryable } from '../db/postgres.ts';

/** What facts for a shadow may take. A shopper waits: after that, the decision is made without the shadow. */
const PATIENCE_MS = 500;

/**
 * Decides by the active rule set, and records what the one in shadow would have decided on the same facts. The shadow
 * never acts; whatever fails on its account is rolled back to where it began, noted as its fault, and leaves the
 * decision as it is.
 * @param db a connection inside a transaction
 */
export async function decideBesideShadow(
  db: pg.PoolClient,
  { active, shadow }: RuleSetsInForce,
  subject: RuleSubject,
): Promise<StoredDecision> {
  const { subscriberId } = subject;
  if (shadow === undefined) return decide(db, active, subject);
  const tried = await atItsOwnRisk(db, GATHERING, async () => {
    const both = await gatherFactsForBoth(db, active, shadow.ruleSet, subject);
    return { seen: both.active, decision: evaluate(shadow.ruleSet, both.shadow) };
  });
  const { facts, seenAt } = 'fault' in tried ? await gatherFacts(db, active, subject) : tried.seen;
  const stored = await recordDecision(db, subject, evaluate(active, facts), seenAt);
  const record = async (verdict: ShadowVerdict) => {
    await recordShadow(db, subscriberId, shadow.ruleSetId, stored, verdict);
    return verdict;
  };
  const recorded = await atItsOwnRisk(db, RECORDING, () => record(tried));
  if ('fault' in recorded && recorded !== tried) await atItsOwnRisk(db, RECORDING, () => record(recorded));
  return stored;
}

// Facts are only read: going back to where that began also takes the short patience away again.
const GATHERING = {
  begin: `savepoint shadow; set local statement_timeout = ${PATIENCE_MS}`,
  end: 'rollback to savepoint shadow',
};
const RECORDING = { begin: 'savepoint shadow', end: 'release savepoint shadow' };

/** Runs what may fail without failing the transaction around it: what it did is then undone. */
async function atItsOwnRisk<T>(
  db: pg.PoolClient,
  { begin, end }: typeof RECORDING,
  work: () => Promise<T>,
): Promise<T | { readonly fault: string }> {
  await db.query(begin);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await db.query('rollback to savepoint shadow');
    return { fault: error instanceof Error ? error.message : String(error) };
  }
  await db.query(end);
  return result;
}

/** Asks the rules and records the answer. A payment is decided on once: asked again, the recorded answer comes back. */
export async function decide(db: Queryable, ruleSet: RuleSet, subject: RuleSubject): Promise<StoredDecision> {
  const { facts, seenAt } = await gatherFacts(db, ruleSet, subject);
  return recordDecision(db, subject, evaluate(ruleSet, facts), seenAt);
}
