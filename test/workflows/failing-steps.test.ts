import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PaymentBlockClient } from '../../src/client/index.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { listTasks } from '../../src/store/tasks/tasks.ts';
import { samplePayment } from '../../tools/payments.ts';
import { type Fault, Faults } from '../support/faults.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';
import { localEnvironment } from '../support/temporal.ts';

// What each SQLSTATE means for a step is the subject of test/activities/give-up.test.ts.
const REFUSED = '23505';
const REPEAT = '40001';

const NOT_CARRIED_OUT = 'it was taken, and could not be carried out';

const anaRefunds = { refundAmount: true, operator: 'ana', reason: 'the customer confirmed it' };
const anaReleases = { ...anaRefunds, refundAmount: false };
const byAna = { operator: 'ana', reason: 'asked the customer' };

let rig: LifecycleRig;
let faults: Faults;
beforeAll(async () => {
  rig = await LifecycleRig.start(localEnvironment);
  faults = new Faults(rig.database.pool);
  const reviews = {
    'two-seconds':
      'reminderHours: 0.0002\nescalation: { hours: 0.0005, to: fraud-leads }\ndeadlineHours: 24\n',
    'four-eyes': 'reminderHours: 4\ndeadlineHours: 24\nfourEyesAbove: { EUR: 1000, "*": 1000 }\n',
  };
  for (const [subscriberId, terms] of Object.entries(reviews)) {
    const document = `${terms}deadlineAction: stayHeld\n`;
    await putSettings(rig.database.pool, 'review', subscriberId, document, { actor: 'ana', reason: 'test' });
  }
});
afterAll(async () => {
  await rig.stop();
});
afterEach(() => faults.remove());

/** Held by the rule amount-large. */
const large = (subscriberId = 'demo') =>
  samplePayment({ subscriberId, amount: { minor: 250_001, currency: 'EUR' } });

interface Story {
  /** The activity whose transaction is refused. */
  readonly activity: string;
  /** What is refused, in the words of the task. */
  readonly step: string;
  /** The messages that lead to it; the last one asks for the step itself. Without any, its time comes. */
  readonly messages?: readonly (readonly [name: string, input: Record<string, unknown>])[];
  readonly subscriberId?: string;
}

const stories: readonly Story[] = [
  { activity: 'release', step: 'release to the merchant', messages: [['unblock', anaReleases]] },
  { activity: 'refund', step: 'refund', messages: [['unblock', anaRefunds]] },
  {
    activity: 'extendReview',
    step: 'extendReview by ana',
    messages: [['extendReview', { ...byAna, hours: 30 }]],
  },
  { activity: 'pauseReview', step: 'pauseReview by ana', messages: [['pauseReview', byAna]] },
  {
    activity: 'resumeReview',
    step: 'resumeReview by ana',
    messages: [
      ['pauseReview', byAna],
      ['resumeReview', byAna],
    ],
  },
  {
    activity: 'proposeUnblock',
    step: 'proposeUnblock by ana',
    messages: [['unblock', anaReleases]],
    subscriberId: 'four-eyes',
  },
  {
    activity: 'recordJournalEntry',
    step: 'record the note of ana',
    messages: [['note', { ...byAna, text: 'good' }]],
  },
  {
    activity: 'recordJournalEntry',
    step: 'record the assign of ana',
    messages: [['assign', { ...byAna, assignee: 'ben' }]],
  },
  { activity: 'remindReviewers', step: 'remind of the review', subscriberId: 'two-seconds' },
  { activity: 'escalateReview', step: 'escalate of the review', subscriberId: 'two-seconds' },
];

async function tasksAbout(subscriberId: string, subject: string) {
  const tasks = await listTasks(rig.database.pool, {
    subscriberId,
    kind: 'stepFailed',
    state: 'open',
    limit: 500,
  });
  return tasks.filter((task) => task.subject.startsWith(`${subject}:`));
}

const tasksOf = ({ subscriberId, uniqueReference }: BlockedPayment) =>
  tasksAbout(subscriberId, `payment:${uniqueReference}`);

async function expectReleased(client: PaymentBlockClient, payment: BlockedPayment): Promise<void> {
  const unblocked = await client.unblockPayment(payment, anaReleases);
  if (unblocked.proposal) {
    await client.confirmUnblock(payment, { ...byAna, operator: 'ben', confirms: unblocked.proposal.hash });
  }
  expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
  const { balances } = await rig.onRecord(payment);
  expect(balances['blocked'] ?? 0).toBe(0);
}

async function expectGivenUp(
  client: PaymentBlockClient,
  payment: BlockedPayment,
  step: string,
): Promise<void> {
  await vi.waitFor(async () => {
    expect(await tasksOf(payment)).toMatchObject([{ details: { step, now: 'held' } }]);
  }, 10_000);
  const view = await client.payment(payment);
  expect(view.status).toBe('held');
  expect(view.timeline.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(`given up: ${step} \\(injected`),
  );
  faults.remove();
  await expectReleased(client, payment);
}

/** Holds a payment and sends it what comes before the message that asks for the step. */
async function led(client: PaymentBlockClient, { messages = [], subscriberId }: Story) {
  const payment = large(subscriberId);
  expect(await client.blockPayment(payment)).toMatchObject({ status: 'held' });
  for (const [name, input] of messages.slice(0, -1)) {
    await rig.lifecycle(payment).executeUpdate(name, { args: [input] });
  }
  return payment;
}

/** The same, and the message itself, as the Temporal UI's signal. */
async function ledToFault(client: PaymentBlockClient, story: Story, fault: Fault): Promise<BlockedPayment> {
  const [message] = story.messages?.slice(-1) ?? [];
  if (message === undefined) faults.inject(fault);
  const payment = await led(client, story);
  faults.inject(fault);
  if (message) await rig.lifecycle(payment).signal(...message);
  return payment;
}

describe.each(stories)('$step', (story) => {
  const { activity, step } = story;

  test('that the record refuses is given up: a person can act, a task and the details say why', async () => {
    await rig.tell(async (client) => {
      const payment = await ledToFault(client, story, { activity, sqlstate: REFUSED });
      await expectGivenUp(client, payment, step);
    });
  });

  test('that the record asks to repeat is repeated until it is done, without a task', async () => {
    await rig.tell(async (client) => {
      const payment = await ledToFault(client, story, { activity, sqlstate: REPEAT, times: 3 });
      await vi.waitFor(() => expect(faults.count).toBe(3), 15_000);
      faults.remove();
      if (activity !== 'release' && activity !== 'refund') await expectReleased(client, payment);
      await rig.lifecycle(payment).result();
      expect(await tasksOf(payment)).toEqual([]);
    });
  });
});

const asked = stories.filter(({ messages }) => messages !== undefined);
test.each(asked)('an Update hears that its step "$step" was refused, and why', async (story) => {
  const { activity, messages = [] } = story;
  const [name, input] = messages.at(-1) ?? [];
  if (name === undefined) return;
  await rig.tell(async (client) => {
    const payment = await led(client, story);
    faults.inject({ activity, sqlstate: REFUSED });
    const refused = rig
      .lifecycle(payment)
      .executeUpdate(name, { args: [input] })
      .then(
        () => 'taken',
        (error: unknown) => (error instanceof WorkflowUpdateFailedError ? error.cause?.message : error),
      );
    // The answer to a refund is that it has begun: it is in the history by then, and not yet on record.
    expect(await refused).toBe(activity === 'refund' ? 'taken' : `${NOT_CARRIED_OUT}: injected`);
    await expectGivenUp(client, payment, story.step);
  });
});

describe('a payment that cannot be taken in', () => {
  test('by the rules is held, and a task says why', async () => {
    await rig.tell(async (client) => {
      faults.inject({ activity: 'takeIn', sqlstate: REFUSED, times: 1 });
      const payment = large();
      expect(await client.blockPayment(payment)).toMatchObject({ status: 'held' });
      expect(await tasksOf(payment)).toMatchObject([{ details: { step: 'take in by the rules' } }]);
      await expectReleased(client, payment);
    });
  });

  test('at all ends its run, opens a task, and may be blocked again once the cause is removed', async () => {
    await rig.tell(async (client) => {
      const payment = large();
      faults.inject({ activity: 'takeIn', sqlstate: REFUSED });
      await expect(client.blockPayment(payment)).rejects.toThrow('Workflow Update failed');
      await vi.waitFor(async () => expect(await tasksOf(payment)).not.toEqual([]), 10_000);
      faults.remove();
      expect(await client.blockPayment(payment)).toMatchObject({ status: 'held' });
      await expectReleased(client, payment);
    });
  });
});

describe('a block of a customer', () => {
  const request = {
    invoiceGUID: 'invoice-1',
    onlinePayment: true,
    sendBlockNotification: false,
    threeDSAuthentication: true,
    ccType: 'VISA',
    ccLastFour: '4242',
    cardHolder: 'Mallory Example',
    actor: 'ana',
  };

  test('that the record refuses is refused, with a task, and may be asked again', async () => {
    await rig.tell(async (client) => {
      const customer = { subscriberId: 'demo', customerUuid: randomUUID() };
      faults.inject({ activity: 'storeBlock', sqlstate: REFUSED });
      await expect(client.blockCustomer(customer, request)).rejects.toThrow(NOT_CARRIED_OUT);
      await vi.waitFor(async () => {
        const tasks = await tasksAbout('demo', `customer:${customer.customerUuid}`);
        expect(tasks).toMatchObject([{ details: { step: 'block', now: 'not blocked' } }]);
      }, 10_000);
      faults.remove();
      expect(await client.blockCustomer(customer, request)).toMatchObject({ customerBlocked: true });
      await client.unblockCustomer(customer, { operator: 'ana', reason: 'known' });
    });
  });

  test('stays where the record refuses its end', async () => {
    await rig.tell(async (client) => {
      const customer = { subscriberId: 'demo', customerUuid: randomUUID() };
      await client.blockCustomer(customer, request);
      faults.inject({ activity: 'endBlock', sqlstate: REFUSED });
      await expect(client.unblockCustomer(customer, { operator: 'ana', reason: 'known' })).rejects.toThrow(
        NOT_CARRIED_OUT,
      );
      faults.remove();
      expect(await client.unblockCustomer(customer, { operator: 'ana', reason: 'known' })).toMatchObject({
        customerBlocked: false,
      });
    });
  });
});
