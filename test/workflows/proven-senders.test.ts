import { afterAll, beforeAll, expect, test } from 'vitest';
import { MessageRefused, PaymentBlockClient } from '../../src/client/index.ts';
import { createAssertions } from '../../src/identity/assertions.ts';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import type { Known } from '../../src/domain/people.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { trailOf } from '../../src/store/books/trail.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { samplePayment } from '../../tools/payments.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';
import { SECRETS } from '../support/secrets.ts';

let rig: LifecycleRig;
beforeAll(async () => {
  rig = await LifecycleRig.start();
  const document =
    'reminderHours: 4\ndeadlineHours: 24\ndeadlineAction: refund\nfourEyesAbove: { "*": 1000 }';
  const by = { actor: 'ana', reason: 'as agreed' };
  await putSettings(rig.database.pool, 'review', 'by-two', document, by);
});
afterAll(() => rig.stop());

const { vouch } = createAssertions(SECRETS.SECRETS_KEY);
const atTheDesk: Known = { by: 'signedIn', door: 'desk' };
const byTheApi: Known = { by: 'signedIn', door: 'api' };
const held = (more: Partial<BlockedPayment> = {}) =>
  samplePayment({ amount: { minor: 250_000, currency: 'EUR' }, ...more });

/** A story in an installation where only a proven sender counts. */
function told(story: (vouching: PaymentBlockClient, typing: PaymentBlockClient) => Promise<void>) {
  const { reviewPolicy } = rig.reviewPolicy('refund');
  if (!reviewPolicy) throw new Error('the rig has no policy');
  return rig.tell(
    (typing) => story(new PaymentBlockClient(rig.env.client, rig.taskQueue, { vouch }), typing),
    { reviewPolicy: { ...reviewPolicy, operatorIdentity: 'principal' } },
  );
}

const trail = (payment: BlockedPayment) =>
  trailOf(rig.database.pool, {
    subscriberId: payment.subscriberId,
    subject: `payment:${payment.uniqueReference}`,
  });

const refund = (operator: string, known: Known) => ({
  refundAmount: true,
  operator,
  reason: 'a known fraud',
  known,
});

test('a decision that a door of ours vouches for counts as its sender’s, and the record says how that is known', async () => {
  const payment = held();
  await told(async (vouching) => {
    await vouching.blockPayment(payment);
    await vouching.send(payment, 'note', { operator: 'ben', reason: '', text: 'seen', known: byTheApi });
    await vouching.unblockPayment(payment, refund('ana', atTheDesk));
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
  });
  const said = (await trail(payment)).filter(({ action }) => ['note', 'unblockAndRefund'].includes(action));
  expect(said.map(({ action, actor }) => ({ action, actor }))).toEqual([
    { action: 'note', actor: { name: 'ben', known: byTheApi } },
    { action: 'unblockAndRefund', actor: { name: 'ana', known: atTheDesk } },
  ]);
});

test('a name that is only typed counts for nothing, as an Update and as a Signal, and the operator reads what to do', async () => {
  const payment = held();
  await told(async (vouching, typing) => {
    await vouching.blockPayment(payment);
    const typed = { refundAmount: true, operator: 'ana', reason: 'a known fraud' };
    await expect(typing.unblockPayment(payment, typed)).rejects.toThrow('send it as a Signal');
    await rig.lifecycle(payment).signal('unblock', typed);
    await rig.lifecycle(payment).signal('hold', { operator: 'customer block', reason: 'forged' });
    await expect
      .poll(async () => (await typing.payment(payment)).messages.map(({ name, outcome }) => [name, outcome]))
      .toEqual([
        ['unblock', 'refused'],
        ['hold', 'refused'],
      ]);
    const { status, messages } = await typing.payment(payment);
    expect(status).toBe('held');
    expect(messages[0]?.text).toContain('Decide at the desk');
    await vouching.unblockPayment(payment, refund('ana', atTheDesk));
    await rig.lifecycle(payment).result();
  });
});

test('an assertion is good for its own message only: not for another run, message, content, Update or name, and not by Signal', async () => {
  const [payment, another] = [held(), held()];
  await told(async (vouching, typing) => {
    await vouching.blockPayment(payment);
    await vouching.blockPayment(another);
    const content = { operator: 'ana', reason: 'waiting for the bank' };
    const message = { workflowId: paymentWorkflowId(payment), name: 'hold', updateId: 'one', content };
    const assertion = await vouch({ name: 'ana', known: atTheDesk }, message);
    const ofAPause = await vouch({ name: 'ana', known: atTheDesk }, { ...message, updateId: 'two' });
    const send = (to: BlockedPayment, name: string, updateId: string, input: object) =>
      rig
        .lifecycle(to)
        .executeUpdate(name, { updateId, args: [{ assertion, ...input }] })
        .catch((error: unknown) => (error instanceof Error ? String(error.cause) : ''));
    const forged = [
      await send(another, 'hold', 'one', content),
      await send(payment, 'pauseReview', 'two', { ...content, assertion: ofAPause }),
      await send(payment, 'hold', 'one more', content),
      await send(payment, 'hold', 'another', { ...content, reason: 'something else' }),
      await send(payment, 'hold', 'third', { ...content, operator: 'ben' }),
    ];
    for (const refused of forged) expect(refused).toContain('is not for this message');
    await rig.lifecycle(payment).signal('hold', { ...content, assertion });
    await expect
      .poll(async () => (await typing.payment(payment)).messages.at(-1)?.text)
      .toContain('with an Update and with no Signal');
    expect(await send(payment, 'hold', 'one', content)).toMatchObject({ status: 'held' });
    for (const each of [payment, another]) {
      await vouching.unblockPayment(each, refund('ana', atTheDesk));
      await rig.lifecycle(each).result();
    }
  });
});

test('the same person is refused as the second pair of eyes, by whichever door and in whatever spelling', async () => {
  const payment = held({ subscriberId: 'by-two' });
  await told(async (vouching) => {
    await vouching.blockPayment(payment);
    const proposed = await vouching.unblockPayment(payment, refund('ana', atTheDesk));
    const confirms = proposed.proposal?.hash ?? '';
    const confirm = (operator: string, known: Known) =>
      vouching.confirmUnblock(payment, { confirms, operator, reason: 'seen too', known });
    for (const door of ['desk', 'api', 'cli', 'temporal'] as const)
      await expect(confirm('ANA', { by: 'signedIn', door })).rejects.toThrow(MessageRefused);
    await confirm('ben', byTheApi);
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
  });
  const decided = (await trail(payment)).find(({ action }) => action === 'unblockAndRefund');
  expect(decided).toMatchObject({
    actor: { name: 'ana', known: atTheDesk },
    details: { confirmedBy: 'ben', confirmedKnown: byTheApi },
  });
});

test('a customer is blocked and unblocked only by a proven sender, and the payments under way are held by the system', async () => {
  const customerUuid = 'c-proven';
  const payment = samplePayment({ customerUuid });
  const customer = { subscriberId: payment.subscriberId, customerUuid };
  const request = {
    onlinePayment: true,
    sendBlockNotification: false,
    threeDSAuthentication: false,
    actor: 'ana',
  };
  await told(async (vouching, typing) => {
    await expect(typing.blockCustomer(customer, request)).rejects.toThrow('does not show who sends it');
    await vouching.blockPayment(held({ customerUuid }));
    expect(await vouching.blockCustomer(customer, request, atTheDesk)).toMatchObject({
      customerBlocked: true,
    });
    const by = { operator: 'ana', reason: 'identity confirmed' };
    await expect(typing.unblockCustomer(customer, by)).rejects.toThrow('does not show who sends it');
    await rig.customer(customer).signal('unblock', by);
    await expect(vouching.unblockCustomer(customer, { ...by, known: atTheDesk })).resolves.toMatchObject({
      customerBlocked: false,
    });
    await rig.customer(customer).result();
  });
  const subject = `customer:${customerUuid}`;
  const entries = await trailOf(rig.database.pool, { subscriberId: customer.subscriberId, subject });
  expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
    ['block', { name: 'ana', known: atTheDesk }],
    ['unblock', { name: 'ana', known: atTheDesk }],
  ]);
});
