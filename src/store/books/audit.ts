import { append, type AuditEntry } from './append.ts';
import type { Queryable } from '../db/postgres.ts';

/** Records who did what to what, in the transaction that does it. */
export async function audit(db: Queryable, entry: AuditEntry): Promise<void> {
  await append(db, { audits: [entry] });
}
