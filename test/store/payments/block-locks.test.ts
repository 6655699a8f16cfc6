import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BlockCustomerRequest } from '../../../src/domain/customer-block.ts';
import type { BlockedPayment } from '../../../src/domain/payment.ts';
import { paymentsToHold } from '../../../src/store/payments/payments.ts';
import { storeBlock } from '../../../src/store/customers/customer-blocks.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import { takeIn } from '../../../src/store/take-in.ts';
import { samplePayment } from '../../../tools/payments.ts';
import { ruleSetOf } from '../../support/rule-sets.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { takeInDeps } from '../../support/steps.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const blocked = [
  { id: 'customer', when: 'customerBlocked', then: ['hold'] },
  { id: 'card', when: 'cardBlocked', then: ['hold'] },
] as const;
const holdingBlocked = ruleSetOf(blocked);
const holdingAll = ruleSetOf([...blocked, { id: 'all', when: 'true', then: ['hold'] }]);

const take = (db: pg.PoolClient, payment: BlockedPayment, active = holdingBlocked) =>
  takeIn(db, { payment, reasonsToHold: [], now: Date.now() }, takeInDeps(active));

/** The block of the payment's customer, or of its card under another customer. */
const crossings = {
  customer: ({ subscriberId, customerUuid = '' }: BlockedPayment) =>
    [{ subscriberId, customerUuid }, {}] as const,
  card: ({ subscriberId, paymentOption: { ccLastFour, cardHolder } }: BlockedPayment) =>
    [
      { subscriberId, customerUuid: randomUUID() },
      { ...(ccLastFour && { ccLastFour }), ...(cardHolder && { cardHolder }) },
    ] as const,
};
type Crossing = keyof typeof crossings;

const block = async (db: pg.PoolClient, [customer, card]: ReturnType<(typeof crossings)[Crossing]>) => {
  const request: BlockCustomerRequest = {
    ...card,
    onlinePayment: true,
    sendBlockNotification: false,
    threeDSAuthentication: true,
    actor: 'ana',
  };
  await storeBlock(db, customer, request);
  return { paymentsUnderWay: await paymentsToHold(db, customer, 1000) };
};

/** Runs `second` while the transaction of `first` is open: whether it waited for its end, and what both came to. */
async function whileOpen<A, B>(
  first: (db: pg.PoolClient) => Promise<A>,
  second: (db: pg.PoolClient) => Promise<B>,
) {
  const { pool } = database;
  let ended = false;
  let later: Promise<{ waited: boolean; result: B }> | undefined;
  const earlier = await inTransaction(pool, async (db) => {
    const result = await first(db);
    later = inTransaction(pool, second).then((seen) => ({ waited: ended, result: seen }));
    await Promise.race([later, sleep(200)]);
    ended = true;
    return result;
  });
  const { waited, result } = (await later) ?? {};
  return { earlier, later: result, waited };
}

test.each(['customer', 'card'] as const)(
  'a payment that is taken in while the block of its %s is being stored waits for it, and is held',
  async (crossing) => {
    const payment = samplePayment();
    const { later, waited } = await whileOpen(
      (db) => block(db, crossings[crossing](payment)),
      (db) => take(db, payment),
    );
    expect([waited, later?.status]).toEqual([true, 'held']);
  },
);

test.each(['customer', 'card'] as const)(
  'a block of the %s that is stored while the payment is being taken in waits for it, and finds it under way',
  async (crossing) => {
    const payment = samplePayment();
    const { later, waited } = await whileOpen(
      (db) => take(db, payment, holdingAll),
      (db) => block(db, crossings[crossing](payment)),
    );
    expect([waited, later?.paymentsUnderWay]).toEqual([true, [payment.uniqueReference]]);
  },
);

test('payments of one customer and one card do not wait for each other, nor for the block of another customer', async () => {
  const one = samplePayment();
  const { customerUuid, paymentOption } = one;
  const sibling = samplePayment({ ...(customerUuid && { customerUuid }), paymentOption });
  const beside = await whileOpen(
    (db) => take(db, one),
    (db) => take(db, sibling),
  );
  const other = await whileOpen(
    (db) => block(db, crossings.customer(samplePayment())),
    (db) => take(db, samplePayment()),
  );
  expect([beside.waited, other.waited]).toEqual([false, false]);
});

test('of many payments and blocks that cross, each payment sees the block or is seen by it, and none waits for good', async () => {
  const subscriberId = randomUUID();
  const holders = ['one', 'two', 'three'];
  const card = (cardHolder: string) => ({ ccLastFour: '4242', cardHolder });
  const cross = async (at: number) => {
    const customerUuid = `customer ${at % 3}`;
    const cardHolder = holders[Math.floor(at / 3) % 3] ?? '';
    if (at % 10 === 9) {
      const { paymentsUnderWay } = await inTransaction(database.pool, (db) =>
        block(db, [{ subscriberId, customerUuid }, card(cardHolder)]),
      );
      return { customerUuid, cardHolder, paymentsUnderWay };
    }
    const paymentOption = { token: `tok_${cardHolder}`, ...card(cardHolder) };
    const payment = samplePayment({ subscriberId, customerUuid, paymentOption });
    const { reasons } = await inTransaction(database.pool, (db) => take(db, payment, holdingAll));
    const saw = reasons.some((reason) => /^(customer|card):/.test(reason));
    return { customerUuid, cardHolder, uniqueReference: payment.uniqueReference, saw };
  };
  const done = await Promise.all(Array.from({ length: 120 }, (_, at) => cross(at)));
  const blocks = done.filter((one) => 'paymentsUnderWay' in one);
  const unseeing = done.filter((one) => 'saw' in one && !one.saw);
  expect([blocks.length, unseeing.length > 0, unseeing.length < 108]).toEqual([12, true, true]);
  const missed = unseeing.flatMap((payment) =>
    blocks.filter(
      (one) =>
        (one.customerUuid === payment.customerUuid || one.cardHolder === payment.cardHolder) &&
        !one.paymentsUnderWay?.includes(payment.uniqueReference ?? ''),
    ),
  );
  expect(missed).toEqual([]);
});
