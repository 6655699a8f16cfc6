import { z } from 'zod';
import { doors, waysKnown } from '../../domain/people.ts';
import {
  type ChangeInFull,
  type ChangeState,
  changeKinds,
  changeStates,
  type ProposedChange,
} from '../../domain/proposed-change.ts';
import { ChangeRefused } from './change-refused.ts';
import type { Queryable } from '../db/postgres.ts';

/** Which proposed changes to list. */
export interface ChangePage {
  /** Left out: of every subscriber, and of everybody. */
  readonly subscriberId?: string | undefined;
  readonly state: ChangeState | 'all';
  /** Only those before this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Proposed changes, newest first. */
export async function proposedChanges(db: Queryable, page: ChangePage): Promise<ProposedChange[]> {
  const { rows } = await db.query(
    `select * from (${changes(HEAD)}) change
      where ($1::text is null or subscriber_id = $1) and ($2 = 'all' or state = $2) and ($3::bigint is null or id < $3)
      order by id desc limit $4`,
    [page.subscriberId ?? null, page.state, page.before ?? null, page.limit],
  );
  return rows.map((row) => changeOf(headRow.parse(row)));
}

/** One proposed change of a subscriber, in full; undefined where there is none. */
export async function proposedChange(
  db: Queryable,
  subscriberId: string,
  changeId: number,
): Promise<ChangeInFull | undefined> {
  const { rows } = await db.query(
    `select * from (${changes(`${HEAD}, content, before`)}) change where subscriber_id = $1 and id = $2`,
    [subscriberId, changeId],
  );
  if (rows[0] === undefined) return undefined;
  const { content, before, ...head } = fullRow.parse(rows[0]);
  return { ...changeOf(head), content, before };
}

/** The same. @throws ChangeRefused where there is none */
export async function requireChange(
  db: Queryable,
  subscriberId: string,
  changeId: number,
): Promise<ChangeInFull> {
  const change = await proposedChange(db, subscriberId, changeId);
  if (change) return change;
  throw new ChangeRefused('unknown', `there is no proposed change ${changeId} of ${subscriberId}`);
}

/** One that is over by its time is expired, also before a worker says so. */
const HEAD = `
  id, subscriber_id, kind, subject, summary, hash, proposed_by, proposed_known, reason, proposed_at, expires_at,
  case when state = 'open' and expires_at <= now() then 'expired' else state end as state,
  decided_by, decided_at, decision_reason`;

const changes = (columns: string) => `select ${columns} from proposed_changes`;

const json = z.string().transform((text): unknown => JSON.parse(text));

const headRow = z.object({
  id: z.number(),
  subscriber_id: z.string(),
  kind: z.enum(changeKinds),
  subject: z.string(),
  summary: z.string(),
  hash: z.string(),
  proposed_by: z.string(),
  proposed_known: json.pipe(z.object({ by: z.enum(waysKnown), door: z.enum(doors) })).nullable(),
  reason: z.string(),
  proposed_at: z.date(),
  expires_at: z.date(),
  state: z.enum(changeStates),
  decided_by: z.string().nullable(),
  decided_at: z.date().nullable(),
  decision_reason: z.string().nullable(),
});

const fullRow = headRow.extend({ content: json, before: json });

function changeOf(row: z.infer<typeof headRow>): ProposedChange {
  return {
    changeId: row.id,
    subscriberId: row.subscriber_id,
    kind: row.kind,
    subject: row.subject,
    summary: row.summary,
    hash: row.hash,
    proposedBy: row.proposed_by,
    proposedKnown: row.proposed_known,
    reason: row.reason,
    proposedAt: row.proposed_at,
    expiresAt: row.expires_at,
    state: row.state,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    decisionReason: row.decision_reason,
  };
}
