import { generateKeyPairSync } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { addClientKey } from '../../src/store/accounts/client-keys.ts';
import { PaymentBlockClient } from '../../src/client/index.ts';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import { paymentByReference } from '../../src/store/payments/payment-record.ts';
import { refundOfPayment } from '../../src/store/refunds/refund-record.ts';
import { MailCatcherProcess } from '../support/mail-catcher-process.ts';
import { SandboxProcess } from '../support/sandbox-process.ts';
import { startCompiled } from '../support/compiled-process.ts';
import { testDatabase } from '../support/database.ts';
import { samplePayment } from '../../tools/payments.ts';
import { localEnvironment } from '../support/temporal.ts';
import { SECRETS } from '../support/secrets.ts';

test('a worker that is killed while the gateway pays is followed by one that finds it paid, once', {
  timeout: 120_000,
}, async () => {
  const [env, database, sandbox, mail] = await Promise.all([
    localEnvironment(),
    testDatabase(),
    SandboxProcess.start(),
    MailCatcherProcess.start(),
  ]);
  const startWorker = () =>
    startCompiled('src/worker.ts', {
      DATABASE_URL: database.url,
      ...SECRETS,
      TEMPORAL_ADDRESS: env.address,
      GATEWAY_URL: sandbox.url,
      SMTP_URL: mail.smtpUrl,
    });
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = { subscriberId: 'demo', name: 'checkout' };
  await addClientKey(database.pool, key, publicKey, { actor: 'ana', reason: 'the test blocks by itself' });
  const client = new PaymentBlockClient(env.client, 'payment-block', {
    signingKey: {
      name: key.name,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
  });
  const payment = samplePayment({ amount: { minor: 250_000, currency: 'EUR' } });
  // The gateway books at once and answers after ten seconds: the worker dies in between.
  await sandbox.misbehave({ misbehave: 'slow', ms: 10_000, when: 'afterBooking', calls: 1 });

  const first = await startWorker();
  await client.blockPayment(payment);
  await client.unblockPayment(payment, { refundAmount: true, operator: 'ana', reason: 'fraud' });
  const refund = await vi.waitFor(async () => {
    const stored = await refundOfPayment(database.pool, payment);
    expect(await sandbox.booked(stored?.refundReference ?? '')).toHaveLength(1);
    return stored;
  }, 10_000);
  await first.end('SIGKILL');
  expect((await paymentByReference(database.pool, payment))?.status).toBe('refunding');

  const second = await startWorker();
  const handle = env.client.workflow.getHandle(paymentWorkflowId(payment));
  expect(await handle.result()).toMatchObject({ status: 'refunded' });
  expect(await sandbox.booked(refund?.refundReference ?? '')).toHaveLength(1);
  expect(await refundOfPayment(database.pool, payment)).toMatchObject({ status: 'CAPTURED' });

  await second.end();
  await env.teardown();
  await Promise.all([sandbox.remove(), mail.remove()]);
  await database.drop();
});
