import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { BlockCustomerRequest } from '../../src/client/index.ts';
import { formatProblem, parseRuleSet } from '../../src/rules/parse-rule-set.ts';
import type { RuleSubject } from '../../src/rules/subject.ts';
import { decide } from '../../src/store/decisions/decide.ts';
import { defaultRuleSetFile, loadRuleSet } from '../../src/store/rules/rule-set-file.ts';
import { fixedRuleSets } from '../../src/rules/rule-sets-in-force.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';
import { samplePayment } from '../../tools/payments.ts';

const HOUR = 3600_000;
const ana = { operator: 'ana', reason: 'identity confirmed' };

let rig: LifecycleRig;
beforeAll(async () => {
  rig = await LifecycleRig.start();
});
afterAll(async () => {
  await rig.stop();
});

function someone() {
  return { subscriberId: 'demo', customerUuid: randomUUID() };
}

function request(changes: Partial<BlockCustomerRequest> = {}): BlockCustomerRequest {
  return {
    onlinePayment: true,
    sendBlockNotification: true,
    threeDSAuthentication: false,
    actor: 'fraud desk',
    ...changes,
  };
}

async function rulesCall(subject: Partial<RuleSubject>) {
  const { decision } = await decide(rig.database.pool, await loadRuleSet(defaultRuleSetFile), {
    subscriberId: 'demo',
    invoiceGUID: randomUUID(),
    onlinePayment: true,
    ...subject,
  });
  return decision.response;
}

test('a blocked customer’s invoices and cards are declined from then on, and no longer after the unblock', async () => {
  const customer = someone();
  const holder = `Mallory ${customer.customerUuid}`;
  await rig.tell(async (client) => {
    await client.blockCustomer(customer, request({ invoiceGUID: `invoice ${holder}` }));
    await client.blockCustomer(customer, request({ ccLastFour: '1111', cardHolder: holder }));
    await client.blockCustomer(customer, request({ ccLastFour: '2222', cardHolder: holder }));
    const blocked = { customerBlocked: true, declinePayment: true, sendToGateway: false };
    expect(await rulesCall({ invoiceGUID: `invoice ${holder}` })).toMatchObject(blocked);
    expect(await rulesCall({ ccLastFour: '1111', cardHolder: holder.toUpperCase() })).toMatchObject(blocked);
    expect(await rulesCall({ ccLastFour: '2222', cardHolder: holder })).toMatchObject(blocked);
    expect(await rulesCall({ ccLastFour: '3333', cardHolder: holder })).toMatchObject({
      customerBlocked: false,
    });

    expect(await client.unblockCustomer(customer, ana)).toMatchObject({ customerBlocked: false });
    expect(await rig.customer(customer).result()).toMatchObject({ customerBlocked: false });
    expect(await rulesCall({ invoiceGUID: `invoice ${holder}` })).toMatchObject({ customerBlocked: false });
    // Unblocked already: nothing to do, and no error.
    expect(await client.unblockCustomer(customer, ana)).toMatchObject({ customerBlocked: false });
  });
});

test('the same block again adds no row and sends no second mail', async () => {
  const customer = someone();
  const card = request({ ccLastFour: '1111', cardHolder: 'M', invoiceGUID: 'i' });
  await rig.tell(async (client) => {
    await Promise.all([client.blockCustomer(customer, card), client.blockCustomer(customer, card)]);
    await client.blockCustomer(customer, card);
    await client.unblockCustomer(customer, ana);
    await rig.customer(customer).result();
  });
  const { rows } = await rig.database.pool.query(
    `select (select count(*) from customer_blocks b where customer_uuid = $1) as blocks,
            (select count(*) from customer_block_cards c join customer_blocks b on b.id = block_id where customer_uuid = $1) as cards,
            (select count(*) from audit where subject = 'customer:' || $1 and action <> 'unblock') as audits`,
    [customer.customerUuid],
  );
  expect(rows[0]).toEqual({ blocks: 1, cards: 1, audits: 1 });
  expect(await rig.subjectsAbout(customer.customerUuid)).toHaveLength(2);
});

test('a block is told only where the call says so, also where one that is on is asked for again', async () => {
  const customer = someone();
  const silent = request({ sendBlockNotification: false });
  await rig.tell(async (client) => {
    await client.blockCustomer(customer, silent);
    await client.blockCustomer(customer, { ...silent, ccLastFour: '1111', cardHolder: 'M' });
    expect(await rig.subjectsAbout(customer.customerUuid)).toEqual([]);
    await client.blockCustomer(customer, request());
    await client.blockCustomer(customer, request());
    await client.unblockCustomer(customer, ana);
    await rig.customer(customer).result();
  });
  expect(await rig.subjectsAbout(customer.customerUuid)).toEqual([
    `Blocked: customer ${customer.customerUuid}`,
    `Unblocked: customer ${customer.customerUuid}`,
  ]);
});

test('a block with an expiry ends by itself, and not before', async () => {
  const customer = someone();
  await rig.tell(async (client) => {
    const expiresAt = new Date((await rig.env.currentTimeMs()) + 30 * 24 * HOUR).toISOString();
    expect(await client.blockCustomer(customer, request({ expiresAt }))).toMatchObject({ expiresAt });
    const before = await rig.env.currentTimeMs();
    expect(await rig.customer(customer).result()).toMatchObject({ customerBlocked: false });
    expect(((await rig.env.currentTimeMs()) - before) / HOUR).toBeGreaterThanOrEqual(30 * 24 - 1);
  });
  const { rows } = await rig.database.pool.query(
    'select ended_by from customer_blocks where customer_uuid = $1',
    [customer.customerUuid],
  );
  expect(rows).toEqual([{ ended_by: 'expiry' }]);
  const ended = await rig.database.pool.query(
    `select payload ->> 'expired' as expired from outbox
      where event_type = 'customerUnblocked' and payload ->> 'customerUuid' = $1`,
    [customer.customerUuid],
  );
  expect(ended.rows).toEqual([{ expired: 'true' }]);
});

test('the payments of a customer who is blocked go to review, and one in review stays there', async () => {
  const customer = someone();
  const held = samplePayment({ ...customer, amount: { minor: 250_000, currency: 'EUR' } });
  const later = samplePayment({ ...customer });
  await rig.tell(async (client) => {
    await client.blockPayment(held);
    await client.blockCustomer(customer, request());
    await vi.waitFor(async () => {
      expect((await client.payment(held)).messages.at(-1)).toMatchObject({
        name: 'hold',
        operator: 'customer block',
      });
    });
    expect(await client.blockPayment(later)).toMatchObject({ status: 'held', disposition: 'HOLD' });
    expect(await rulesCall({ invoiceGUID: held.invoiceGUID })).toMatchObject({ customerBlocked: true });
    await client.unblockCustomer(customer, ana);
    await rig.customer(customer).result();
    for (const payment of [held, later]) {
      await client.unblockPayment(payment, { refundAmount: false, ...ana });
      await rig.lifecycle(payment).result();
    }
  });
});

test('a customer who is blocked again after an unblock is blocked', async () => {
  const customer = someone();
  await rig.tell(async (client) => {
    await client.blockCustomer(customer, request());
    // As close together as can be: the block must not be lost with the run that ends.
    const [, view] = await Promise.all([
      client.unblockCustomer(customer, ana),
      client.blockCustomer(customer, request()),
    ]);
    expect(view.customerBlocked).toBe(true);
    const { rows } = await rig.database.pool.query(
      'select ended_at is null as on from customer_blocks where customer_uuid = $1 order by blocked_at',
      [customer.customerUuid],
    );
    const on = rows.filter((row: { on: boolean }) => row.on).length;
    const open = (await rig.customer(customer).describe()).status.name === 'RUNNING';
    expect(on).toBe(open ? 1 : 0);
    await client.unblockCustomer(customer, ana);
    await rig.customer(customer).result();
  });
});

test.each([
  ['an empty box', 'unblock', undefined],
  ['no name', 'unblock', { reason: 'x' }],
  ['a slip in the signal’s name', 'unlock', ana],
])('%s does not end a block, nor its run', async (_slip, signal, input) => {
  const customer = someone();
  await rig.tell(async (client) => {
    await client.blockCustomer(customer, request());
    await rig.customer(customer).signal(signal, ...(input === undefined ? [] : [input]));
    expect(await rig.customer(customer).query('customerBlock')).toMatchObject({ customerBlocked: true });
    await rig.customer(customer).signal('unblock', ana);
    expect(await rig.customer(customer).result()).toMatchObject({ customerBlocked: false });
  });
});

test('a rule set that enforces blocks the customer it would tell the caller to block', async () => {
  const customer = someone();
  const document = `
name: enforcing
version: 1
enforce: true
cardTypesAvailableOnline: [VISA]
rules:
  - id: always
    description: Every customer
    when: onlinePayment
    then: [decline, blockOnlinePayment]
`;
  const parsed = parseRuleSet(document, 'hash');
  if (!('ruleSet' in parsed)) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  await rig.tell(
    async (client) => {
      const payment = samplePayment(customer);
      await client.blockPayment(payment);
      // Not by its result: time would be skipped to where the customer's open run times out.
      await vi.waitFor(async () => expect((await client.payment(payment)).status).toBe('refunded'));
      expect(await rulesCall({ invoiceGUID: payment.invoiceGUID })).toMatchObject({ customerBlocked: true });
      await client.unblockCustomer(customer, ana);
      await rig.customer(customer).result();
    },
    { ruleSets: fixedRuleSets(parsed.ruleSet) },
  );
});
