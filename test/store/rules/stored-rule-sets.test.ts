import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createPool } from '../../../src/store/db/postgres.ts';
import { activateRuleSet, addRuleSet, shadowRuleSet } from '../../../src/store/rules/rule-sets.ts';
import { EVERYBODY } from '../../../src/domain/people.ts';
import { StoredRuleSets } from '../../../src/store/rules/stored-rule-sets.ts';
import { ruleSetOf } from '../../support/rule-sets.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { documentOf } from '../../support/rule-documents.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const fallback = ruleSetOf([], { name: 'fallback' });
const ana = { actor: 'ana', reason: 'a test' };
const UP_TO_DATE_WITHIN_MS = 5_000;

function someone(): string {
  return `subscriber-${randomUUID()}`;
}

async function activated(subscriber: string, document: string): Promise<void> {
  const { ruleSetId } = await addRuleSet(database.pool, subscriber, document, ana);
  await activateRuleSet(database.pool, subscriber, ruleSetId, ana, false);
}

/** Past every check: what a later version of the software could add, and this one cannot read. */
async function insertActive(subscriber: string, document: string): Promise<void> {
  await database.pool.query(
    `update rule_sets set state = 'retired' where subscriber_id = $1 and state = 'active'`,
    [subscriber],
  );
  await database.pool.query(
    `insert into rule_sets (subscriber_id, name, version, hash, document, state, created_by, activated_by, activated_at)
     values ($1, 'later', 1, $2, $3, 'active', 'ana', 'ben', now())`,
    [subscriber, createHash('sha256').update(document).digest('hex'), document],
  );
}

async function decider(ruleSets: StoredRuleSets, subscriber: string): Promise<string> {
  const { name, version } = (await ruleSets.of(subscriber)).active;
  return `${name} ${version}`;
}

test('an activation is taken up by other processes within five seconds, without a restart', async () => {
  const subscriber = someone();
  const elsewhere = createPool(database.url, 'another process', () => {});
  const processes = [
    new StoredRuleSets(database.pool, fallback, () => {}),
    new StoredRuleSets(elsewhere, fallback, () => {}),
  ];
  const deciders = () => Promise.all(processes.map((ruleSets) => decider(ruleSets, subscriber)));
  expect(await deciders()).toEqual(['fallback 1', 'fallback 1']);
  for (const version of [1, 2]) {
    await activated(subscriber, documentOf({ version }));
    await vi.waitFor(
      async () => expect(await deciders()).toEqual([`trial ${version}`, `trial ${version}`]),
      UP_TO_DATE_WITHIN_MS,
    );
  }
  await elsewhere.end();
});

test('many calls at once ask the record once, and the next ones not at all', async () => {
  const subscriber = someone();
  await activated(subscriber, documentOf());
  const query = vi.spyOn(database.pool, 'query');
  const ruleSets = new StoredRuleSets(database.pool, fallback, () => {});
  await Promise.all(Array.from({ length: 50 }, () => ruleSets.of(subscriber)));
  for (let call = 0; call < 50; call += 1) await ruleSets.of(subscriber);
  // What is in force, and its document.
  expect(query).toHaveBeenCalledTimes(2);
  query.mockRestore();
});

test('the default beneath decides, and is tried, where a subscriber has activated nothing', async () => {
  const [own, other] = [someone(), someone()];
  await activated(EVERYBODY, documentOf({ name: 'default', version: 7 }));
  const { ruleSetId } = await addRuleSet(
    database.pool,
    EVERYBODY,
    documentOf({ name: 'default', version: 8 }),
    ana,
  );
  await shadowRuleSet(database.pool, EVERYBODY, ruleSetId, ana);
  await activated(own, documentOf({ version: 3 }));
  const ruleSets = new StoredRuleSets(database.pool, fallback, () => {});
  expect(await ruleSets.of(other)).toMatchObject({
    active: { name: 'default', version: 7 },
    shadow: { ruleSetId, ruleSet: { version: 8 } },
  });
  const ofOwn = await ruleSets.of(own);
  expect(ofOwn.active).toMatchObject({ name: 'trial', version: 3 });
  expect(ofOwn.shadow).toBeUndefined();
});

test('an active document that cannot be read stops nothing: the last good one decides, also after a restart', async () => {
  const subscriber = someone();
  await activated(subscriber, documentOf({ version: 1 }));
  await activated(subscriber, documentOf({ version: 2 }));
  const complain = vi.fn<(problem: string) => void>();
  const before = new StoredRuleSets(database.pool, fallback, complain);
  expect(await decider(before, subscriber)).toBe('trial 2');
  await insertActive(subscriber, 'rules: [of a later version');
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  expect(await decider(before, subscriber)).toBe('trial 2');
  expect(complain).toHaveBeenCalledWith(
    expect.stringMatching(/active rule set .* cannot be read .* line 1/s),
  );

  expect(await decider(new StoredRuleSets(database.pool, fallback, () => {}), subscriber)).toBe('trial 2');
});

test('a record that does not answer leaves the last known rule sets in force', async () => {
  const subscriber = someone();
  await activated(subscriber, documentOf());
  const pool = createPool(database.url, 'about to break', () => {});
  const complain = vi.fn<(problem: string) => void>();
  const ruleSets = new StoredRuleSets(pool, fallback, complain);
  expect(await decider(ruleSets, subscriber)).toBe('trial 1');
  await pool.end();
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  expect(await decider(ruleSets, subscriber)).toBe('trial 1');
  expect(complain).toHaveBeenCalledWith(expect.stringContaining('last ones known decide'));
});
