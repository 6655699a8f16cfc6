import { z } from 'zod';
import { EVERYBODY, type Signed } from '../../domain/people.ts';
import type { Queryable } from '../db/postgres.ts';
import { RuleSetRefused } from './rule-set-refused.ts';

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
export interface RuleSetChange extends Signed<string> {
  readonly action: string;
  readonly at: Date;
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
 * @param ref NAME@VERSION, its id or its hash, or how one of these two starts (six characters or more)
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

/** A version for people: version 3 of "default". */
export function nameOf({ name, version }: Pick<StoredRuleSet, 'name' | 'version'>): string {
  return `version ${version} of "${name}"`;
}

async function findByRef(
  db: Queryable,
  subscriberId: string,
  ref: string,
): Promise<StoredRuleSet | undefined> {
  const [, name, version] = /^(.+)@(\d{1,9})$/.exec(ref) ?? [];
  if (name !== undefined) return findByName(db, subscriberId, name, Number(version));
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

async function findByName(
  db: Queryable,
  subscriberId: string,
  name: string,
  version: number,
): Promise<StoredRuleSet | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${COLUMNS} from rule_sets where subscriber_id = $1 and name = $2 and version = $3`,
    [subscriberId, name, version],
  );
  return rows[0] === undefined ? undefined : storedRuleSet(rows[0]);
}

function unknownRuleSet(ref: string): RuleSetRefused {
  const help = 'name it as NAME@VERSION, by its id or hash, or by the first six characters or more of one';
  return new RuleSetRefused('unknown', `there is no rule set "${ref}": ${help}`);
}

export const COLUMNS = `id, subscriber_id, name, version, hash, state, created_by, created_at, activated_by, activated_at`;

/** @param where a condition on one version */
export async function oneRuleSet(
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

/** @param row with COLUMNS */
export function storedRuleSet(row: unknown): StoredRuleSet {
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
