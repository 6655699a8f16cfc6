import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/decision.ts';
import { evaluate } from '../../../src/rules/evaluate.ts';
import { type RuleSubject, subjectOfPayment } from '../../../src/rules/subject.ts';
import { decisionById, decisionOfPayment, recordDecision } from '../../../src/store/decisions/decisions.ts';
import { factsWith, ruleSetOf } from '../../support/rule-sets.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { samplePayment } from '../../../tools/payments.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

// Every outcome a rule can have, so that all of a decision goes to the record and comes back.
const ruleSet = ruleSetOf([
  { id: 'matched', when: 'currency == "EUR"', then: ['decline', 'removeCardType:AMEX'] },
  { id: 'not-matched', when: 'customerBlocked', then: ['hold'] },
  { id: 'missing', when: 'threeDSAuthentication', then: ['notify'] },
  { id: 'failed', when: '1 / amountMinor > 1', then: ['notify'] },
]);
const decisionWith = (amountMinor: number): Decision =>
  evaluate(ruleSet, factsWith({ onlinePayment: true, currency: 'EUR', customerBlocked: false, amountMinor }));

const record = (subject: RuleSubject, decision: Decision, seenAt = 'now') =>
  recordDecision(database.pool, subject, decision, seenAt);

const rulesCall: RuleSubject = { subscriberId: 'demo', invoiceGUID: 'invoice', onlinePayment: true };

test('a decision comes back as it was made', async () => {
  const decision = decisionWith(0);
  const { decisionId } = await record(rulesCall, decision);
  expect(await decisionById(database.pool, 'demo', decisionId)).toMatchObject({
    decisionId,
    uniqueReference: null,
    invoiceGUID: 'invoice',
    decision,
  });
});

test('a payment is decided on once: the first decision stays, and is the answer', async () => {
  const payment = samplePayment();
  const subject = subjectOfPayment(payment);
  const first = await record(subject, decisionWith(0));
  const second = await record(subject, decisionWith(1));
  expect(second).toEqual(first);
  expect(await decisionOfPayment(database.pool, payment)).toEqual(first);
  expect(await attemptsOf(subject)).toBe(1);
});

test('of many decisions on one payment at once exactly one is recorded, and all are told it', async () => {
  const subject = subjectOfPayment(samplePayment());
  const told = await Promise.all(
    Array.from({ length: 8 }, (_, index) => record(subject, decisionWith(index))),
  );
  expect(new Set(told.map(({ decisionId }) => decisionId)).size).toBe(1);
  expect(new Set(told.map(({ decision }) => decision.facts['amountMinor'])).size).toBe(1);
  expect(await attemptsOf(subject)).toBe(1);
});

test('each rules call is a decision and an attempt of its own', async () => {
  const subject = { ...rulesCall, invoiceGUID: randomUUID() };
  const one = await record(subject, decisionWith(1));
  const other = await record(subject, decisionWith(1));
  expect(other.decisionId).not.toBe(one.decisionId);
  expect(await attemptsOf(subject)).toBe(2);
});

test('an attempt keeps what it is found by, and no more', async () => {
  const subject: RuleSubject = {
    ...rulesCall,
    invoiceGUID: randomUUID(),
    ipAddress: '2001:DB8::7',
    ccLastFour: '4242',
    cardholderFirstName: 'Anna',
    cardholderLastName: 'Huber',
    customerFirstName: 'Zoë',
    customerLastName: 'Huber',
  };
  const { decisionId, decidedAt } = await record(subject, decisionWith(1));
  const { rows } = await database.pool.query('select * from attempts where decision_id = $1', [decisionId]);
  expect(rows).toEqual([
    {
      decision_id: decisionId,
      subscriber_id: 'demo',
      invoice_guid: subject.invoiceGUID,
      customer_key: 'HUBER ZO',
      card_key: '4242:ANNA HUBER',
      ip_address: '2001:db8:0:0:0:0:0:0/64',
      amount_minor: null,
      currency: null,
      declined: true,
      at: decidedAt,
    },
  ]);
});

test('decision and attempt bear the moment that the facts were seen at, to the microsecond', async () => {
  const seenAt = '2026-01-02 03:04:05.678901+00';
  const { decisionId, decidedAt } = await record(rulesCall, decisionWith(1), seenAt);
  expect(decidedAt).toEqual(new Date('2026-01-02T03:04:05.678Z'));
  const { rowCount } = await database.pool.query(
    `select from decisions join attempts on decision_id = id
      where id = $1 and decided_at = $2::timestamptz and at = decided_at`,
    [decisionId, seenAt],
  );
  expect(rowCount).toBe(1);
});

test('an attempt to pay keeps its amount', async () => {
  const payment = samplePayment();
  const { decisionId } = await record(subjectOfPayment(payment), decisionWith(1));
  const { rows } = await database.pool.query(
    'select amount_minor as minor, currency from attempts where decision_id = $1',
    [decisionId],
  );
  expect(rows).toEqual([payment.amount]);
});

test("another subscriber's decision, and one that is not there, are not found", async () => {
  const payment = samplePayment();
  const { decisionId } = await record(subjectOfPayment(payment), decisionWith(1));
  expect(await decisionById(database.pool, 'another', decisionId)).toBeUndefined();
  expect(await decisionById(database.pool, 'demo', randomUUID())).toBeUndefined();
  expect(await decisionById(database.pool, 'demo', 'no uuid')).toBeUndefined();
  expect(await decisionOfPayment(database.pool, { ...payment, subscriberId: 'another' })).toBeUndefined();
});

async function attemptsOf({ subscriberId, invoiceGUID }: RuleSubject): Promise<number | null> {
  const query = 'select from attempts where subscriber_id = $1 and invoice_guid = $2';
  return (await database.pool.query(query, [subscriberId, invoiceGUID])).rowCount;
}
