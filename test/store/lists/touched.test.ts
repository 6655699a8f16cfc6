import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ListKind } from '../../../src/domain/list-entry.ts';
import { listKeys, listValue } from '../../../src/rules/list-value.ts';
import { subjectOfPayment } from '../../../src/rules/subject.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import { addEntry, lookUp } from '../../../src/store/lists/lists.ts';
import { touchedBy } from '../../../src/store/lists/touched.ts';
import { cardFingerprints } from '../../../src/store/payments/card-fingerprint.ts';
import { insertPayment } from '../../../src/store/payments/payments.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { paymentOf } from '../../support/traffic.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const fingerprint = cardFingerprints('a secret of at least thirty-two characters');
const shopper = (customerUuid: string, ipAddress: string, cardHolder: string, token: string) => ({
  customerUuid,
  ipAddress,
  paymentOption: { token, ccLastFour: '4242', cardHolder },
});
const payments = [
  shopper('ana', '203.0.113.7', 'Ana Lima', 'tok_1'),
  shopper('ben', '203.0.113.9', 'Ben Ode', 'tok_2'),
  shopper('ana', '198.51.100.7', 'LIMA ANA', 'tok_3'),
  shopper('eva', '2001:db8::1', 'Eva Bo', 'tok_1'),
];

test.each<[ListKind, string, number]>([
  ['ip', '203.0.113.0/24', 2],
  ['ip', '203.0.113.7', 1],
  ['ip', '2001:db8::/32', 1],
  ['customer', 'ana', 2],
  ['card', '4242:Ana Lima', 2],
  ['name', 'ana lima', 2],
  ['cardFingerprint', 'tok_1', 2],
  ['customer', 'nobody', 0],
])(
  'the dry run of an entry for %s %s counts the payments that it then matches',
  async (kind, text, expected) => {
    const subscriberId = `${kind} ${text}`;
    const blocked = payments.map((each) => paymentOf(subscriberId, each));
    for (const payment of [...blocked, paymentOf('another', payments[0])])
      await inTransaction(database.pool, (db) => insertPayment(db, payment));
    const read = listValue(kind, text, fingerprint);
    if ('problem' in read) throw new Error(read.problem);

    const touched = await touchedBy(database.pool, subscriberId, { kind, value: read.value }, fingerprint);
    const listed = await database.pool.query('select from list_entries where subscriber_id = $1', [
      subscriberId,
    ]);
    expect(listed.rowCount).toBe(0);
    expect(touched).toMatchObject({
      payments: 4,
      touched: expected,
      byStatus: expected === 0 ? {} : { blocked: expected },
    });

    const entry = { kind, value: read.value, verdict: 'block', reason: 'why', expiresAt: null } as const;
    await inTransaction(database.pool, (db) => addEntry(db, { subscriberId, actor: 'ana' }, entry));
    const matched = [];
    for (const payment of blocked) {
      const keys = listKeys(subjectOfPayment(payment, fingerprint(payment.paymentOption.token)));
      const { matches } = await lookUp(database.pool, subscriberId, keys);
      if (matches.length > 0) matched.push(payment.uniqueReference);
    }
    expect(matched.toSorted()).toEqual(touched.examples.toSorted());
  },
);
