import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { type Answer, Api, ApiRig } from '../support/api-rig.ts';
import { blockBody, heldBody, unblockBody } from '../support/samples.ts';

let rig: ApiRig;
let caller: ServiceAccount;
let token: Record<string, string>;
beforeAll(async () => {
  rig = await ApiRig.start();
  caller = await rig.api.user();
  token = { 'x-auth-token': await rig.api.token(caller) };
});
afterAll(() => rig.stop());

/** A payment in review, and how to unblock it. */
async function heldPayment(by = token) {
  const uniqueReference = randomUUID();
  const paymentOptionToken = `tok_${uniqueReference}`;
  const body = heldBody({ paymentOption: { token: paymentOptionToken } });
  await rig.api.post(`/payment/${uniqueReference}/kc-block`, by, body);
  const unblock = (changes: Record<string, unknown> = {}, api = rig.api): Promise<Answer> =>
    api.post(`/payment/${uniqueReference}/kc-unblock`, by, unblockBody(changes));
  const show = async () => (await rig.api.get(`/payment/${uniqueReference}`, by)).body;
  return { uniqueReference, paymentOptionToken, unblock, show };
}

async function refundsOf(uniqueReference: string): Promise<number> {
  const { rowCount } = await rig.database.pool.query('select from refunds where unique_reference = $1', [
    uniqueReference,
  ]);
  return rowCount ?? 0;
}

const NO_REFUND = {
  refundReference: null,
  refundStatusCode: null,
  refundStatusReason: null,
  refundstatusReason: null,
  processedAmount: null,
  processedCurrCode: null,
};

describe('kc-unblock', () => {
  test('releases to the merchant without a refund where refundAmount is false', async () => {
    const payment = await heldPayment();
    const answer = await payment.unblock({ refundAmount: false });
    expect(answer).toMatchObject({ status: 200, body: { ...NO_REFUND, responseCode: '0000' } });
    expect(await payment.show()).toMatchObject({ paymentStatus: 'released', ...withoutSpelling(NO_REFUND) });
  });

  /** A payment under review at a service of its own, where two operators decide. @param more lines of its review settings */
  async function heldForTwo(more = '') {
    const service = await rig.api.user();
    const settings = `reminderHours: 1\ndeadlineHours: 2\ndeadlineAction: refund\nfourEyesAbove: { "*": 0 }\n${more}`;
    const by = { actor: 'ana', reason: 'as agreed' };
    await putSettings(rig.database.pool, 'review', service.subscriberId, settings, by);
    const payment = await heldPayment({ 'x-auth-token': await rig.api.token(service) });
    const ref = { subscriberId: service.subscriberId, uniqueReference: payment.uniqueReference };
    return { service, payment, ref };
  }

  test('unblocks also where two operators would have to agree, whatever one of them has proposed', async () => {
    const { payment, ref } = await heldForTwo();
    const proposed = await rig.client.unblockPayment(ref, {
      refundAmount: true,
      operator: 'ana',
      reason: '',
    });
    expect(proposed).toMatchObject({
      status: 'held',
      outcome: 'proposed',
      proposed: { message: 'unblock', operator: 'ana', next: expect.stringContaining('another operator') },
    });
    expect(await payment.unblock({ refundAmount: false })).toMatchObject({
      status: 200,
      body: { ...NO_REFUND, responseCode: '0000' },
    });
    expect(await payment.show()).toMatchObject({ paymentStatus: 'released' });
  });

  test('proposes where the settings say so: its answer names what has to be confirmed, and tells when it was', async () => {
    const { service, payment, ref } = await heldForTwo('kcUnblock: proposes');
    const call = { partnerReference: `proposed-${payment.uniqueReference}` };
    const proposed = await payment.unblock(call);
    expect(proposed).toMatchObject({
      status: 200,
      body: {
        refundReference: null,
        refundStatusCode: null,
        proposal: { refundAmount: true, operator: service.userId },
      },
    });
    expect(await payment.unblock(call)).toMatchObject({
      status: 200,
      body: { proposal: proposed.body['proposal'] },
    });
    expect(await payment.show()).toMatchObject({ paymentStatus: 'held' });

    const { proposal } = await rig.client.payment(ref);
    const confirms = proposal?.hash ?? '';
    const self = rig.client.confirmUnblock(ref, { confirms, operator: service.userId, reason: '' });
    await expect(self).rejects.toThrow('another operator has to confirm it');
    await rig.client.confirmUnblock(ref, { confirms, operator: 'ben', reason: 'seen' });
    const confirmed = await payment.unblock(call);
    expect(confirmed).toMatchObject({ status: 200, body: { refundReference: expect.any(String) } });
    expect(confirmed.body).not.toHaveProperty('proposal');
    expect(await refundsOf(payment.uniqueReference)).toBe(1);
  });

  test('that proposes says so when its proposal was taken back, and may then come again', async () => {
    const { payment, ref } = await heldForTwo('kcUnblock: proposes');
    const call = { partnerReference: `back-${payment.uniqueReference}`, refundAmount: false };
    const first = await payment.unblock(call);
    await rig.client.send(ref, 'hold', { operator: 'ana', reason: 'not yet' });
    expect(await payment.unblock(call)).toMatchObject({ status: 409, body: { responseCode: '0015' } });
    const second = await payment.unblock(call);
    expect(second).toMatchObject({ status: 200, body: { proposal: { refundAmount: false } } });
    expect(second.body['proposal']).not.toEqual(first.body['proposal']);
  });

  test('keeps who unblocked and why', async () => {
    const payment = await heldPayment();
    await payment.unblock({ refundAmount: false, modifiedUsage: 'the bank said yes' });
    const { rows } = await rig.database.pool.query<Record<string, unknown>>(
      'select operator, reason, decided_by from unblocks where unique_reference = $1',
      [payment.uniqueReference],
    );
    expect(rows).toEqual([{ operator: caller.userId, reason: 'the bank said yes', decided_by: 'operator' }]);
  });

  test('of twenty calls at once, to two APIs, lets exactly one win; the others are told 409 and 0015', async () => {
    const second = await Api.over(rig.database, rig.environment.client, rig.taskQueue);
    const payment = await heldPayment();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_none, index) =>
        payment.unblock({ refundAmount: index % 4 < 2 }, index % 2 === 0 ? rig.api : second),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const losers = answers.filter(({ status }) => status !== 200);
    for (const loser of losers) expect(loser).toMatchObject({ status: 409, body: { responseCode: '0015' } });
    expect(losers).toHaveLength(19);
    expect(await refundsOf(payment.uniqueReference)).toBeLessThanOrEqual(1);
    await second.app.close();
  });

  test('under a partnerReference that a message from elsewhere has used before stops no payment', async () => {
    const client = rig.client;
    const command = { refundAmount: false, operator: 'ana', reason: '', partnerReference: randomUUID() };
    for (const { uniqueReference } of [await heldPayment(), await heldPayment()]) {
      const view = await client.unblockPayment(
        { subscriberId: caller.subscriberId, uniqueReference },
        command,
      );
      expect(view.status).toBe('released');
    }
  });

  test('refuses a released payment with 409 and 0015, and gives the partnerReference back', async () => {
    const partnerReference = `p-${randomUUID()}`;
    const ended = await heldPayment();
    await ended.unblock({ refundAmount: false });
    expect(await ended.unblock({ partnerReference })).toMatchObject({
      status: 409,
      body: {
        partnerReference,
        responseCode: '0015',
        responseDescription: expect.stringContaining('released'),
      },
    });
    const another = await heldPayment();
    expect(await another.unblock({ partnerReference })).toMatchObject({ status: 200 });
  });

  /** Has the database refuse to record who unblocks a payment. @returns takes that away */
  async function refusing(uniqueReference: string): Promise<() => Promise<void>> {
    const { ownerPool: pool } = rig.database;
    const name = `refuse_${randomUUID().replaceAll('-', '')}`;
    await pool.query(`
      create function ${name}() returns trigger language plpgsql as $$ begin
        raise exception 'no room' using errcode = '54000'; end $$`);
    await pool.query(`
      create trigger ${name} before insert on unblocks for each row
        when (new.unique_reference = '${uniqueReference}') execute function ${name}()`);
    return async () => void (await pool.query(`drop trigger ${name} on unblocks`));
  }
  const conflict = (why: string) => ({
    status: 409,
    body: { responseCode: '0015', responseDescription: expect.stringContaining(why) },
  });

  test('whose release was given up is carried out when it comes again, unchanged', async () => {
    const payment = await heldPayment();
    const accept = await refusing(payment.uniqueReference);
    const call = { partnerReference: `again-${payment.uniqueReference}`, refundAmount: false };
    expect(await payment.unblock(call)).toMatchObject(conflict('no room'));
    await accept();
    expect(await payment.unblock(call)).toMatchObject({ status: 200, body: { responseCode: '0000' } });
    expect(await payment.show()).toMatchObject({ paymentStatus: 'released' });
  });

  test('whose refund was given up after the answer says so when it comes again, and is then carried out', async () => {
    const payment = await heldPayment();
    const accept = await refusing(payment.uniqueReference);
    const call = { partnerReference: `again-${payment.uniqueReference}` };
    expect(await payment.unblock(call)).toMatchObject({ status: 200, body: { refundStatusCode: 'PENDING' } });
    await accept();
    expect(await payment.unblock(call)).toMatchObject(conflict('could not be begun'));
    expect(await payment.unblock(call)).toMatchObject({
      status: 200,
      body: { refundStatusCode: 'CAPTURED' },
    });
    expect(await payment.unblock(call)).toMatchObject({
      status: 200,
      body: { refundStatusCode: 'CAPTURED' },
    });
    expect(await refundsOf(payment.uniqueReference)).toBe(1);
  });

  test('answers DECLINED with the reason; the payment is held again, and a new call may refund it', async () => {
    const payment = await heldPayment();
    const { paymentOptionToken } = payment;
    await rig.sandbox.misbehave({
      misbehave: 'decline',
      reason: 'card expired',
      paymentOptionToken,
      calls: 1,
    });
    const partnerReference = `p-${randomUUID()}`;
    const declined = await payment.unblock({ partnerReference });
    expect(declined).toMatchObject({
      status: 200,
      body: {
        refundStatusCode: 'DECLINED',
        refundStatusReason: 'card expired',
        refundstatusReason: 'card expired',
        processedAmount: null,
      },
    });
    expect(await payment.show()).toMatchObject({ paymentStatus: 'held' });

    const captured = await payment.unblock();
    expect(captured).toMatchObject({ status: 200, body: { refundStatusCode: 'CAPTURED' } });
    const { refundReference } = declined.body;
    expect(captured.body['refundReference']).not.toBe(refundReference);
    expect(await payment.unblock({ partnerReference })).toMatchObject({
      status: 200,
      body: { refundReference, refundStatusCode: 'DECLINED' },
    });
  });

  test('answers PENDING when the refund takes longer than the wait, and its outcome when asked again', async () => {
    const impatient = await Api.over(rig.database, rig.environment.client, rig.taskQueue, {
      unblockWaitSeconds: 0.2,
    });
    const payment = await heldPayment();
    const { paymentOptionToken } = payment;
    await rig.sandbox.misbehave({ misbehave: 'captureLater', ms: 1000, paymentOptionToken });
    const partnerReference = `p-${randomUUID()}`;
    const first = await payment.unblock({ partnerReference }, impatient);
    expect(first).toMatchObject({
      status: 200,
      body: { refundStatusCode: 'PENDING', processedAmount: null },
    });
    await expect
      .poll(async () => (await payment.unblock({ partnerReference }, impatient)).body, { timeout: 10_000 })
      .toMatchObject({
        refundReference: first.body['refundReference'],
        refundStatusCode: 'CAPTURED',
        processedAmount: 2000,
      });
    await impatient.app.close();
  });

  test('does not make the API wait when it stops: a call under way answers PENDING', async () => {
    const stopping = await Api.over(rig.database, rig.environment.client, rig.taskQueue);
    const payment = await heldPayment();
    const { paymentOptionToken } = payment;
    await rig.sandbox.misbehave({ misbehave: 'captureLater', ms: 60_000, paymentOptionToken });
    const answer = payment.unblock({}, stopping);
    await expect.poll(() => refundsOf(payment.uniqueReference), { timeout: 10_000 }).toBe(1);
    await stopping.app.close();
    expect(await answer).toMatchObject({ status: 200, body: { refundStatusCode: 'PENDING' } });
  });
});

describe('a repeated call', () => {
  let partnerReference: string;
  beforeEach(() => {
    partnerReference = `p-${randomUUID()}`;
  });

  test('of kc-unblock, also many at once, has one refund and one answer', async () => {
    const payment = await heldPayment();
    const body = unblockBody({ partnerReference });
    const answers = await Promise.all(Array.from({ length: 8 }, () => payment.unblock(body)));
    answers.push(await payment.unblock(body));
    const references = new Set(answers.map((answer) => answer.body['refundReference']));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(references.size).toBe(1);
    expect(await rig.sandbox.booked(String([...references][0]))).toHaveLength(1);
    expect(answers.at(-1)?.body).toMatchObject({ refundStatusCode: 'CAPTURED', processedAmount: 2000 });
  });

  test('of kc-block has one payment, and tells where it stands now', async () => {
    const path = `/payment/${randomUUID()}`;
    const body = heldBody({ partnerReference });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => rig.api.post(`${path}/kc-block`, token, body)),
    );
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 200, body: { paymentStatus: 'held' } });
    await rig.api.post(`${path}/kc-unblock`, token, unblockBody({ refundAmount: false }));
    // The order of the fields, and fields that nobody knows, make no other call of it.
    const reordered = { unknown: 1, ...Object.fromEntries(Object.entries(body).toReversed()) };
    expect(await rig.api.post(`${path}/kc-block`, token, reordered)).toMatchObject({
      status: 200,
      body: { partnerReference, paymentStatus: 'released', disposition: 'HOLD' },
    });
  });

  test('with another body answers 409 and 0012', async () => {
    const payment = await heldPayment();
    await payment.unblock({ partnerReference });
    const taken = {
      status: 409,
      body: {
        partnerReference,
        responseCode: '0012',
        responseDescription: expect.stringContaining('partnerReference'),
      },
    };
    expect(await payment.unblock({ partnerReference, refundAmount: false })).toMatchObject(taken);
    const body = blockBody({ partnerReference });
    expect(await rig.api.post(`/payment/${randomUUID()}/kc-block`, token, body)).toMatchObject(taken);
  });

  test('of kc-block under another partnerReference answers 409 and 0012, also when both come at once', async () => {
    const path = `/payment/${randomUUID()}/kc-block`;
    const both = await Promise.all([
      rig.api.post(path, token, heldBody()),
      rig.api.post(path, token, heldBody()),
    ]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const late = await rig.api.post(path, token, heldBody({ partnerReference }));
    expect(late).toMatchObject({
      status: 409,
      body: { responseCode: '0012', responseDescription: expect.stringContaining('uniqueReference') },
    });
    // The key was given back: it has blocked nothing.
    expect(
      await rig.api.post(`/payment/${randomUUID()}/kc-block`, token, heldBody({ partnerReference })),
    ).toMatchObject({ status: 200 });
  });
});

test("another subscriber's payment is as unknown as none, and its references are free", async () => {
  const stranger = { 'x-auth-token': await rig.api.token(await rig.api.user()) };
  const uniqueReference = randomUUID();
  const path = `/payment/${uniqueReference}`;
  const body = heldBody();
  await rig.api.post(`${path}/kc-block`, token, body);
  const unknown = { status: 404, body: { responseCode: '0002' } };
  expect(await rig.api.get(path, stranger)).toMatchObject(unknown);
  expect(await rig.api.post(`${path}/kc-unblock`, stranger, unblockBody())).toMatchObject(unknown);
  expect(await rig.api.post(`${path}/kc-block`, stranger, { ...body, presentationAmount: 1 })).toMatchObject({
    status: 200,
    body: { paymentStatus: 'released' },
  });
  expect((await rig.api.get(path, token)).body).toMatchObject({
    paymentStatus: 'held',
    presentationAmount: 2000,
  });
});

function withoutSpelling({ refundstatusReason: _inUnblockOnly, ...fields }: typeof NO_REFUND) {
  return fields;
}
