import type pg from 'pg';
import { evaluate } from '../../rules/evaluate.ts';
import { explain } from '../../rules/explain.ts';
import type { RuleSubject } from '../../rules/subject.ts';
import { decideBesideShadow } from './decide.ts';
import { recordDecision, type StoredDecision } from './decisions.ts';
import { gatherFacts } from './facts.ts';
import { publish } from '../notifications/outbox.ts';
import { inTransaction, type Queryable } from '../db/postgres.ts';
import type { RuleSetsInForce } from '../../rules/rule-sets-in-force.ts';

/**
 * Decides on a rules call, records the decision with its attempt, and publishes the alert that the rules ask for in the
 * same transaction. Without alert and shadow that takes two statements, each a transaction of its own: the facts, and
 * the record.
 */
export async function decideRulesCall(
  pool: pg.Pool,
  inForce: RuleSetsInForce,
  subject: RuleSubject,
): Promise<StoredDecision> {
  if (inForce.shadow !== undefined) {
    return inTransaction(pool, async (db) =>
      withAlert(db, subject, await decideBesideShadow(db, inForce, subject)),
    );
  }
  const { facts, seenAt } = await gatherFacts(pool, inForce.active, subject);
  const decision = evaluate(inForce.active, facts);
  if (!decision.response.sendNotification) return recordDecision(pool, subject, decision, seenAt);
  return inTransaction(pool, async (db) =>
    withAlert(db, subject, await recordDecision(db, subject, decision, seenAt)),
  );
}

async function withAlert(
  db: Queryable,
  { subscriberId, invoiceGUID }: RuleSubject,
  stored: StoredDecision,
): Promise<StoredDecision> {
  const { declinePayment, sendNotification } = stored.decision.response;
  const alert = { invoiceGUID, declinePayment, reasons: explain(stored.decision) };
  if (sendNotification) await publish(db, subscriberId, 'rulesAlert', stored.decisionId, alert);
  return stored;
}
