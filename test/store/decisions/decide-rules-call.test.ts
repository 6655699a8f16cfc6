import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { decideRulesCall } from '../../../src/store/decisions/decide-rules-call.ts';
import { addRuleSet, shadowRuleSet } from '../../../src/store/rules/rule-sets.ts';
import type { RuleSetsInForce } from '../../../src/rules/rule-sets-in-force.ts';
import { parsed, ruleSetOf } from '../../support/rule-sets.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { documentOf } from '../../support/rule-documents.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

const aggregates = {
  aggregates: [{ name: 'attempts', count: 'attempts', over: 'invoice', window: '1h' }],
};
const quiet = ruleSetOf([{ id: 'many', when: 'attempts > 5', then: ['decline'] }], aggregates);
const alerting = ruleSetOf([{ id: 'any', when: 'attempts >= 1', then: ['notify'] }], aggregates);

/** What was sent to Postgres while the rules decided on a call of `subscriberId`, by the first word of each round trip. */
async function roundTrips(inForce: RuleSetsInForce, subscriberId: string): Promise<string[]> {
  const sent = vi.spyOn(Client.prototype, 'query');
  try {
    const subject = { subscriberId, invoiceGUID: randomUUID(), onlinePayment: true };
    await decideRulesCall(database.pool, inForce, subject);
    return sent.mock.calls.map(([query]: readonly unknown[]) => firstWord(query));
  } finally {
    sent.mockRestore();
  }
}

function firstWord(query: unknown): string {
  const isNamed = typeof query === 'object' && query !== null && 'text' in query;
  return /\w+/.exec(String(isNamed ? query.text : query))?.[0] ?? '';
}

async function stored(subscriberId: string): Promise<unknown> {
  const { rows } = await database.pool.query(
    `select (select count(*) from decisions where subscriber_id = $1) as decisions,
            (select count(*) from attempts where subscriber_id = $1) as attempts,
            (select count(*) from outbox where subscriber_id = $1) as events,
            (select count(*) from shadow_decisions where subscriber_id = $1) as shadows`,
    [subscriberId],
  );
  return rows[0];
}

test('a rules call without alert and shadow takes two statements and no transaction around them', async () => {
  const subscriberId = randomUUID();
  expect(await roundTrips({ active: quiet }, subscriberId)).toEqual(['select', 'with']);
  expect(await stored(subscriberId)).toEqual({ decisions: 1, attempts: 1, events: 0, shadows: 0 });
});

test('an alert is published in the transaction that records its decision', async () => {
  const subscriberId = randomUUID();
  expect(await roundTrips({ active: alerting }, subscriberId)).toEqual([
    ...['select', 'begin', 'with', 'with', 'commit'],
  ]);
  expect(await stored(subscriberId)).toEqual({ decisions: 1, attempts: 1, events: 1, shadows: 0 });
});

test('a decision whose alert cannot be published is not recorded, nor is its attempt', async () => {
  const subscriberId = randomUUID();
  await database.pool.query(
    `alter table outbox add constraint none_of_theirs check (subscriber_id <> '${subscriberId}')`,
  );
  await expect(roundTrips({ active: alerting }, subscriberId)).rejects.toThrow('none_of_theirs');
  expect(await stored(subscriberId)).toEqual({ decisions: 0, attempts: 0, events: 0, shadows: 0 });
});

test('decision, shadow and alert are one transaction', async () => {
  const subscriberId = randomUUID();
  const by = { actor: 'ana', reason: 'a test' };
  const document = documentOf();
  const { ruleSetId } = await addRuleSet(database.pool, subscriberId, document, by);
  await shadowRuleSet(database.pool, subscriberId, ruleSetId, by);
  const inForce = { active: alerting, shadow: { ruleSetId, ruleSet: parsed(document) } };
  expect(await roundTrips(inForce, subscriberId)).toEqual([
    ...['begin', 'select', 'with', 'select', 'with', 'commit'],
  ]);
  expect(await stored(subscriberId)).toEqual({ decisions: 1, attempts: 1, events: 1, shadows: 1 });
});
