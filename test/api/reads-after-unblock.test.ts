import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PaymentBlockClient, type PaymentRef } from '../../src/client/index.ts';
import { casePath, paymentWorkflowId } from '../../src/domain/ids.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { ApiRig, PASSWORD } from '../support/api-rig.ts';
import { heldBody, unblockBody } from '../support/samples.ts';

let rig: ApiRig;
let client: PaymentBlockClient;
let service: ServiceAccount;
let token: Record<string, string>;
let cookie: string;
beforeAll(async () => {
  rig = await ApiRig.start({ unblockWaitSeconds: 1 });
  client = rig.client;
  service = await rig.api.user();
  token = { 'x-auth-token': await rig.api.token(service) };
  const signedIn = await rig.api.app.inject({
    method: 'POST',
    url: '/reviews/login',
    headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ userId: service.userId, password: PASSWORD, query: '' }).toString(),
  });
  cookie = `${signedIn.cookies[0]?.name}=${signedIn.cookies[0]?.value}`;
});
afterAll(() => rig.stop());

const byAna = { refundAmount: true, operator: 'ana', reason: 'confirmed' };

interface Held {
  readonly ref: PaymentRef;
  readonly body: Record<string, unknown>;
}

async function held(): Promise<Held> {
  const uniqueReference = randomUUID();
  const body = heldBody();
  const answer = await rig.api.post(`/payment/${uniqueReference}/kc-block`, token, body);
  expect(answer).toMatchObject({ status: 200, body: { paymentStatus: 'held' } });
  return { ref: { subscriberId: service.subscriberId, uniqueReference }, body };
}

async function cli(command: string, ...args: readonly string[]): Promise<string> {
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: rig.environment.address,
    TASK_QUEUE: rig.taskQueue,
    PAYMENT_BLOCK_SUBSCRIBER: service.subscriberId,
    DATABASE_URL: rig.database.url,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [main, command, ...args, '--json'], { env });
  return stdout;
}

/** What each door says of a payment. A queue says `held` where it lists the payment. */
const doors: Readonly<Record<string, (payment: Held) => Promise<unknown>>> = {
  'GET payment': async ({ ref }) =>
    (await rig.api.get(`/payment/${ref.uniqueReference}`, token)).body['paymentStatus'],
  'kc-block, repeated': async ({ ref, body }) =>
    (await rig.api.post(`/payment/${ref.uniqueReference}/kc-block`, token, body)).body['paymentStatus'],
  'GET reviews': async ({ ref }) =>
    statusIn(JSON.stringify((await rig.api.get(`/reviews?search=${ref.uniqueReference}`, token)).body), ref),
  'the review page': async ({ ref }) => {
    const headers = { accept: 'text/html', cookie };
    const url = `/reviews?search=${ref.uniqueReference}`;
    const { body } = await rig.api.app.inject({ url, headers });
    // In the list; or, where it does not wait any more, beside its status.
    const [link, status] =
      new RegExp(`href="${casePath(ref.uniqueReference)}">(?:payment [\\w-]+ \\((\\w+)\\))?`).exec(body) ??
      [];
    return link === undefined ? 'not listed' : (status ?? 'held');
  },
  "the customer's page": async ({ ref, body }) => {
    const headers = { accept: 'text/html', cookie };
    const url = `/reviews/customer/${String(body['customerUuid'])}`;
    const page = (await rig.api.app.inject({ url, headers })).body;
    const row = new RegExp(`href="${casePath(ref.uniqueReference)}">[^]*?<td>(\\w+)</td>`);
    return row.exec(page)?.[1];
  },
  'the client': async ({ ref }) => (await client.payment(ref)).status,
};
const commands: typeof doors = {
  'the status command': async ({ ref }) =>
    /"status":"(\w+)"/.exec(await cli('status', ref.uniqueReference))?.[1],
  'the reviews command': async ({ ref }) => statusIn(await cli('reviews'), ref),
};

function statusIn(queue: string, { uniqueReference }: PaymentRef): string {
  return queue.includes(uniqueReference) ? 'held' : 'not listed';
}

/** Keeps the record of a payment as it is until it is let go. */
async function keepBehind({ uniqueReference }: PaymentRef): Promise<() => Promise<void>> {
  const db = await rig.database.pool.connect();
  await db.query('begin');
  await db.query('select from payments where unique_reference = $1 for update', [uniqueReference]);
  return async () => {
    await db.query('rollback');
    db.release();
  };
}

test('after an answer that says refunding no door says held, though the record is behind', async () => {
  const payment = await held();
  for (const [door, ask] of Object.entries({ ...doors, ...commands })) {
    expect([door, await ask(payment)]).toEqual([door, 'held']);
  }
  const letGo = await keepBehind(payment.ref);
  expect(await client.unblockPayment(payment.ref, byAna)).toMatchObject({ status: 'refunding' });
  const said = await Promise.all(
    Object.entries({ ...doors, ...commands }).map(async ([door, ask]) => [door, await ask(payment)]),
  );
  await letGo();
  for (const [door, status] of said) expect([door, status]).not.toEqual([door, 'held']);
  const run = rig.environment.client.workflow.getHandle(paymentWorkflowId(payment.ref));
  expect(await run.result()).toMatchObject({ status: 'refunded' });
});

test('kc-unblock answers PENDING with the reference of a refund that is not on record yet', async () => {
  const payment = await held();
  const letGo = await keepBehind(payment.ref);
  const answer = await rig.api.post(
    `/payment/${payment.ref.uniqueReference}/kc-unblock`,
    token,
    unblockBody(),
  );
  await letGo();
  expect(answer).toMatchObject({ status: 200, body: { refundStatusCode: 'PENDING' } });
  expect(await client.payment(payment.ref)).toMatchObject({
    refundReference: answer.body['refundReference'],
  });
});

test('under load no door says held once the unblock is answered', async () => {
  const payments = await Promise.all(Array.from({ length: 40 }, held));
  const reads = await Promise.all(
    payments.map(async (payment) => {
      await client.unblockPayment(payment.ref, byAna);
      return Promise.all(
        Object.entries(doors).map(async ([door, ask]) => `${door}: ${String(await ask(payment))}`),
      );
    }),
  );
  expect(reads.flat().filter((said) => said.endsWith(': held'))).toEqual([]);
  expect(reads.flat()).toHaveLength(40 * Object.keys(doors).length);
}, 60_000);
