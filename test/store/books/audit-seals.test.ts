import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isSealed, sealAudit, verifyAudit } from '../../../src/store/books/audit-seals.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

/** Entries that were recorded some minutes ago. */
async function happened(count: number, minutesAgo = 10): Promise<number[]> {
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into audit (subscriber_id, subject, action, actor, actor_kind, known_by, details, at)
     select 'shop', 'payment:' || n, 'note', 'ana', 'user', 'typed', jsonb_build_object('text', 'é ' || n),
            now() - make_interval(mins => $2)
       from generate_series(1, $1) as n returning id`,
    [count, minutesAgo],
  );
  return rows.map(({ id }) => id);
}

/** Changes the audit as the owner of the table can. */
async function tamper(sql: string, ...values: unknown[]): Promise<void> {
  await database.pool.query('alter table audit disable trigger all');
  await database.pool.query(sql, values);
  await database.pool.query('alter table audit enable trigger all');
}

describe('an audit that is sealed', () => {
  let first: number[];
  let second: number[];
  beforeEach(async () => {
    await tamper('delete from audit');
    await database.pool.query('alter table audit_seals disable trigger all');
    await database.pool.query('delete from audit_seals');
    first = await happened(5);
    await sealAudit(database.pool);
    second = await happened(5);
    await sealAudit(database.pool);
  });
  const broken = async () =>
    (await verifyAudit(database.pool)).broken.map(({ seal, found }) => [seal.lastId, seal.entries, found]);

  test('holds, whatever the session shows times as, and has nothing more to seal', async () => {
    expect(await verifyAudit(database.pool)).toMatchObject({ broken: [], entries: 10 });
    expect(await sealAudit(database.pool)).toBeUndefined();
    const other = await database.pool.connect();
    await other.query("set time zone 'Asia/Kathmandu'");
    other.release();
    expect(await broken()).toEqual([]);
  });

  test.each([
    ["details = jsonb_set(details, '{text}', '\"paid\"')"],
    ["actor = 'ben'"],
    ["actor_kind = 'part', known_by = null"],
    ["known_by = 'signedIn'"],
    ["door = 'desk'"],
    ["at = at + interval '1 microsecond'"],
    ["subject = 'payment:other'"],
  ])('shows one entry that was changed: %s', async (change) => {
    await tamper(`update audit set ${change} where id = $1`, first[2]);
    expect(await broken()).toEqual([[first.at(-1), 5, 5]]);
  });

  test('shows one that was removed and one that was inserted, each where it was', async () => {
    await tamper('delete from audit where id = $1', first[1]);
    await tamper('delete from audit where id = $1', second[1]);
    await tamper(
      `insert into audit (id, subscriber_id, subject, action, actor, actor_kind, known_by) overriding system value
       values ($1, 'shop', 'payment:1', 'note', 'eve', 'user', 'typed'), ($2, 'shop', 'payment:2', 'note', 'eve', 'user', 'typed')`,
      -1 + (first[0] ?? 0),
      second[1],
    );
    expect(await broken()).toEqual([
      [first.at(-1), 5, 5],
      [second.at(-1), 5, 5],
    ]);
  });

  test('shows the end that was cut off, and seals that were made anew do not have the one that was written down', async () => {
    const { head } = await verifyAudit(database.pool);
    await tamper('delete from audit where id = any($1)', second);
    expect(await broken()).toEqual([[second.at(-1), 5, 0]]);
    await database.pool.query('delete from audit_seals');
    await sealAudit(database.pool);
    expect(await broken()).toEqual([]);
    expect(await isSealed(database.pool, head?.hash ?? '')).toBe(false);
  });

  test('is sealed once by many at once, up to the first entry that others may still come before', async () => {
    const third = await happened(3);
    await happened(3, 1);
    await happened(3);
    const seals = await Promise.all(Array.from({ length: 5 }, () => sealAudit(database.pool)));
    expect(seals.filter((seal) => seal !== undefined)).toHaveLength(1);
    const { head, entries } = await verifyAudit(database.pool);
    expect(head?.lastId).toBe(third.at(-1));
    expect(entries).toBe(13);
  });
});
