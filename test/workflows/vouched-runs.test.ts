import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PaymentBlockClient } from '../../src/client/index.ts';
import { signPayment } from '../../src/client/sign-payment.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { addClientKey, readPublicKey, removeClientKey } from '../../src/store/accounts/client-keys.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { paymentByReference } from '../../src/store/payments/payment-record.ts';
import { claimPartnerReference } from '../../src/store/payments/partner-requests.ts';
import { listTasks } from '../../src/store/tasks/tasks.ts';
import { samplePayment } from '../../tools/payments.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';

let rig: LifecycleRig;
beforeAll(async () => {
  rig = await LifecycleRig.start();
  await register('demo', 'checkout', own.publicKey);
  await register('another', 'checkout', foreign.publicKey);
});
afterAll(() => rig.stop());

const pair = () =>
  generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const own = pair();
const foreign = pair();
const by = { actor: 'ana', reason: 'the checkout blocks by itself' };

async function register(subscriberId: string, name: string, pem: string): Promise<void> {
  const key = readPublicKey(pem);
  if ('problem' in key) throw new Error(key.problem);
  await inTransaction(rig.database.pool, (db) => addClientKey(db, { subscriberId, name }, key, by));
}

/** Starts the run as it is, by anybody who reaches Temporal. */
async function started(payment: BlockedPayment, taskQueue: string): Promise<unknown> {
  return new PaymentBlockClient(rig.env.client, taskQueue).blockPayment(payment);
}

const signedBy = (key: { privateKey: string }, payment: BlockedPayment, name = 'checkout') =>
  signPayment(payment, { name, privateKey: key.privateKey });

const forged: readonly (readonly [string, string, () => BlockedPayment])[] = [
  ['that bears no signature', 'neither by the API nor by a client that signs', () => samplePayment()],
  [
    'whose amount is another than was signed',
    'is not what the key checkout has signed',
    () => ({ ...signedBy(own, samplePayment()), amount: { minor: 9_999_999, currency: 'EUR' } }),
  ],
  [
    'whose card is another than was signed',
    'is not what the key checkout has signed',
    () => ({ ...signedBy(own, samplePayment()), paymentOption: { token: 'tok_mine' } }),
  ],
  [
    'that a key of another subscriber has signed',
    'is not what the key checkout has signed',
    () => signedBy(foreign, samplePayment()),
  ],
  [
    'that an unknown key has signed',
    'which is no key of demo',
    () => signedBy(own, samplePayment(), 'unknown'),
  ],
  [
    'whose signature is no signature',
    'is not what the key checkout has signed',
    () => ({ ...samplePayment(), voucher: { keyName: 'checkout', signature: '' } }),
  ],
];

test.each(forged)('a run %s ends without effect, and a task says so', async (_what, why, forge) => {
  const payment = forge();
  await rig.tell(
    async () => {
      await expect(started(payment, rig.taskQueue)).rejects.toThrow(why);
      await expect(rig.lifecycle(payment).result()).rejects.toThrow('Workflow execution failed');
    },
    { vouchedRuns: 'required' },
  );
  expect(await paymentByReference(rig.database.pool, payment)).toBeUndefined();
  const tasks = await listTasks(rig.database.pool, { subscriberId: 'demo', state: 'open', limit: 200 });
  const task = tasks.find(({ subject }) => subject.startsWith(`payment:${payment.uniqueReference}`));
  expect(task?.summary).toContain(why);
});

test('a payment that its subscriber’s key has signed is taken in, also with other order of its fields; not once the key is removed', async () => {
  const payment = samplePayment();
  const signed = signedBy(own, payment);
  const reordered = Object.fromEntries(Object.entries(signed).toReversed());
  const later = samplePayment();
  await rig.tell(
    async () => {
      const client = new PaymentBlockClient(rig.env.client, rig.taskQueue, {
        signingKey: { name: 'checkout', privateKey: own.privateKey },
      });
      expect(await client.blockPayment({ ...payment, ...reordered })).toMatchObject({ status: 'released' });
      const ref = { subscriberId: 'demo', name: 'checkout' };
      await inTransaction(rig.database.pool, (db) => removeClientKey(db, ref, by));
      await expect(client.blockPayment(later)).rejects.toThrow('which is no key of demo');
      await register('demo', 'checkout', own.publicKey);
    },
    { vouchedRuns: 'required' },
  );
});

test('a payment that the API has taken is vouched for by that', async () => {
  const payment = samplePayment();
  await claimPartnerReference(rig.database.pool, { ...payment, operation: 'block', bodyDigest: 'x' });
  await rig.tell(
    async () => {
      expect(await started(payment, rig.taskQueue)).toMatchObject({ status: 'released' });
      const other = { ...samplePayment(), partnerReference: payment.partnerReference };
      await expect(started(other, rig.taskQueue)).rejects.toThrow('neither by the API');
    },
    { vouchedRuns: 'required' },
  );
});

test.each([
  ['a private key', own.privateKey, 'is a private key'],
  [
    'an RSA key',
    generateKeyPairSync('rsa', { modulusLength: 2048 })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString(),
    'is rsa, not ed25519',
  ],
  ['no key', 'hello', 'is no public key in PEM'],
])('%s cannot vouch', (_what, pem, problem) => {
  expect(readPublicKey(pem)).toEqual({ problem: expect.stringContaining(problem) });
});
