import pg from 'pg';
import { inTransaction } from './postgres.ts';

/**
 * Lets a role use the record and not rewrite it: it neither owns the tables nor changes them, and to those that are only
 * appended to (ledger, audit, decisions …) it can only add rows. It is created where there is none of its name.
 * @param owner of the tables, as `migrate` connects
 * @param applicationUrl as the application connects: the same database, with the role's name and password
 */
export async function grantToApplication(owner: string, applicationUrl: string): Promise<void> {
  const { username, password } = new URL(applicationUrl);
  const role = pg.escapeIdentifier(decodeURIComponent(username));
  const pool = new pg.Pool({ connectionString: owner, max: 1 });
  try {
    await inTransaction(pool, async (db) => {
      // Roles belong to the whole server: several databases may be made ready at once.
      await db.query(`select pg_advisory_xact_lock(hashtext('application role'))`);
      const known = await db.query('select from pg_roles where rolname = $1', [decodeURIComponent(username)]);
      if (known.rowCount === 0)
        await db.query(
          `create role ${role} login password ${pg.escapeLiteral(decodeURIComponent(password))}`,
        );
      await db.query(`revoke all on all tables in schema public from ${role}`);
      await db.query(`grant usage on schema public to ${role}`);
      await db.query(`grant usage on all sequences in schema public to ${role}`);
      const { rows } = await db.query<{ name: string; is_appended_to: boolean }>(TABLES);
      for (const { name, is_appended_to: isAppendedTo } of rows)
        await db.query(
          `grant select, insert${isAppendedTo ? '' : ', update, delete'} on ${pg.escapeIdentifier(name)} to ${role}`,
        );
    });
  } finally {
    await pool.end();
  }
}

const TABLES = `
  select c.relname as name,
         exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'append_only') as is_appended_to
    from pg_class c
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and c.relname <> 'schema_migrations'`;
