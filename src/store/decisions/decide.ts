import type pg from 'pg';
import { evaluate } from '../../rules/evaluate.ts';
import type { RuleSubject } from '../../rules/subject.ts';
import { recordDecision, type StoredDecision } from './decisions.ts';
import { gatherFacts } from './facts.ts';
import { gatherFactsForBoth, onlyOfShadow } from './facts-beside-shadow.ts';
import type { RuleSetsInForce } from '../../rules/rule-sets-in-force.ts';
import { recordShadow } from './shadow-decisions.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { Queryable } from '../db/postgres.ts';

/** What facts for a shadow may take. A shopper waits: after that, the decision is made without the shadow. */
const PATIENCE_MS = 500;

/**
 * Decides by the active rule set, and records what the one in shadow would have decided on the same facts. The shadow
 * never acts; whatever fails on its account is noted as its fault, and leaves the decision as it is. It costs one round
 * trip, and two more where it asks for facts that the active one does not.
 * @param db a connection inside a transaction
 */
export async function decideBesideShadow(
  db: pg.PoolClient,
  { active, shadow }: RuleSetsInForce,
  subject: RuleSubject,
): Promise<StoredDecision> {
  const { subscriberId } = subject;
  if (shadow === undefined) return decide(db, active, subject);
  const onlyShadow = onlyOfShadow(active, shadow.ruleSet);
  const asksBeyond = onlyShadow.aggregates.length + onlyShadow.lists.length > 0;
  const gather = () => gatherFactsForBoth(db, active, shadow.ruleSet, onlyShadow, subject);
  const gathered = asksBeyond ? await atItsOwnRisk(db, gather) : await gather();
  const { facts, seenAt } = 'fault' in gathered ? await gatherFacts(db, active, subject) : gathered.active;
  const stored = await recordDecision(db, subject, evaluate(active, facts), seenAt);
  const verdict = 'fault' in gathered ? gathered : { decision: evaluate(shadow.ruleSet, gathered.shadow) };
  await recordShadow(db, subscriberId, shadow.ruleSetId, stored, verdict);
  return stored;
}

/** Reads what may fail without failing the transaction around it; going back takes the short patience away again. */
async function atItsOwnRisk<T>(
  db: pg.PoolClient,
  read: () => Promise<T>,
): Promise<T | { readonly fault: string }> {
  await db.query(`savepoint shadow; set local statement_timeout = ${PATIENCE_MS}`);
  try {
    return await read();
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  } finally {
    await db.query('rollback to savepoint shadow');
  }
}

/** Asks the rules and records the answer. A payment is decided on once: asked again, the recorded answer comes back. */
export async function decide(db: Queryable, ruleSet: RuleSet, subject: RuleSubject): Promise<StoredDecision> {
  const { facts, seenAt } = await gatherFacts(db, ruleSet, subject);
  return recordDecision(db, subject, evaluate(ruleSet, facts), seenAt);
}
