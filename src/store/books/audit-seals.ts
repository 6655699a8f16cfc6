import type pg from 'pg';
import { z } from 'zod';
import { inTransaction } from '../db/postgres.ts';

/** A seal of the audit, which stands for every entry up to its last one. */
export interface AuditSeal {
  readonly lastId: number;
  /** How many entries there are since the seal before. */
  readonly entries: number;
  /** SHA-256, in hex, of the seal before and of these entries. */
  readonly hash: string;
  readonly at: Date;
}

/** What is not as it was sealed. */
export interface BrokenSeal {
  readonly afterId: number;
  readonly seal: AuditSeal;
  /** How many entries are there now. */
  readonly found: number;
}

const MOST_ENTRIES = 20_000;

/** Entries are numbered before they are committed: of those that are older than this, all have come. */
const SETTLED = `interval '2 minutes'`;

/**
 * Seals what the audit has since the last seal, up to the first entry of the last two minutes. Several at once make one seal.
 * @returns the newest of the seals that were made; undefined where there was nothing to seal
 */
export async function sealAudit(pool: pg.Pool): Promise<AuditSeal | undefined> {
  let newest: AuditSeal | undefined;
  for (;;) {
    const seal = await sealNext(pool);
    if (seal === undefined) return newest;
    newest = seal;
  }
}

async function sealNext(pool: pg.Pool): Promise<AuditSeal | undefined> {
  return inTransaction(pool, async (db) => {
    // A lock on the table would need more rights than to add a row.
    await db.query(`select pg_advisory_xact_lock(hashtext('audit_seals'))`);
    const { rows } = await db.query(
      `with before as (
         select last_id, hash from audit_seals union all select 0, '' order by last_id desc limit 1),
       unsettled as (
         select min(id) as id from audit where id > (select last_id from before) and at >= now() - ${SETTLED}),
       entries as (
         select id, ${ENTRY} as entry from audit
          where id > (select last_id from before) and id < coalesce((select id from unsettled), id + 1)
          order by id limit ${MOST_ENTRIES})
       insert into audit_seals (last_id, entries, hash)
       select max(id), count(*), ${hashOf('(select hash from before)')} from entries having count(*) > 0 returning *`,
    );
    return rows[0] === undefined ? undefined : sealOf(rows[0]);
  });
}

/**
 * Compares the audit with its seals.
 * @returns the seals that do not hold, and the last one; `head` undefined where nothing is sealed yet
 */
export async function verifyAudit(pool: pg.Pool): Promise<{
  readonly broken: readonly BrokenSeal[];
  readonly head: AuditSeal | undefined;
  readonly entries: number;
}> {
  const broken: BrokenSeal[] = [];
  let head: AuditSeal | undefined;
  let entries = 0;
  for (;;) {
    const { rows } = await pool.query(
      'select * from audit_seals where last_id > $1 order by last_id limit 1',
      [head?.lastId ?? 0],
    );
    if (rows[0] === undefined) return { broken, head, entries };
    const seal = sealOf(rows[0]);
    const afterId = head?.lastId ?? 0;
    const now = await pool.query(
      `with entries as (select id, ${ENTRY} as entry from audit where id > $1 and id <= $2)
       select count(*) as entries, ${hashOf('$3')} as hash from entries`,
      [afterId, seal.lastId, head?.hash ?? ''],
    );
    const found = z.object({ entries: z.number(), hash: z.string() }).parse(now.rows[0]);
    if (found.hash !== seal.hash) broken.push({ afterId, seal, found: found.entries });
    entries += found.entries;
    head = seal;
  }
}

/** Whether a hash that was written down elsewhere is one of the seals: they were not made anew. */
export async function isSealed(pool: pg.Pool, hash: string): Promise<boolean> {
  const { rowCount } = await pool.query('select from audit_seals where hash = $1', [hash]);
  return rowCount === 1;
}

/** An entry as it is sealed, whatever the session's time zone and formats. */
const ENTRY = `jsonb_build_array(id, subscriber_id, subject, action, actor, actor_kind, known_by, door, details,
  to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'))::text`;

function hashOf(before: string): string {
  return `encode(sha256(convert_to(${before} || coalesce(string_agg(entry, E'\\n' order by id), ''), 'UTF8')), 'hex')`;
}

const row = z.object({ last_id: z.number(), entries: z.number(), hash: z.string(), at: z.date() });

function sealOf(stored: unknown): AuditSeal {
  const { last_id: lastId, ...seal } = row.parse(stored);
  return { lastId, ...seal };
}
