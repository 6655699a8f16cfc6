import type { RuleSet } from '../../rules/rule-set.ts';
import { evaluate } from '../../rules/evaluate.ts';
import type { RuleSubject } from '../../rules/subject.ts';
import { recordDecision, type StoredDecision } from './decisions.ts';
import { gatherFacts } from './facts.ts';
import type { Queryable } from '../db/postgres.ts';

/** Asks the rules and records the answer. A payment is decided on once: asked again, the recorded answer comes back. */
export async function decide(db: Queryable, ruleSet: RuleSet, subject: RuleSubject): Promise<StoredDecision> {
  const { facts, seenAt } = await gatherFacts(db, ruleSet, subject);
  return recordDecision(db, subject, evaluate(ruleSet, facts), seenAt);
}
