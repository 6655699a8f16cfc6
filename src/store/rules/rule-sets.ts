import type pg from 'pg';
import { isSamePerson, type Signed, userName } from '../../domain/people.ts';
import { audit } from '../books/append.ts';
import { inTransaction, type Queryable } from '../db/postgres.ts';
import { takesTwo } from '../settings/takes-two.ts';
import { readDocument } from './rule-set-file.ts';
import {
  COLUMNS,
  nameOf,
  oneRuleSet,
  ruleSetByRef,
  type RuleSetState,
  type StoredRuleSet,
  storedRuleSet,
} from './rule-set-record.ts';
import { refusedFor, RuleSetRefused } from './rule-set-refused.ts';

/**
 * Adds a version as a draft, checked. The same document again is the version that is there already.
 * @throws RuleSetRefused for a document that cannot be used, or a version number that is taken
 */
export async function addRuleSet(
  pool: pg.Pool,
  subscriberId: string,
  document: string,
  by: Signed,
): Promise<StoredRuleSet> {
  const parsed = readDocument(document);
  if ('problems' in parsed) throw refusedFor(parsed.problems);
  const { name, version, hash } = parsed.ruleSet;
  return changing(pool, subscriberId, async (db) => {
    const same = await oneRuleSet(db, 'subscriber_id = $1 and hash = $2', [subscriberId, hash]);
    if (same) return same;
    if (
      await oneRuleSet(db, 'subscriber_id = $1 and name = $2 and version = $3', [subscriberId, name, version])
    ) {
      throw new RuleSetRefused(
        'taken',
        `there is a version ${version} of "${name}" already, with another document, and a version never changes. ` +
          'Give this one the next number',
      );
    }
    const { rows } = await db.query<Record<string, unknown>>(
      `insert into rule_sets (subscriber_id, name, version, hash, document, created_by)
       values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
      [subscriberId, name, version, hash, document, userName(by.actor)],
    );
    const added = storedRuleSet(rows[0]);
    await auditChange(db, added, 'ruleSetAdded', by);
    return added;
  });
}

/**
 * Has a version decided beside the active one, without acting. The one that was in shadow is a draft again.
 * @throws RuleSetRefused
 */
export async function shadowRuleSet(
  pool: pg.Pool,
  subscriberId: string,
  ref: string,
  by: Signed,
): Promise<StoredRuleSet> {
  return changing(pool, subscriberId, async (db) => {
    const ruleSet = await ruleSetByRef(db, subscriberId, ref);
    if (ruleSet.state === 'shadow') return ruleSet;
    if (ruleSet.state === 'active') {
      throw new RuleSetRefused('state', `${nameOf(ruleSet)} is active: beside itself it would show nothing`);
    }
    const earlier = await oneRuleSet(db, `subscriber_id = $1 and state = 'shadow'`, [subscriberId]);
    if (earlier) await move(db, earlier, 'draft', 'ruleSetLeftShadow', replacedBy(ruleSet, by));
    return move(db, ruleSet, 'shadow', 'ruleSetInShadow', by);
  });
}

/**
 * Makes a version the one that decides; the one that did is retired in the same transaction.
 * @param fourEyes whether it takes another person than the one who added it, also where the settings do not say so
 * @throws RuleSetRefused
 */
export async function activateRuleSet(
  pool: pg.Pool,
  subscriberId: string,
  ref: string,
  by: Signed,
  fourEyes: boolean,
): Promise<StoredRuleSet> {
  return changing(pool, subscriberId, async (db) => {
    const ruleSet = await ruleSetByRef(db, subscriberId, ref);
    if (ruleSet.state === 'active') return ruleSet;
    const isForTwo = fourEyes || (await takesTwo(db, subscriberId, 'rules'));
    if (isForTwo && isSamePerson(ruleSet.createdBy, userName(by.actor))) {
      throw new RuleSetRefused(
        'fourEyes',
        `${ruleSet.createdBy} added ${nameOf(ruleSet)}, so another person has to activate it`,
      );
    }
    const earlier = await oneRuleSet(db, `subscriber_id = $1 and state = 'active'`, [subscriberId]);
    if (earlier) await move(db, earlier, 'retired', 'ruleSetRetired', replacedBy(ruleSet, by));
    return move(db, ruleSet, 'active', 'ruleSetActivated', by);
  });
}

/**
 * Takes a version out of use. Without an active one, the default beneath decides.
 * @param fourEyes whether the active one can only be replaced, also where the settings do not say so: to fall back to the
 *   default takes no second person
 * @throws RuleSetRefused
 */
export async function retireRuleSet(
  pool: pg.Pool,
  subscriberId: string,
  ref: string,
  by: Signed,
  fourEyes: boolean,
): Promise<StoredRuleSet> {
  return changing(pool, subscriberId, async (db) => {
    const ruleSet = await ruleSetByRef(db, subscriberId, ref);
    if (ruleSet.state === 'retired') return ruleSet;
    if (ruleSet.state === 'active' && (fourEyes || (await takesTwo(db, subscriberId, 'rules')))) {
      throw new RuleSetRefused(
        'fourEyes',
        `${nameOf(ruleSet)} is active, and one person alone cannot take it away: have another version activated, ` +
          'which retires this one',
      );
    }
    return move(db, ruleSet, 'retired', 'ruleSetRetired', by);
  });
}

/** Changes of one subscriber's rule sets come one after the other, so that two people cannot cross. */
function changing<T>(
  pool: pg.Pool,
  subscriberId: string,
  work: (db: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (db) => {
    await db.query(`select pg_advisory_xact_lock(hashtextextended('ruleSets:' || $1, 0))`, [subscriberId]);
    return work(db);
  });
}

async function move(
  db: Queryable,
  ruleSet: StoredRuleSet,
  state: RuleSetState,
  action: string,
  by: Signed,
): Promise<StoredRuleSet> {
  const { rows } = await db.query<Record<string, unknown>>(
    `update rule_sets
        set state = $2,
            activated_by = case when $2 = 'active' then $3 else activated_by end,
            activated_at = case when $2 = 'active' then now() else activated_at end
      where id = $1 returning ${COLUMNS}`,
    [ruleSet.ruleSetId, state, userName(by.actor)],
  );
  const moved = storedRuleSet(rows[0]);
  await auditChange(db, moved, action, by, { from: ruleSet.state });
  return moved;
}

async function auditChange(
  db: Queryable,
  { subscriberId, ruleSetId, name, version, hash }: StoredRuleSet,
  action: string,
  { actor, reason }: Signed,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const details = { reason, name, version, hash, ...more };
  await audit(db, { subscriberId, subject: `ruleSet:${ruleSetId}`, action, actor, details });
}

function replacedBy(ruleSet: StoredRuleSet, { actor, reason }: Signed): Signed {
  return { actor, reason: `${nameOf(ruleSet)} takes its place: ${reason}` };
}
