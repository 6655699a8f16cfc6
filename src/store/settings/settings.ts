import type pg from 'pg';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { zodMessages } from '../../wire/zod-messages.ts';
import type { SettingsVersion } from '../../domain/review.ts';
import { type SettingsByKind, type SettingsKind, settingsKinds } from '../../settings/kinds.ts';
import { audit } from '../books/append.ts';
import { inTransaction, type Queryable } from '../db/postgres.ts';
import { EVERYBODY, type Signed, userName } from '../../domain/people.ts';

/** One version of what a subscriber has set. It never changes; a change is the next version. */
export interface StoredSettings {
  /** Who set it: the subscriber itself, or '*' beneath all. */
  readonly subscriberId: string;
  readonly version: number;
  /** Null where this version sets nothing. */
  readonly document: string | null;
  readonly createdBy: string;
  readonly reason: string;
  readonly createdAt: Date;
}

/** A version that sets something, and what. */
export interface SettingsInForce<K extends SettingsKind> extends StoredSettings {
  readonly document: string;
  readonly settings: SettingsByKind[K];
}

/** Settings that cannot be used: every problem on a line of its own. */
export class SettingsRefused extends Error {
  override readonly name = 'SettingsRefused';
}

/**
 * Puts a new version into force, in a transaction of the caller's; the same document as the one in force stays that version.
 * @param document YAML or JSON; null sets nothing any more, so that what '*' or the worker has holds again
 * @throws SettingsRefused with every field that is wrong
 */
export async function storeSettings(
  db: Queryable,
  kind: SettingsKind,
  subscriberId: string,
  document: string | null,
  { actor, reason }: Signed,
): Promise<StoredSettings> {
  if (document !== null) readSettings(kind, document);
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `settings ${subscriberId} ${kind}`,
  ]);
  const [newest] = await settingsHistory(db, kind, subscriberId);
  if (newest?.document === document) return newest;
  if (newest === undefined && document === null)
    throw new SettingsRefused(`${subscriberId} has set no ${kind} settings: there is nothing to clear`);
  const { rows } = await db.query(
    `insert into settings (subscriber_id, kind, version, document, created_by, reason)
     values ($1, $2, $3, $4, $5, $6) returning *`,
    [subscriberId, kind, (newest?.version ?? 0) + 1, document, userName(actor), reason],
  );
  const stored = storedSettings(rows[0]);
  const details = { version: stored.version, reason };
  const action = document === null ? 'settingsCleared' : 'settingsPut';
  await audit(db, { subscriberId, subject: `settings:${kind}`, action, actor, details });
  return stored;
}

/** The same in a transaction of its own, without asking whether it takes two people. */
export async function putSettings(
  pool: pg.Pool,
  ...settings: [kind: SettingsKind, subscriberId: string, document: string | null, by: Signed]
): Promise<StoredSettings> {
  return inTransaction(pool, (db) => storeSettings(db, ...settings));
}

/** Every version that a subscriber has set, the newest first. */
export async function settingsHistory(
  db: Queryable,
  kind: SettingsKind,
  subscriberId: string,
): Promise<StoredSettings[]> {
  const { rows } = await db.query(
    'select * from settings where subscriber_id = $1 and kind = $2 order by version desc',
    [subscriberId, kind],
  );
  return rows.map(storedSettings);
}

/** What is in force for a subscriber: the newest of its own, else the newest of '*'; undefined where there is neither. */
export async function settingsInForce<K extends SettingsKind>(
  db: Queryable,
  kind: K,
  subscriberId: string,
): Promise<SettingsInForce<K> | undefined> {
  const { rows } = await db.query(
    `select * from (select distinct on (subscriber_id) * from settings
                     where subscriber_id in ($1, $3) and kind = $2
                     order by subscriber_id, version desc) newest
      where document is not null order by subscriber_id = $3 limit 1`,
    [subscriberId, kind, EVERYBODY],
  );
  return rows[0] === undefined ? undefined : inForceOf(kind, storedSettings(rows[0]));
}

/** One version of a subscriber's settings, in force or not. */
export async function settingsOfVersion<K extends SettingsKind>(
  db: Queryable,
  kind: K,
  { subscriberId, version }: SettingsVersion,
): Promise<SettingsByKind[K]> {
  const { rows } = await db.query(
    'select * from settings where subscriber_id = $1 and kind = $2 and version = $3',
    [subscriberId, kind, version],
  );
  return inForceOf(kind, storedSettings(rows[0])).settings;
}

function inForceOf<K extends SettingsKind>(kind: K, stored: StoredSettings): SettingsInForce<K> {
  const { document } = stored;
  if (document === null) throw new Error(`version ${stored.version} of the ${kind} settings sets nothing`);
  return { ...stored, document, settings: readSettings(kind, document) };
}

/** Reads a document of settings. @throws SettingsRefused with every field that is wrong */
export function readSettings<K extends SettingsKind>(kind: K, text: string): SettingsByKind[K] {
  const yaml = parseDocument(text);
  const [problem] = yaml.errors;
  if (problem) throw new SettingsRefused(`the ${kind} settings are no YAML: ${problem.message}`);
  const read = settingsKinds[kind].safeParse(yaml.toJS(), { error: zodMessages });
  if (read.success) return read.data;
  const problems = read.error.issues.map(
    ({ path, message }) => `  ${path.join('.') || 'document'}: ${message}`,
  );
  throw new SettingsRefused(
    `the ${kind} settings cannot be used until this is put right:\n${problems.join('\n')}`,
  );
}

const settingsRow = z.object({
  subscriber_id: z.string(),
  version: z.int(),
  document: z.string().nullable(),
  created_by: z.string(),
  reason: z.string(),
  created_at: z.date(),
});

function storedSettings(value: unknown): StoredSettings {
  const row = settingsRow.parse(value);
  return {
    subscriberId: row.subscriber_id,
    version: row.version,
    document: row.document,
    createdBy: row.created_by,
    reason: row.reason,
    createdAt: row.created_at,
  };
}
