import { expect, test } from 'vitest';
import { testDatabase } from './database.ts';

test('each test database has the schema, and nothing of another one', async () => {
  const one = await testDatabase();
  const other = await testDatabase();
  const add = `insert into service_accounts (user_id, subscriber_id, password_hash, scopes) values ('u', 's', 'h', '{}')`;
  await one.pool.query(add);
  expect((await one.pool.query('select from service_accounts')).rowCount).toBe(1);
  expect((await other.pool.query('select from service_accounts')).rowCount).toBe(0);
  await Promise.all([one.drop(), other.drop()]);
});
