import type { Queryable } from './postgres.ts';

/**
 * Records who did what to what, in the transaction that does it.
 * @param subject "payment:<uniqueReference>", "customer:<customerUuid>", "ruleSet:<ruleSetId>", "listEntry:<entryId>",
 *   "webhook:<endpointId>" or "notification:<eventId>"
 */
export async function audit(
  db: Queryable,
  entry: {
    readonly subscriberId: string;
    readonly subject: string;
    readonly action: string;
    readonly actor: string;
    readonly details?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  await db.query(
    'insert into audit (subscriber_id, subject, action, actor, details) values ($1, $2, $3, $4, $5)',
    [entry.subscriberId, entry.subject, entry.action, entry.actor, entry.details ?? {}],
  );
}
