import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newWebhookSecret } from '../../src/notifications/webhook-signature.ts';
import { addEndpoint } from '../../src/store/webhook-endpoints.ts';
import { samplePayment } from '../../tools/payments.ts';
import { verified, WebhookReceiver } from '../notifications/webhook-receiver.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';
import { webhookDeps } from '../support/webhooks.ts';

let rig: LifecycleRig;
let receiver: WebhookReceiver;
beforeAll(async () => {
  rig = await LifecycleRig.start();
  receiver = await WebhookReceiver.start();
});
afterAll(async () => {
  await receiver.stop();
  await rig.stop();
});

/** What the schedule starts each minute. */
const deliveryRun = (): Promise<number> =>
  rig.env.client.workflow.execute('deliverNotifications', {
    workflowId: randomUUID(),
    taskQueue: rig.taskQueue,
    workflowExecutionTimeout: '1h',
  });

test('a lifecycle tells at once how it ends, and the delivery run that it began; each once', async () => {
  const payment = samplePayment({ subscriberId: randomUUID() });
  const secret = newWebhookSecret();
  const wanted = { url: receiver.url, eventTypes: null, secret };
  const by = { actor: 'ana', reason: 'the till listens' };
  await addEndpoint(rig.database.pool, webhookDeps.sealer, payment.subscriberId, wanted, by);
  const told = () => receiver.received.map((message) => verified(secret, message));
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    await rig.lifecycle(payment).result();
    expect(told()).toMatchObject([{ type: 'paymentReleased' }]);
    expect(await deliveryRun()).toBe(1);
    expect(await deliveryRun()).toBe(0);
  });
  expect(told().at(-1)).toMatchObject({
    type: 'paymentBlocked',
    data: {
      uniqueReference: payment.uniqueReference,
      amount: payment.amount,
      invoiceGUID: payment.invoiceGUID,
    },
  });
  expect(receiver.received).toHaveLength(2);
  expect(await rig.mailsAbout(payment.uniqueReference)).toEqual([expect.stringContaining('Released')]);
});
