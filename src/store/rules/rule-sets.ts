import { EVERYBODY, isSamePerson, type Signed } from '../../domain/people.ts';
import type pg from 'pg';
import { z } from 'zod';
import type { RuleSetProblem } from '../../rules/document.ts';
import { formatProblem } from '../../rules/parse-rule-set.ts';
import { audit } from '../books/audit.ts';
import { inTransaction, type Queryable } from '../db/postgres.ts';
import { readDocument } from './rule-set-document.ts';

export const ruleSetStates = ['draft', 'shadow', 'active', 'retired'] as const;

/** draft → shadow → active → retired. A retired version may be made active again: the fastest way back. */
export type RuleSetState = (typeof ruleSetStates)[number];

/** One version of a subscriber's rules. Its document never changes, its state does. */
export interface StoredRuleSet {
  readonly ruleSetId: string;
  readonly subscriberId: string;
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly state: RuleSetState;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Of the last time it became the active one. */
  readonly activatedBy: string | null;
  readonly activatedAt: Date | null;
}

/** One change of a version, as the audit has it. */
export interface RuleSetChange extends Signed {
  readonly action: string;
  readonly at: Date;
}

/** A change that is not made. The message says why, and what can be done instead. */
export class RuleSetRefused extends Error {
  override readonly name = 'RuleSetRefused';
  readonly kind: 'unknown' | 'invalid' | 'taken' | 'state' | 'fourEyes';
  /** What is wrong with the document; only for `invalid`. */
  readonly problems: readonly RuleSetProblem[];

  constructor(kind: RuleSetRefused['kind'], message: string, problems: readonly RuleSetProblem[] = []) {
    super(message);
    this.kind = kind;
    this.problems = problems;
  }
}

/** The refusal of a document, with everything that is wrong with it. */
export function refusedFor(problems: readonly RuleSetProblem[]): RuleSetRefused {
  const list = problems.map(formatProblem).join('\n');
  return new RuleSetRefused(
    'invalid',
    `the rule set cannot be used until this is put right:\n${list}`,
    problems,
  );
}

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
    const same = await one(db, 'subscriber_id = $1 and hash = $2', [subscriberId, hash]);
    if (same) return same;
    if (await one(db, 'subscriber_id = $1 and name = $2 and version = $3', [subscriberId, name, version])) {
      throw new RuleSetRefused(
        'taken',
        `there is a version ${version} of "${name}" already, with another document, and a version never changes. ` +
          'Give this one the next number',
      );
    }
    const { rows } = await db.query<Record<string, unknown>>(
      `insert into rule_sets (subscriber_id, name, version, hash, document, created_by)
       values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
      [subscriberId, name, version, hash, document, by.actor],
    );
    const added = storedRuleSet(rows[0]);
    await auditChange(db, added, 'ruleSetAdded', by);
    return added;
  });
}

/** A subscriber's versions, the newest first. */
export async function ruleSetsOf(db: Queryable, subscriberId: string): Promise<StoredRuleSet[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${COLUMNS} from rule_sets where subscriber_id = $1 order by created_at desc, id`,
    [subscriberId],
  );
  return rows.map(storedRuleSet);
}

/**
 * One version of a subscriber.
 * @param ref its id or its hash, or how one of them starts (six characters or more)
 * @throws RuleSetRefused where there is none, or more than one
 */
export async function ruleSetByRef(db: Queryable, subscriberId: string, ref: string): Promise<StoredRuleSet> {
  const found = await findByRef(db, subscriberId, ref);
  if (found === undefined) throw unknownRuleSet(ref);
  return found;
}

/** One version that a subscriber may see: its own, or one of the default beneath. @throws RuleSetRefused */
export async function visibleRuleSet(
  db: Queryable,
  subscriberId: string,
  ref: string,
): Promise<StoredRuleSet> {
  return (await findByRef(db, subscriberId, ref)) ?? ruleSetByRef(db, EVERYBODY, ref);
}

/** The versions that a subscriber may see: its own, then those of the default beneath, the newest first. */
export async function visibleRuleSets(db: Queryable, subscriberId: string): Promise<StoredRuleSet[]> {
  const own = await ruleSetsOf(db, subscriberId);
  return subscriberId === EVERYBODY ? own : [...own, ...(await ruleSetsOf(db, EVERYBODY))];
}

/** A version's document as it was added, and every change of its state, oldest first. */
export async function ruleSetInFull(
  db: Queryable,
  { ruleSetId, subscriberId }: StoredRuleSet,
): Promise<{ document: string; changes: RuleSetChange[] }> {
  const { rows } = await db.query<Record<string, unknown>>('select document from rule_sets where id = $1', [
    ruleSetId,
  ]);
  const { rows: changes } = await db.query<Record<string, unknown>>(
    `select action, actor, details ->> 'reason' as reason, at from audit
      where subscriber_id = $1 and subject = 'ruleSet:' || $2::text order by id`,
    [subscriberId, ruleSetId],
  );
  const { document } = z.object({ document: z.string() }).parse(rows[0]);
  return { document, changes: z.array(changeRow).parse(changes) };
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
    const earlier = await one(db, `subscriber_id = $1 and state = 'shadow'`, [subscriberId]);
    if (earlier) await move(db, earlier, 'draft', 'ruleSetLeftShadow', replacedBy(ruleSet, by));
    return move(db, ruleSet, 'shadow', 'ruleSetInShadow', by);
  });
}

/**
 * Makes a version the one that decides; the one that did is retired in the same transaction.
 * @param fourEyes whether it takes another person than the one who added it
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
    if (fourEyes && isSamePerson(ruleSet.createdBy, by.actor)) {
      throw new RuleSetRefused(
        'fourEyes',
        `${ruleSet.createdBy} added ${nameOf(ruleSet)}, so another person has to activate it`,
      );
    }
    const earlier = await one(db, `subscriber_id = $1 and state = 'active'`, [subscriberId]);
    if (earlier) await move(db, earlier, 'retired', 'ruleSetRetired', replacedBy(ruleSet, by));
    return move(db, ruleSet, 'active', 'ruleSetActivated', by);
  });
}

/**
 * Takes a version out of use. Without an active one, the default beneath decides.
 * @param fourEyes whether the active one can only be replaced: to fall back to the default takes no second person
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
    if (fourEyes && ruleSet.state === 'active') {
      throw new RuleSetRefused(
        'fourEyes',
        `${nameOf(ruleSet)} is active, and one person alone cannot take it away: have another version activated, ` +
          'which retires this one',
      );
    }
    return move(db, ruleSet, 'retired', 'ruleSetRetired', by);
  });
}

/** A version for people: version 3 of "default". */
export function nameOf({ name, version }: Pick<StoredRuleSet, 'name' | 'version'>): string {
  return `version ${version} of "${name}"`;
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
    [ruleSet.ruleSetId, state, by.actor],
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

async function findByRef(
  db: Queryable,
  subscriberId: string,
  ref: string,
): Promise<StoredRuleSet | undefined> {
  const start = ref.toLowerCase();
  if (!/^[\da-f][\da-f-]{5,63}$/.test(start)) throw unknownRuleSet(ref);
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${COLUMNS} from rule_sets
      where subscriber_id = $1 and (id::text like $2 || '%' or hash like $2 || '%') limit 2`,
    [subscriberId, start],
  );
  if (rows.length > 1) {
    throw new RuleSetRefused('unknown', `"${ref}" is how several versions start: write more of it`);
  }
  return rows[0] === undefined ? undefined : storedRuleSet(rows[0]);
}

function unknownRuleSet(ref: string): RuleSetRefused {
  const help = 'name it by its id or hash, or the first six characters or more of one';
  return new RuleSetRefused('unknown', `there is no rule set "${ref}": ${help}`);
}

const COLUMNS = `id, subscriber_id, name, version, hash, state, created_by, created_at, activated_by, activated_at`;

async function one(
  db: Queryable,
  where: string,
  values: readonly (string | number)[],
): Promise<StoredRuleSet | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${COLUMNS} from rule_sets where ${where}`,
    [...values],
  );
  return rows[0] === undefined ? undefined : storedRuleSet(rows[0]);
}

const ruleSetRow = z.object({
  id: z.string(),
  subscriber_id: z.string(),
  name: z.string(),
  version: z.int(),
  hash: z.string(),
  state: z.enum(ruleSetStates),
  created_by: z.string(),
  created_at: z.date(),
  activated_by: z.string().nullable(),
  activated_at: z.date().nullable(),
});

const changeRow = z.object({
  action: z.string(),
  actor: z.string(),
  reason: z.string(),
  at: z.date(),
});

function storedRuleSet(row: unknown): StoredRuleSet {
  const stored = ruleSetRow.parse(row);
  return {
    ruleSetId: stored.id,
    subscriberId: stored.subscriber_id,
    name: stored.name,
    version: stored.version,
    hash: stored.hash,
    state: stored.state,
    createdBy: stored.created_by,
    createdAt: stored.created_at,
    activatedBy: stored.activated_by,
    activatedAt: stored.activated_at,
  };
}
