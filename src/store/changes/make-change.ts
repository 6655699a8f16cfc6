import { createHash } from 'node:crypto';
import type pg from 'pg';
import { comparableName, type Known, recordedActor, type Signed } from '../../domain/people.ts';
import type { Made, ProposedChange } from '../../domain/proposed-change.ts';
import { audit } from '../books/append.ts';
import { inTransaction, type Queryable } from '../db/postgres.ts';
import { takesTwo } from '../settings/takes-two.ts';
import { openTask } from '../tasks/tasks.ts';
import type { ChangeKind } from './change-kind.ts';
import { requireChange } from './proposed-changes.ts';

/**
 * Makes a change of a subscriber's, or puts it on record as proposed where it takes two people. What could not be carried
 * out is refused either way, as the change itself refuses it.
 * @param secret what it needs and must not be read, as it is stored: a password's hash, a sealed secret
 */
export async function makeChange<C, R>(
  pool: pg.Pool,
  kind: ChangeKind<C, R>,
  subscriberId: string,
  content: C,
  by: Signed,
  secret?: string,
): Promise<Made<R>> {
  return inTransaction(pool, async (db) => {
    await lockChanges(db, subscriberId);
    const now = await kind.now(db, subscriberId, content);
    const carryOut = () => kind.carryOut(db, subscriberId, content, by, secret);
    if (now === undefined || !(await takesTwo(db, subscriberId, kind.area(content))))
      return { done: await carryOut() };
    const summary = await kind.summary(db, subscriberId, content);
    // It is tried, and undone: what the record would refuse is refused before a second person reads it.
    await db.query('savepoint proposed');
    await carryOut();
    await db.query('rollback to savepoint proposed');
    return { proposed: await propose(db, kind, { subscriberId, content, now, summary, by, secret }) };
  });
}

/** Changes of one subscriber that may take two people come one after the other, in the caller's transaction. */
export async function lockChanges(db: Queryable, subscriberId: string): Promise<void> {
  await db.query(`select pg_advisory_xact_lock(hashtextextended('changes ' || $1, 0))`, [subscriberId]);
}

interface Proposal<C> {
  readonly subscriberId: string;
  readonly content: C;
  readonly now: unknown;
  readonly summary: string;
  readonly by: Signed;
  readonly secret?: string | null | undefined;
}

const LIFETIME_MS = 7 * 24 * 3600_000;

async function propose<C, R>(
  db: Queryable,
  kind: ChangeKind<C, R>,
  { subscriberId, content, now, summary, by, secret = null }: Proposal<C>,
): Promise<ProposedChange> {
  const proposedAt = new Date();
  const { name: proposedBy, known: proposedKnown = null } = recordedActor(by.actor);
  const what = {
    subscriberId,
    kind: kind.name,
    subject: kind.subject(content),
    summary,
    content: JSON.stringify(content),
    before: JSON.stringify(now),
    proposedBy,
    proposedKnown,
    reason: by.reason,
    proposedAt,
    secret,
  };
  const hash = hashOfChange(what);
  const { rows } = await db.query<{ id: number }>(
    `insert into proposed_changes (subscriber_id, kind, subject, summary, content, before, hash, proposed_by,
                                   proposed_by_key, proposed_known, reason, proposed_at, expires_at, secret)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning id`,
    [
      subscriberId,
      what.kind,
      what.subject,
      summary,
      what.content,
      what.before,
      hash,
      proposedBy,
      comparableName(proposedBy),
      proposedKnown && JSON.stringify(proposedKnown),
      by.reason,
      proposedAt,
      new Date(proposedAt.getTime() + LIFETIME_MS),
      secret,
    ],
  );
  const changeId = Number(rows[0]?.id);
  const details = { change: changeId, kind: what.kind, hash, reason: by.reason };
  const after = kind.audited(content);
  await audit(db, {
    subscriberId,
    subject: what.subject,
    action: 'changeProposed',
    actor: by.actor,
    details: { ...details, before: now, after },
  });
  await openTask(db, {
    subscriberId,
    kind: 'changeProposed',
    subject: taskSubject(changeId),
    summary: `Change ${changeId}: ${proposedBy} proposes to ${summary} (${by.reason})`,
    details: { changeId, hash },
  });
  return requireChange(db, subscriberId, changeId);
}

/** What the task about a proposed change is about. */
export function taskSubject(changeId: number): string {
  return `change:${changeId}`;
}

/** What the hash stands for. */
export interface HashedChange {
  readonly subscriberId: string;
  readonly kind: string;
  readonly subject: string;
  readonly summary: string;
  /** As JSON, as it is stored. */
  readonly content: string;
  readonly before: string;
  readonly proposedBy: string;
  readonly proposedKnown: Known | null;
  readonly reason: string;
  readonly proposedAt: Date;
  readonly secret: string | null;
}

/** Stands for all that is proposed, and who proposed it when and why. 128 bits: another one with the same cannot be found. */
export function hashOfChange(change: HashedChange): string {
  const { subscriberId, kind, subject, summary, content, before, secret } = change;
  const { proposedBy, proposedKnown, reason, proposedAt } = change;
  const what = [subscriberId, kind, subject, summary, content, before, secret];
  const hashed = [...what, proposedBy, proposedKnown?.by, proposedKnown?.door, reason, proposedAt];
  return createHash('sha256').update(JSON.stringify(hashed)).digest('hex').slice(0, 32);
}
