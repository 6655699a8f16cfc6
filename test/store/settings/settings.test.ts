import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  putSettings,
  settingsHistory,
  settingsInForce,
  settingsOfVersion,
} from '../../../src/store/settings/settings.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

const ana = { actor: 'ana', reason: 'as agreed' };
const document = 'reminderHours: 2\ndeadlineHours: 8\ndeadlineAction: stayHeld\n';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

test("a subscriber's own settings are in force before those of '*', and every version stays", async () => {
  const { pool } = database;
  expect(await settingsInForce(pool, 'review', 'acme')).toBeUndefined();
  await putSettings(pool, 'review', '*', document, ana);
  expect(await settingsInForce(pool, 'review', 'acme')).toMatchObject({ subscriberId: '*', version: 1 });

  await putSettings(pool, 'review', 'acme', document.replace('2', '3'), ana);
  await putSettings(pool, 'review', 'acme', document.replace('2', '4'), ana);
  expect(await settingsInForce(pool, 'review', 'acme')).toMatchObject({
    subscriberId: 'acme',
    version: 2,
    settings: { reminderHours: 4 },
  });
  expect(await settingsHistory(pool, 'review', 'acme')).toMatchObject([
    { version: 2 },
    { version: 1, createdBy: 'ana', document: document.replace('2', '3') },
  ]);
  await expect(pool.query("update settings set document = 'x'")).rejects.toThrow('append-only');
});

test("settings that are cleared leave what '*' has, and a review that goes by them still finds them", async () => {
  const { pool } = database;
  await putSettings(pool, 'review', '*', document, ana);
  await putSettings(pool, 'review', 'cleared', document.replace('2', '3'), ana);
  await putSettings(pool, 'review', 'cleared', null, ana);
  expect(await settingsInForce(pool, 'review', 'cleared')).toMatchObject({ subscriberId: '*' });
  const gone = await settingsOfVersion(pool, 'review', { subscriberId: 'cleared', version: 1 });
  expect(gone).toMatchObject({ reminderHours: 3 });
  await putSettings(pool, 'review', 'cleared', document, ana);
  expect(await settingsInForce(pool, 'review', 'cleared')).toMatchObject({
    subscriberId: 'cleared',
    version: 3,
  });
});

test('the same document again is the version in force, and one put twice at once becomes one version', async () => {
  const put = () => putSettings(database.pool, 'review', 'twice', document, ana);
  expect((await Promise.all([put(), put(), put()])).map(({ version }) => version)).toEqual([1, 1, 1]);
});

test('settings that are wrong are refused with every field named, and nothing is stored', async () => {
  const wrong = putSettings(
    database.pool,
    'review',
    'wrong',
    'reminderHours: soon\ndeadlineAction: shrug\nx: 1',
    ana,
  );
  await expect(wrong).rejects.toThrow(
    [
      '  reminderHours: must be a number',
      '  deadlineHours: is missing',
      '  deadlineAction: is none of refund, release, stayHeld',
      '  document: has what is not known here: x',
    ].join('\n'),
  );
  await expect(putSettings(database.pool, 'review', 'wrong', 'a: [', ana)).rejects.toThrow('no YAML');
  expect(await settingsHistory(database.pool, 'review', 'wrong')).toEqual([]);
});
