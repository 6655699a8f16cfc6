import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ruleSetByRef, ruleSetInFull, ruleSetsOf } from '../../../src/store/rules/rule-set-record.ts';
import {
  activateRuleSet,
  addRuleSet,
  retireRuleSet,
  shadowRuleSet,
} from '../../../src/store/rules/rule-sets.ts';
import { pastRuleSets } from '../../../src/store/rules/past-rule-sets.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { documentOf } from '../../support/rule-documents.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

const ana = { actor: 'ana', reason: 'card testing since noon' };
const ben = { actor: 'ben', reason: 'seen in shadow' };

function someone(): string {
  return `subscriber-${randomUUID()}`;
}

async function added(subscriber: string, version: number) {
  return addRuleSet(database.pool, subscriber, documentOf({ version }), ana);
}

async function states(subscriber: string): Promise<Record<number, string>> {
  const all = await ruleSetsOf(database.pool, subscriber);
  return Object.fromEntries(all.map(({ version, state }) => [version, state]));
}

test('what was ever active is found by the hash that decisions name, retired or not; a draft decided nothing', async () => {
  const subscriber = someone();
  const [first, second, draft] = [
    await added(subscriber, 1),
    await added(subscriber, 2),
    await added(subscriber, 3),
  ];

  await activateRuleSet(database.pool, subscriber, first.hash, ben, true);
  await activateRuleSet(database.pool, subscriber, second.hash, ben, true);
  const past = await pastRuleSets(database.pool);
  expect(past.get(first.hash)).toMatchObject({ name: 'trial', version: 1, hash: first.hash });
  expect(past.get(second.hash)).toMatchObject({ version: 2 });
  expect(past.has(draft.hash)).toBe(false);
});

describe('a version of a rule set', () => {
  test('is a draft of its document, checked, with who added it and why', async () => {
    const subscriber = someone();
    const draft = await added(subscriber, 1);
    expect(draft).toMatchObject({ name: 'trial', version: 1, state: 'draft', createdBy: 'ana' });
    const byHash = await ruleSetByRef(database.pool, subscriber, draft.hash.slice(0, 8));
    expect(byHash).toEqual(draft);
    expect(await ruleSetInFull(database.pool, draft)).toMatchObject({
      document: documentOf({ version: 1 }),
      changes: [{ action: 'ruleSetAdded', ...ana }],
    });
  });

  test('with anything wrong is refused, with all of it, and nothing is stored', async () => {
    const subscriber = someone();
    const broken = addRuleSet(database.pool, subscriber, documentOf({ when: 'noSuchFact > 1' }), ana);
    await expect(broken).rejects.toMatchObject({
      kind: 'invalid',
      problems: [
        expect.objectContaining({ rule: 'trial-rule', message: expect.stringContaining('noSuchFact') }),
      ],
    });
    expect(await ruleSetsOf(database.pool, subscriber)).toEqual([]);
  });

  test('added again is the same one; other contents under its number are refused', async () => {
    const subscriber = someone();
    const first = await added(subscriber, 1);
    expect(await addRuleSet(database.pool, subscriber, documentOf({ version: 1 }), ben)).toEqual(first);
    const other = addRuleSet(database.pool, subscriber, documentOf({ version: 1, when: 'false' }), ben);
    await expect(other).rejects.toThrow(/version 1 of "trial" already.*next number/s);
  });

  test('never changes and is never deleted, under any role', async () => {
    const { ruleSetId } = await added(someone(), 1);
    const { pool } = database;
    for (const change of [
      `update rule_sets set document = document || ' ' where id = $1`,
      'update rule_sets set version = 2 where id = $1',
      `update rule_sets set created_by = 'another' where id = $1`,
      'delete from rule_sets where id = $1',
    ]) {
      await expect(pool.query(change, [ruleSetId])).rejects.toThrow(/never changes|append-only/);
    }
  });

  test('is named by its name and version', async () => {
    const subscriber = someone();
    const [, second] = [await added(subscriber, 1), await added(subscriber, 2)];
    expect(await ruleSetByRef(database.pool, subscriber, 'trial@2')).toEqual(second);
    await expect(ruleSetByRef(database.pool, subscriber, 'trial@3')).rejects.toMatchObject({
      kind: 'unknown',
    });
    await expect(ruleSetByRef(database.pool, someone(), 'trial@2')).rejects.toMatchObject({
      kind: 'unknown',
    });
  });

  test('of another subscriber is not there', async () => {
    const { ruleSetId } = await added(someone(), 1);
    await expect(activateRuleSet(database.pool, someone(), ruleSetId, ben, true)).rejects.toMatchObject({
      kind: 'unknown',
    });
  });
});

describe('of a subscriber’s versions', () => {
  test('one is in shadow: another in its place makes it a draft again', async () => {
    const subscriber = someone();
    const [one, two] = [await added(subscriber, 1), await added(subscriber, 2)];
    await shadowRuleSet(database.pool, subscriber, one.ruleSetId, ana);
    await shadowRuleSet(database.pool, subscriber, two.ruleSetId, ana);
    expect(await states(subscriber)).toEqual({ 1: 'draft', 2: 'shadow' });
  });

  test('one is active: another in its place retires it, and a retired one can come back', async () => {
    const subscriber = someone();
    const [one, two] = [await added(subscriber, 1), await added(subscriber, 2)];
    await activateRuleSet(database.pool, subscriber, one.ruleSetId, ben, true);
    await activateRuleSet(database.pool, subscriber, two.ruleSetId, ben, true);
    expect(await states(subscriber)).toEqual({ 1: 'retired', 2: 'active' });
    await activateRuleSet(database.pool, subscriber, one.ruleSetId, ben, true);
    expect(await states(subscriber)).toEqual({ 1: 'active', 2: 'retired' });
    const { changes } = await ruleSetInFull(database.pool, one);
    expect(changes.map(({ action, actor }) => [action, actor])).toEqual([
      ['ruleSetAdded', 'ana'],
      ['ruleSetActivated', 'ben'],
      ['ruleSetRetired', 'ben'],
      ['ruleSetActivated', 'ben'],
    ]);
  });

  test('exactly one is active after many were activated at once', async () => {
    const subscriber = someone();
    const versions = await Promise.all([1, 2, 3, 4, 5, 6].map((version) => added(subscriber, version)));
    await Promise.all(
      versions.map(({ ruleSetId }) => activateRuleSet(database.pool, subscriber, ruleSetId, ben, true)),
    );
    expect(Object.values(await states(subscriber)).toSorted()).toEqual([
      'active',
      ...Array(5).fill('retired'),
    ]);
  });
});

describe('four eyes', () => {
  test('take another person than the one who added it, however the name is written', async () => {
    const subscriber = someone();
    const { ruleSetId } = await added(subscriber, 1);
    for (const actor of [' Ana', 'ANA', 'Ａna', 'ana\u00a0']) {
      const self = activateRuleSet(database.pool, subscriber, ruleSetId, { ...ana, actor }, true);
      await expect(self).rejects.toThrow(/another person has to activate it/);
    }
    expect(await states(subscriber)).toEqual({ 1: 'draft' });
  });

  test('let nobody alone fall back to the default', async () => {
    const subscriber = someone();
    const { ruleSetId } = await added(subscriber, 1);
    await activateRuleSet(database.pool, subscriber, ruleSetId, ben, true);
    const alone = retireRuleSet(database.pool, subscriber, ruleSetId, ben, true);
    await expect(alone).rejects.toThrow(/have another version activated/);
    expect(await states(subscriber)).toEqual({ 1: 'active' });
  });

  test('can be switched off', async () => {
    const subscriber = someone();
    const { ruleSetId } = await added(subscriber, 1);
    await activateRuleSet(database.pool, subscriber, ruleSetId, ana, false);
    await retireRuleSet(database.pool, subscriber, ruleSetId, ana, false);
    expect(await states(subscriber)).toEqual({ 1: 'retired' });
  });
});
