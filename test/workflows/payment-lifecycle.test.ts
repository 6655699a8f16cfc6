import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  MessageRefused,
  PaymentAlreadyBlocked,
  type PaymentBlockClient,
  PaymentNotFound,
} from '../../src/client/index.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { deliverAll } from '../support/deliver-all.ts';
import { LifecycleRig, mailTo } from '../support/lifecycle-rig.ts';
import { webhookDeps } from '../support/webhooks.ts';
import { samplePayment } from '../../tools/payments.ts';

const HOUR = 3600_000;
const anaRefunds = { refundAmount: true, operator: 'ana', reason: 'the customer confirmed it' };
const anaReleases = { refundAmount: false, operator: 'ana', reason: 'known customer' };

/** Held by the rule amount-large. */
const large = (changes: Partial<BlockedPayment> = {}) =>
  samplePayment({ amount: { minor: 250_000, currency: 'EUR' }, ...changes });
/** Refunded by the rule ip-on-blocked-network. */
const fromBlockedNetwork = () => samplePayment({ ipAddress: '192.0.2.9' });

let rig: LifecycleRig;
beforeAll(async () => {
  rig = await LifecycleRig.start();
});
afterAll(async () => {
  await rig.stop();
});
beforeEach(async () => {
  await rig.sandbox.misbehave();
});

/** What every story must come to: nothing left over in between, and what the gateway paid is what we say it paid. */
async function expectBooksToAgree(payment: BlockedPayment): Promise<void> {
  const { refund, balances, status } = await rig.onRecord(payment);
  expect(Object.values(balances).reduce((sum, balance) => sum + balance, 0)).toBe(0);
  expect(balances['blocked'] ?? 0).toBe(0);
  const paid = refund
    ? (await rig.sandbox.booked(refund.refundReference)).filter((entry) => entry.status === 'captured')
    : [];
  expect(paid).toHaveLength(status === 'refunded' ? 1 : 0);
  expect(refund?.status === 'CAPTURED').toBe(status === 'refunded');
}

describe('what the rules decide is carried out', () => {
  test('a payment that no rule minds is released to the merchant, and the operators hear of it', async () => {
    const payment = samplePayment();
    await rig.tell(async (client) => {
      const view = await client.blockPayment(payment);
      expect(view).toMatchObject({ status: 'released', disposition: 'RELEASE', decidedBy: 'rules' });
      expect(await rig.lifecycle(payment).result()).toEqual({ status: 'released', decidedBy: 'rules' });
    });
    expect(await rig.onRecord(payment)).toMatchObject({
      status: 'released',
      balances: { customer: -10_000, blocked: 0, merchant: 10_000 },
    });
    await expectBooksToAgree(payment);
    expect(await rig.subjectsAbout(payment.uniqueReference)).toHaveLength(1);
  });

  test('a payment that a rule declines is refunded to its payment option', async () => {
    const payment = fromBlockedNetwork();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      const result: unknown = await rig.lifecycle(payment).result();
      expect(result).toMatchObject({ status: 'refunded', decidedBy: 'rules' });
    });
    expect(await rig.onRecord(payment)).toMatchObject({
      refund: { status: 'CAPTURED', processed: payment.amount },
    });
    await expectBooksToAgree(payment);
  });
});

describe('a payment in review', () => {
  test.each([
    ['refunds', anaRefunds, 'refunded', { paidOut: 250_000 }],
    ['releases', anaReleases, 'released', { merchant: 250_000 }],
  ] as const)('an operator %s it', async (_verb, command, status, balances) => {
    const payment = large();
    await rig.tell(async (client) => {
      expect(await client.blockPayment(payment)).toMatchObject({ status: 'held', disposition: 'HOLD' });
      await client.unblockPayment(payment, command);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status, decidedBy: 'operator' });
    });
    expect(await rig.onRecord(payment)).toMatchObject({ status, balances: { ...balances, blocked: 0 } });
    await expectBooksToAgree(payment);
  });

  test('the Signal does what the Update does', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await rig.lifecycle(payment).signal('unblock', { RefundAmount: 'true', operator: 'ana' });
      expect(await rig.lifecycle(payment).result()).toMatchObject({
        status: 'refunded',
        decidedBy: 'operator',
      });
    });
    await expectBooksToAgree(payment);
  });

  test.each([
    ['refund', 'refunded'],
    ['release', 'released'],
  ] as const)(
    'nobody decides: a reminder after 4 h, and at 24 h the deadline does its %s',
    async (action, status) => {
      const payment = large();
      await rig.tell(async (client) => {
        const before = await rig.env.currentTimeMs();
        await client.blockPayment(payment);
        expect(await rig.lifecycle(payment).result()).toMatchObject({ status, decidedBy: 'deadline' });
        const hours = ((await rig.env.currentTimeMs()) - before) / HOUR;
        expect(hours).toBeGreaterThanOrEqual(24);
      }, rig.reviewPolicy(action));
      const mails = await rig.subjectsAbout(payment.uniqueReference);
      expect(mails).toHaveLength(3);
      expect(mails[1]).toMatch(/remind/i);
      await expectBooksToAgree(payment);
    },
  );

  test('a deadline that leaves it held waits on, and asks for attention', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await rig.env.sleep('60h');
      expect((await client.payment(payment)).status).toBe('held');
      await client.unblockPayment(payment, anaReleases);
      expect(await rig.lifecycle(payment).result()).toMatchObject({
        status: 'released',
        decidedBy: 'operator',
      });
    }, rig.reviewPolicy('stayHeld'));
    expect(
      (await rig.subjectsAbout(payment.uniqueReference)).filter((subject) => /remind/i.test(subject)),
    ).toHaveLength(2);
    await expectBooksToAgree(payment);
  });

  test('an extended review ends at its new deadline and not at the old one', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await rig.lifecycle(payment).signal('extendReview', { hours: 100, operator: 'ana' });
      await rig.env.sleep('90h');
      expect((await client.payment(payment)).status).toBe('held');
      expect(await rig.lifecycle(payment).result()).toMatchObject({ decidedBy: 'deadline' });
    });
    await expectBooksToAgree(payment);
  });
});

describe('messages that cross', () => {
  test('an unblock that arrives before the rules have decided is carried out', async () => {
    const payment = large();
    await rig.tell(async () => {
      const handle = await rig.startWithSignal(payment, 'unblock', anaReleases);
      expect(await handle.result()).toMatchObject({ status: 'released', decidedBy: 'operator' });
    });
    await expectBooksToAgree(payment);
  });

  test('a hold that arrives before the rules have decided sends a harmless payment to review', async () => {
    const payment = samplePayment();
    await rig.tell(async (client) => {
      const handle = await rig.startWithSignal(payment, 'hold', { operator: 'ana' });
      await vi.waitFor(async () => expect((await client.payment(payment)).status).toBe('held'));
      await client.unblockPayment(payment, anaReleases);
      await handle.result();
    });
    await expectBooksToAgree(payment);
  });

  test('blocking the same payment again starts nothing, running or ended', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      const views = await Promise.all([client.blockPayment(payment), client.blockPayment(payment)]);
      expect(views.map(({ status }) => status)).toEqual(['held', 'held']);
      await expect(client.blockPayment({ ...payment, partnerReference: 'another' })).rejects.toThrow(
        PaymentAlreadyBlocked,
      );
      await client.unblockPayment(payment, anaReleases);
      await rig.lifecycle(payment).result();
      expect((await client.blockPayment(payment)).status).toBe('released');
    });
    await expectBooksToAgree(payment);
  });

  test('of many unblocks at once one wins, the others are told, and the money moves once', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) =>
          client.unblockPayment(payment, {
            ...anaRefunds,
            refundAmount: index % 2 === 0,
            operator: `operator ${index}`,
          }),
        ),
      );
      const refused = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
      );
      expect(refused).toHaveLength(7);
      for (const error of refused) expect(error).toBeInstanceOf(MessageRefused);
      await rig.lifecycle(payment).result();
    });
    await expectBooksToAgree(payment);
  });

  test('a payment that is not there, and one that has ended, are told apart', async () => {
    const payment = samplePayment();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await rig.lifecycle(payment).result();
      await expect(client.unblockPayment(payment, anaRefunds)).rejects.toThrow('the payment is released');
      await expect(client.unblockPayment(samplePayment(), anaRefunds)).rejects.toThrow(PaymentNotFound);
      await expect(client.payment({ ...payment, subscriberId: 'other' })).rejects.toThrow(PaymentNotFound);
    });
  });
});

describe('a refund', () => {
  const expectRefundedOnce = async (story?: (payment: BlockedPayment) => Promise<void>) => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      await story?.(payment);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    await expectBooksToAgree(payment);
    return payment;
  };

  test('whose answer was lost is paid once', async () => {
    await rig.sandbox.misbehave({ misbehave: 'dropAnswer', calls: 1 });
    await expectRefundedOnce();
  });

  test('that the gateway answers with an error after booking it is paid once', async () => {
    await rig.sandbox.misbehave({ misbehave: 'error500', when: 'afterBooking', calls: 1 });
    await expectRefundedOnce();
  });

  test('that the gateway never saw, for its error came first, is sent again', async () => {
    await rig.sandbox.misbehave({ misbehave: 'error500', when: 'beforeBooking', calls: 2 });
    await expectRefundedOnce();
  });

  test('that comes while the gateway has had enough calls is paid when it takes them again', async () => {
    await rig.sandbox.misbehave({ misbehave: 'tooMany', retryAfterSeconds: 1, calls: 2 });
    await expectRefundedOnce();
  });

  test('that the gateway settles later is CAPTURED when it is', async () => {
    await rig.sandbox.misbehave({ misbehave: 'captureLater', ms: 300, calls: 1 });
    await expectRefundedOnce();
  });

  test('that is declined brings the payment back to review, and the deadline does not try it again', async () => {
    const payment = large();
    await rig.sandbox.misbehave({ misbehave: 'decline', reason: 'card closed', calls: 1 });
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      await vi.waitFor(async () => {
        expect(await client.payment(payment)).toMatchObject({ status: 'held', refundStatus: 'DECLINED' });
      });
      await rig.env.sleep('60h');
      expect((await client.payment(payment)).status).toBe('held');
      await client.unblockPayment(payment, { ...anaReleases, operator: 'ben' });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
    expect((await rig.onRecord(payment)).balances).toMatchObject({ merchant: 250_000, refundInTransit: 0 });
    await expectBooksToAgree(payment);
  });

  /** Days of a gateway that answers nothing but errors, until the refund needs a person. */
  async function waitForAPerson(client: PaymentBlockClient, payment: BlockedPayment): Promise<void> {
    await rig.sandbox.misbehave(
      { misbehave: 'error500', when: 'beforeBooking' },
      { misbehave: 'error500', when: 'beforeBooking', on: 'lookup' },
    );
    await client.blockPayment(payment);
    await client.unblockPayment(payment, anaRefunds);
    await rig.env.sleep('5 days');
    expect(await client.payment(payment)).toMatchObject({ status: 'refundFailed', refundStatus: 'FAILED' });
    expect(await rig.onRecord(payment)).toMatchObject({
      status: 'refundFailed',
      refund: { status: 'FAILED' },
      balances: { blocked: 0, refundInTransit: 250_000 },
    });
    await rig.sandbox.misbehave();
  }
  const byBen = { operator: 'ben', reason: 'asked the gateway' };

  test('whose outcome stays unknown for days waits for a person, and is paid once when it is asked for again', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await waitForAPerson(client, payment);
      await rig.lifecycle(payment).executeUpdate('retryRefund', { args: [byBen] });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    await expectBooksToAgree(payment);
  });

  test('that a person has found paid is booked as paid, and nobody sends it again', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await waitForAPerson(client, payment);
      await rig.lifecycle(payment).signal('markRefundPaid', byBen);
      expect((await client.payment(payment)).messages.at(-1)).toMatchObject({ outcome: 'refused' });
      await rig.lifecycle(payment).signal('markRefundPaid', { ...byBen, gatewayReference: 'rf_elsewhere' });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    const { refund, balances } = await rig.onRecord(payment);
    expect(refund).toMatchObject({ status: 'CAPTURED', gatewayReference: 'rf_elsewhere' });
    expect(balances).toMatchObject({ refundInTransit: 0, paidOut: 250_000 });
    expect(await rig.sandbox.booked(refund?.refundReference ?? '')).toEqual([]);
  });

  test('that a person gives up goes back to review, and can be released', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await waitForAPerson(client, payment);
      await rig.lifecycle(payment).executeUpdate('giveUpRefund', { args: [byBen] });
      await vi.waitFor(async () => expect((await client.payment(payment)).status).toBe('held'));
      await client.unblockPayment(payment, anaReleases);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
    await expectBooksToAgree(payment);
  });

  test('that a person gives up although the gateway has paid it is booked as paid', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      // Paid, and neither the answer nor any lookup ever came through.
      await rig.sandbox.misbehave({ misbehave: 'dropAnswer' }, { misbehave: 'dropAnswer', on: 'lookup' });
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaRefunds);
      await rig.env.sleep('5 days');
      expect((await client.payment(payment)).status).toBe('refundFailed');
      await rig.sandbox.misbehave();
      await rig.lifecycle(payment).executeUpdate('giveUpRefund', { args: [byBen] });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    await expectBooksToAgree(payment);
  });
});

describe('operators slip, and nothing breaks (the run stays as it was, and its details say why)', () => {
  test.each([
    ['an empty box', 'unblock', undefined],
    ['text instead of an object', 'unblock', 'release'],
    ['a list', 'unblock', [anaRefunds]],
    ['nobody’s name', 'unblock', { refundAmount: true }],
    ['no decision', 'unblock', { operator: 'ana' }],
    ['a past date', 'extendReview', { until: '2001-01-01', operator: 'ana' }],
    ['an empty hold', 'hold', undefined],
    ['nothing to confirm', 'confirmUnblock', { confirms: 'f00', operator: 'ben' }],
    ['a confirmation of what', 'confirmUnblock', { operator: 'ben' }],
    ['an assignment to whom', 'assign', { operator: 'ana' }],
    ['an assignment to a number', 'assign', { assignee: 7, operator: 'ana' }],
    ['an empty note', 'note', { text: ' ', operator: 'ana' }],
    ['a pause by nobody', 'pauseReview', {}],
    ['a review that is not paused', 'resumeReview', { operator: 'ana' }],
    ['a refund that needs nobody', 'retryRefund', { operator: 'ana' }],
    ['a signal with a slip in its name', 'unlock', anaRefunds],
  ])('%s', async (_slip, signal, input) => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await rig.lifecycle(payment).signal(signal, ...(input === undefined ? [] : [input]));
      const view = await client.payment(payment);
      expect(view.status).toBe('held');
      expect(view.messages.at(-1)).toMatchObject({ name: signal, outcome: 'refused' });
      await client.unblockPayment(payment, anaReleases);
      await rig.lifecycle(payment).result();
    });
  });

  test.each([
    ['an empty box', undefined],
    ['text', 'refund'],
    ['no operator', { refundAmount: true }],
  ])('an Update with %s is refused readably and leaves no trace', async (_slip, input) => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      const update = rig.lifecycle(payment).executeUpdate('unblock', { args: [input] });
      const refusal = await update.then(
        () => '',
        (error: WorkflowUpdateFailedError) => error.cause?.message,
      );
      expect(refusal).toContain('Example:');
      expect((await client.payment(payment)).messages).toEqual([]);
      await client.unblockPayment(payment, anaReleases);
      await rig.lifecycle(payment).result();
    });
  });

  test('"Cancel" does not abandon the money', async () => {
    const payment = large();
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await rig.lifecycle(payment).cancel();
      await vi.waitFor(async () => {
        expect((await client.payment(payment)).messages.at(-1)).toMatchObject({
          name: 'cancel',
          outcome: 'refused',
        });
      });
      await client.unblockPayment(payment, anaRefunds);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'refunded' });
    });
    await expectBooksToAgree(payment);
  });
});

test('mail that cannot be sent holds no money back, and is sent later', async () => {
  const payment = large();
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    await client.unblockPayment(payment, anaReleases);
    expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
  });
  const deliver = async (smtpUrl: string) => {
    const channel = mailTo(smtpUrl);
    await deliverAll({ pool: rig.database.pool, channel, ...webhookDeps });
    channel.close();
  };
  await deliver('smtp://127.0.0.1:1');
  const waiting = await rig.database.pool.query(
    `select event_type from outbox join deliveries using (event_id)
      where state = 'pending' and payload->>'uniqueReference' = $1 order by outbox.created_at`,
    [payment.uniqueReference],
  );
  expect(waiting.rows.map((row: { event_type: string }) => row.event_type)).toEqual([
    'paymentHeld',
    'paymentReleased',
  ]);

  await rig.database.pool.query(`update deliveries set next_attempt_at = now() where state = 'pending'`);
  await deliver(rig.mail.smtpUrl);
  expect(await rig.subjectsAbout(payment.uniqueReference)).toHaveLength(2);
});

test('a payment that the database cannot hold fails its run at once, instead of trying for ever', async () => {
  const payment = samplePayment({ uniqueReference: 'x'.repeat(40) });
  await rig.tell(async (client) => {
    await expect(client.blockPayment(payment)).rejects.toThrow(MessageRefused);
    await expect(rig.lifecycle(payment).result()).rejects.toThrow('Workflow execution failed');
  });
});
