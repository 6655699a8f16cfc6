import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { grantToApplication } from '../../../src/store/db/application-role.ts';
import { audit } from '../../../src/store/books/append.ts';
import { createPool } from '../../../src/store/db/postgres.ts';
import { asApplication } from '../../../tools/stack/postgres.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await audit(database.pool, {
    subscriberId: 'shop',
    subject: 'payment:one',
    action: 'note',
    actor: { part: 'worker' },
  });
});
afterAll(() => database.drop());

test.each([
  "update audit set actor = 'another'",
  'delete from audit',
  'truncate audit',
  'update postings set amount_minor = 1',
  'delete from audit_seals',
  'alter table audit disable trigger append_only',
  'drop trigger append_only on audit',
  'create or replace function refuse_change() returns trigger language sql as $$ select null $$',
  "set session_replication_role = 'replica'",
  'drop table audit',
  "insert into schema_migrations (name, run_on) values ('9999', now())",
])('the application cannot rewrite its record: %s', async (sql) => {
  await expect(database.pool.query(sql)).rejects.toThrow(/permission denied|must be owner/);
  const { rowCount } = await database.ownerPool.query(
    "select from audit where subject = 'payment:one' and actor = 'worker'",
  );
  expect(rowCount).toBe(1);
});

test('a role is made once, keeps its rights however often they are given, and a table that is only appended to takes no change by it', async () => {
  const address = new URL(inject('postgresUrl'));
  address.pathname = new URL(database.url).pathname;
  const url = address.href;
  const application = new URL(asApplication(url));
  application.username = 'payment "block" two';
  application.password = "it's a secret";
  for (let again = 0; again < 2; again += 1) await grantToApplication(url, application.href);
  const pool = createPool(application.href, 'test', () => {});
  try {
    const { rows } = await pool.query<{ name: string }>(
      `select relname as name from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'schema_migrations'
          and has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
          and has_table_privilege(oid, 'update') is distinct from exists (
                select from pg_trigger where tgrelid = pg_class.oid and tgname = 'append_only')
        order by 1`,
    );
    const { rows: all } = await database.ownerPool.query(
      `select from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
    );
    expect(rows).toHaveLength(all.length - 1);
  } finally {
    await pool.end();
    await database.ownerPool.query(
      `drop owned by "payment ""block"" two"; drop role "payment ""block"" two"`,
    );
  }
});
