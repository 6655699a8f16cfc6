import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiRig } from '../support/api-rig.ts';
import { heldBody } from '../support/samples.ts';

let rig: ApiRig;
let token: Record<string, string>;
beforeAll(async () => {
  rig = await ApiRig.start();
  token = { 'x-auth-token': await rig.api.token(await rig.api.user()) };
});
afterAll(() => rig.stop());

/** A payment over 2000.00 EUR in review. */
async function held() {
  const uniqueReference = randomUUID();
  await rig.api.post(`/payment/${uniqueReference}/kc-block`, token, heldBody());
  const path = `/payment/${uniqueReference}/chargebacks`;
  return {
    report: (body: object, by = token) => rig.api.post(path, by, { reason: 'not ordered', ...body }),
    end: (reference: string, outcome: string) =>
      rig.api.post(`${path}/${encodeURIComponent(reference)}/end`, token, {
        outcome,
        reason: 'the bank says so',
      }),
    list: async (by = token) => rig.api.get(path, by),
  };
}
const unique = () => `cb/${randomUUID()}`;

test('a chargeback is reported once, ends once, and is listed', async () => {
  const { report, end, list } = await held();
  const reference = unique();
  const opened = { reference, amount: 12.5, currCode: 'EUR', status: 'opened' };
  const part = { reference, presentationAmount: 12.5 };
  const taken = { status: 200, body: { chargeback: opened, responseCode: '0000' } };
  expect([await report(part), await report(part)]).toMatchObject([taken, taken]);
  const won = { status: 200, body: { chargeback: { status: 'won' } } };
  expect([await end(reference, 'won'), await end(reference, 'won')]).toMatchObject([won, won]);
  expect((await list()).body['chargebacks']).toMatchObject([{ ...opened, status: 'won' }]);
});

test('what contradicts the record is refused, with the reason, and changes nothing', async () => {
  const { report, end, list } = await held();
  const reference = unique();
  await report({ reference });
  const conflicts = [
    [await report({ reference, presentationAmount: 1 }), 'is on record for another chargeback'],
    [await report({ reference: unique(), presentationAmount: 0.01 }), 'is larger'],
    [await end(unique(), 'won'), 'has no chargeback'],
  ] as const;
  for (const [answer, why] of conflicts) {
    expect(answer).toMatchObject({ status: 409, body: { responseCode: '0002' } });
    expect(answer.body['responseDescription']).toContain(why);
  }
  await end(reference, 'lost');
  expect(await end(reference, 'won')).toMatchObject({ status: 409 });
  expect((await list()).body['chargebacks']).toMatchObject([{ reference, status: 'lost' }]);
});

test.each([
  ['no reason', { reason: '' }],
  ['a card number', { reason: '4111111111111111' }],
  ['three decimals', { presentationAmount: 1.005 }],
  ['nothing', { presentationAmount: 0 }],
  ['a reference of 65 characters', { reference: 'x'.repeat(65) }],
])('%s is refused as wrongly formatted', async (_what, wrong) => {
  const { report, list } = await held();
  expect(await report({ reference: unique(), ...wrong })).toMatchObject({ status: 400 });
  expect((await list()).body['chargebacks']).toEqual([]);
});

test('another subscriber finds no such payment, and an account without the scope may not report', async () => {
  const { report, list } = await held();
  const stranger = await rig.api.user({ subscriberId: 'another' });
  const foreign = { 'x-auth-token': await rig.api.token(stranger) };
  expect(await report({ reference: unique() }, foreign)).toMatchObject({ status: 404 });
  expect(await list(foreign)).toMatchObject({ status: 404 });
  const reader = { 'x-auth-token': await rig.api.token(await rig.api.user({ scopes: ['payment.read'] })) };
  expect(await report({ reference: unique() }, reader)).toMatchObject({ status: 403 });
});
