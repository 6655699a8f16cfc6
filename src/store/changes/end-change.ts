import type pg from 'pg';
import { z } from 'zod';
import {
  type Actor,
  comparableName,
  isSamePerson,
  recordedActor,
  type Signed,
  userName,
} from '../../domain/people.ts';
import type { ChangeInFull, ProposedChange } from '../../domain/proposed-change.ts';
import { audit } from '../books/append.ts';
import { inTransaction, type Queryable } from '../db/postgres.ts';
import { closeTask } from '../tasks/tasks.ts';
import { ChangeRefused } from './change-refused.ts';
import { kindOnRecord } from './kinds.ts';
import { hashOfChange, lockChanges, taskSubject } from './make-change.ts';
import { requireChange } from './proposed-changes.ts';

/** Which proposed change of whose. */
export interface ChangeRef {
  readonly subscriberId: string;
  readonly changeId: number;
}

/**
 * Carries out what another person has proposed, exactly that, in one transaction with the audit of both.
 * @param hash of the change as it was read
 * @throws ChangeRefused
 */
export async function confirmChange(
  pool: pg.Pool,
  ref: ChangeRef,
  hash: string,
  by: Signed,
): Promise<ProposedChange> {
  return inTransaction(pool, async (db) => {
    const { change, secret, isAsProposed } = await lockOpen(db, ref);
    const { proposedBy, proposedKnown, reason, content } = change;
    if (isSamePerson(proposedBy, userName(by.actor))) {
      throw new ChangeRefused('fourEyes', `${proposedBy} has proposed it: another person has to confirm it`);
    }
    if (hash !== change.hash) {
      throw new ChangeRefused(
        'stale',
        'the hash is not that of this change: read it again, and confirm what you read',
      );
    }
    if (!isAsProposed) {
      throw new ChangeRefused(
        'stale',
        'its content is not what was proposed: the record was changed. Reject it, and tell an engineer',
      );
    }
    const kind = kindOnRecord(change.kind);
    const now = await kind.nowOnRecord(db, ref.subscriberId, content);
    if (JSON.stringify(now) !== JSON.stringify(change.before)) {
      throw new ChangeRefused(
        'stale',
        'what it changes is not what it was when it was proposed: reject it, and propose it anew',
      );
    }
    const proposer = proposedKnown ? { name: proposedBy, known: proposedKnown } : proposedBy;
    await kind.carryOutRecorded(db, ref.subscriberId, content, { actor: proposer, reason }, secret);
    return end(db, change, { state: 'confirmed', actor: by.actor, reason: by.reason });
  });
}

/** Takes back what was proposed: the one who proposed it may, and another person. @throws ChangeRefused */
export async function rejectChange(pool: pg.Pool, ref: ChangeRef, by: Signed): Promise<ProposedChange> {
  return inTransaction(pool, async (db) => {
    const { change } = await lockOpen(db, ref);
    return end(db, change, { state: 'rejected', actor: by.actor, reason: by.reason });
  });
}

/** Ends what nobody has confirmed in its time. */
export async function expireChanges(pool: pg.Pool): Promise<void> {
  await inTransaction(pool, async (db) => {
    const { rows } = await db.query<{ id: number; subscriber_id: string }>(
      `select id, subscriber_id from proposed_changes where state = 'open' and expires_at <= now()
        order by id limit 1000 for update skip locked`,
    );
    for (const { id: changeId, subscriber_id: subscriberId } of rows) {
      const change = await requireChange(db, subscriberId, changeId);
      await end(db, change, {
        state: 'expired',
        actor: { part: 'expiry' },
        reason: 'no second person in time',
      });
    }
  });
}

const stored = z.object({ content: z.string(), before: z.string(), secret: z.string().nullable() });

interface OpenChange {
  readonly change: ChangeInFull;
  readonly secret: string | undefined;
  /** Whether its content still is what its hash stands for. */
  readonly isAsProposed: boolean;
}

/** Locks a change that may still be ended. */
async function lockOpen(db: Queryable, { subscriberId, changeId }: ChangeRef): Promise<OpenChange> {
  await lockChanges(db, subscriberId);
  const { rows } = await db.query(
    'select content, before, secret from proposed_changes where subscriber_id = $1 and id = $2 for update',
    [subscriberId, changeId],
  );
  const change = await requireChange(db, subscriberId, changeId);
  if (change.state === 'expired')
    throw new ChangeRefused('ended', `it has expired ${change.expiresAt.toISOString()}: propose it anew`);
  if (change.state !== 'open')
    throw new ChangeRefused('ended', `${change.decidedBy} has ${change.state} it: ${change.decisionReason}`);
  const { content, before, secret } = stored.parse(rows[0]);
  const isAsProposed = hashOfChange({ ...change, content, before, secret }) === change.hash;
  return { change, secret: secret ?? undefined, isAsProposed };
}

interface Ending {
  readonly state: 'confirmed' | 'rejected' | 'expired';
  readonly actor: Actor;
  readonly reason: string;
}

const ACTIONS = {
  confirmed: 'changeConfirmed',
  rejected: 'changeRejected',
  expired: 'changeExpired',
} as const;

async function end(
  db: Queryable,
  { subscriberId, changeId, kind, subject, content, before, hash, proposedBy }: ChangeInFull,
  { state, actor, reason }: Ending,
): Promise<ProposedChange> {
  const { name } = recordedActor(actor);
  await db.query(
    `update proposed_changes set state = $2, decided_by = $3, decided_by_key = $4, decided_at = now(),
            decision_reason = $5, secret = null where id = $1`,
    [changeId, state, name, comparableName(name), reason],
  );
  const after = kindOnRecord(kind).auditedOnRecord(content);
  const details = { change: changeId, kind, hash, reason, proposedBy, before, after };
  await audit(db, { subscriberId, subject, action: ACTIONS[state], actor, details });
  const task = { subscriberId, kind: 'changeProposed', subject: taskSubject(changeId) } as const;
  await closeTask(db, task, actor, `the change is ${state}: ${reason}`);
  return requireChange(db, subscriberId, changeId);
}
