import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { operatorMessages } from '../../src/domain/messages/operator-messages.ts';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import { type NewTask, nextSteps } from '../../src/domain/task.ts';
import { type Role, roleMissingFor, roles } from '../../src/domain/roles.ts';
import { paymentByReference } from '../../src/store/payments/payment-record.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { removePerson, restorePerson } from '../../src/store/accounts/removed-people.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { customerBlockView } from '../../src/store/customers/customer-blocks.ts';
import { listTasks, openTask } from '../../src/store/tasks/tasks.ts';
import { Api, ApiRig, PASSWORD } from '../support/api-rig.ts';
import { openPage, submitForm } from '../support/pages.ts';
import { heldBody } from '../support/samples.ts';
import { CLIENT_SECRET, SignInProvider } from '../support/sign-in-provider.ts';

const PUBLIC_URL = 'http://127.0.0.1:8080';
const SHOP = `shop-${randomUUID()}`;
const PEOPLE = {
  ana: [`payment-block:${SHOP}:operator`, `payment-block:${SHOP}:approver`, 'staff'],
  ben: [`payment-block:${SHOP}:approver`],
  /** Another person than ben: the e is a Cyrillic one. */
  bеn: [`payment-block:${SHOP}:approver`],
  vera: [`payment-block:${SHOP}:viewer`],
  otto: ['payment-block:another:operator'],
  mia: [`payment-block:${SHOP}:operator`, 'payment-block:another:viewer'],
  nobody: ['staff'],
  gateway: [`payment-block:${SHOP}:operator`],
};

let provider: SignInProvider;
let rig: ApiRig;
beforeAll(async () => {
  provider = await SignInProvider.start(PEOPLE, PUBLIC_URL);
  rig = await ApiRig.start({}, {}, undefined, {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
    PUBLIC_URL,
  });
});
afterAll(async () => {
  await rig.stop();
  await provider.stop();
});

type Cookie = { readonly cookie: string };
const open = (url: string, who?: Cookie) => openPage(rig.api, url, who);
const submit = (url: string, fields: Record<string, string>, headers?: Record<string, string>) =>
  submitForm(rig.api, url, fields, headers);

const cookieOf = (answer: { cookies: readonly { name: string; value: string }[] }, name: string): Cookie => ({
  cookie: `${name}=${encodeURIComponent(answer.cookies.find((each) => each.name === name)?.value ?? '')}`,
});

/** Signs a person in as a browser does. @returns the last answer, with the session's cookie */
async function comeBack(person: string, path = '/reviews/sign-in') {
  const out = await open(path);
  const back = await provider.signIn(String(out.headers.location), person);
  return open(back, cookieOf(out, 'payment_block_sign_in'));
}

async function signedIn(person: string): Promise<Cookie> {
  return cookieOf(await comeBack(person), 'payment_block_session');
}

/** A payment of the shop in review. */
async function heldPayment(changes: Record<string, unknown> = {}): Promise<string> {
  const uniqueReference = randomUUID();
  const service = await rig.api.user({ subscriberId: SHOP });
  const headers = { 'x-auth-token': await rig.api.token(service) };
  await rig.api.post(`/payment/${uniqueReference}/kc-block`, headers, heldBody(changes));
  return uniqueReference;
}

const statusOf = async (uniqueReference: string) =>
  (await paymentByReference(rig.database.pool, { subscriberId: SHOP, uniqueReference }))?.status;

describe('a person signs in at the log-in provider', () => {
  test('and comes back to the page they wanted, by a session that no script gets at', async () => {
    const reference = await heldPayment();
    const wanted = `/reviews/payment/${reference}`;
    const before = await open(wanted);
    expect(before.statusCode).toBe(401);
    expect(before.body).toContain(`/reviews/sign-in?next=${encodeURIComponent(wanted)}`);

    const back = await comeBack('ana', `/reviews/sign-in?next=${encodeURIComponent(wanted)}`);
    expect(back).toMatchObject({ statusCode: 303, headers: { location: wanted } });
    const session = back.cookies.find(({ name }) => name === 'payment_block_session');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/reviews' });
    expect((await open(wanted, cookieOf(back, 'payment_block_session'))).statusCode).toBe(200);
  });

  test('never to another site', async () => {
    for (const next of ['https://evil.example/', '//evil.example', '/reviewsx', 'javascript:alert(1)']) {
      const back = await comeBack('ana', `/reviews/sign-in?next=${encodeURIComponent(next)}`);
      expect(back.headers.location).toBe('/reviews');
    }
  });

  test('and is refused readably where the provider gives no role here, or no name to sign with', async () => {
    expect(await comeBack('nobody')).toMatchObject({
      statusCode: 403,
      body: expect.stringContaining('nobody has no role for any service subscriber'),
    });
    expect((await comeBack('gateway')).body).toContain('a part of the system, not a person');
    expect((await comeBack('ana', '/reviews/sign-in?subscriber=another')).body).toContain(
      'no role for another',
    );
  });

  test('not with what another browser was sent away with, and not twice with the same answer', async () => {
    const [out, other] = [await open('/reviews/sign-in'), await open('/reviews/sign-in')];
    const back = await provider.signIn(String(out.headers.location), 'ana');
    expect((await open(back, cookieOf(other, 'payment_block_sign_in'))).statusCode).toBe(403);
    expect((await open(back)).statusCode).toBe(403);
    expect((await open(back, cookieOf(out, 'payment_block_sign_in'))).statusCode).toBe(303);
    expect((await open(back, cookieOf(out, 'payment_block_sign_in'))).statusCode).toBe(403);
  });

  test('and is signed out everywhere at once: by themselves, and where they are removed', async () => {
    const [first, second] = [await signedIn('ana'), await signedIn('ana')];
    await submit('/reviews/logout', {}, first);
    for (const session of [first, second]) expect((await open('/reviews', session)).statusCode).toBe(401);
    const third = await signedIn('ana');
    const by = { actor: 'otto', reason: 'has left' };
    await inTransaction(rig.database.pool, (db) => removePerson(db, 'ana', by));
    expect((await open('/reviews', third)).statusCode).toBe(401);
    expect(await comeBack('ana')).toMatchObject({
      statusCode: 403,
      body: expect.stringContaining('ana was removed here'),
    });
    await inTransaction(rig.database.pool, (db) => restorePerson(db, 'ana', by));
    expect((await comeBack('ana')).statusCode).toBe(303);
  });

  test('and is refused where another person has their name, by other letters too', async () => {
    await signedIn('ben');
    expect(await comeBack('bеn')).toMatchObject({
      statusCode: 403,
      body: expect.stringContaining('Another person here has your name'),
    });
  });
});

describe('at the desk a case', () => {
  test('shows what a decision needs, what happens without one, and the decisions of its state', async () => {
    const reference = await heldPayment();
    const page = (await open(`/reviews/payment/${reference}`, await signedIn('ana'))).body;
    for (const text of [
      reference,
      'Held for a decision',
      'Not decided by then: it is refunded.',
      'amount-large',
      'Refund to the payment option',
      'Release to the merchant',
      'Give it more time',
      'The ledger: 2 postings',
      'attemptsPerInvoice24h',
      'The payment is not on the lists.',
      'paymentHeld',
      `href="/reviews/payment/${reference}/run"`,
    ])
      expect(page).toContain(text);
    expect(page).not.toContain('It never will be paid');
  });

  test("is decided in the signed-in person's own name, whatever name the form brings along", async () => {
    const reference = await heldPayment();
    const address = `/reviews/payment/${reference}`;
    const ana = await signedIn('ana');
    const fields = { refundAmount: 'true', reason: 'the cardholder called', operator: 'ben' };
    expect(await submit(`${address}/unblock`, fields, ana)).toMatchObject({
      statusCode: 303,
      headers: { location: `${address}?done=unblock` },
    });
    const page = (await open(`${address}?done=unblock`, ana)).body;
    expect(page).toContain('Taken: refund it (the cardholder called)');
    expect(page).toContain('unblock by ana, accepted');
    expect(page).not.toContain('by ben');
  });

  test('is given to a person and back to no one, and notes stay with it', async () => {
    const reference = await heldPayment();
    const address = `/reviews/payment/${reference}`;
    const ana = await signedIn('ana');
    const assignee = async () =>
      (await rig.client.payment({ subscriberId: SHOP, uniqueReference: reference })).assignedTo;
    expect((await submit(`${address}/assign`, { assignee: 'ana' }, ana)).statusCode).toBe(303);
    expect(await assignee()).toBe('ana');
    expect((await submit(`${address}/assign`, { assignee: '' }, ana)).statusCode).toBe(303);
    expect(await assignee()).toBeUndefined();
    expect((await submit(`${address}/note`, { text: '' }, ana)).body).toContain('text is missing');
    expect((await submit(`${address}/note`, { text: 'the <b>bank</b> calls' }, ana)).statusCode).toBe(303);
    expect((await open(address, ana)).body).toContain('the &lt;b&gt;bank&lt;/b&gt; calls');
    const hours = await submit(`${address}/extendReview`, { hours: 'soon', reason: 'x' }, ana);
    expect(hours.statusCode).toBe(400);
  });

  test("leads to its run's details in the Temporal UI", async () => {
    const reference = await heldPayment();
    const answer = await open(`/reviews/payment/${reference}/run`, await signedIn('vera'));
    const workflowId = encodeURIComponent(
      paymentWorkflowId({ subscriberId: SHOP, uniqueReference: reference }),
    );
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toMatch(
      new RegExp(
        `^https://temporal.example/namespaces/default/workflows/${workflowId}/[0-9a-f-]{36}/user-metadata$`,
      ),
    );
  });

  test('takes no decision without a reason, and none from another site', async () => {
    const reference = await heldPayment();
    const url = `/reviews/payment/${reference}/unblock`;
    const ana = await signedIn('ana');
    expect(await submit(url, { refundAmount: 'true', reason: ' ' }, ana)).toMatchObject({
      statusCode: 400,
      body: expect.stringContaining('Say why'),
    });
    const foreign = { ...ana, 'sec-fetch-site': 'cross-site' };
    expect((await submit(url, { refundAmount: 'true', reason: 'x' }, foreign)).statusCode).toBe(403);
    expect(await statusOf(reference)).toBe('held');
  });

  test('that another person has decided meanwhile refuses the second readably, and keeps what they typed', async () => {
    const reference = await heldPayment();
    const url = `/reviews/payment/${reference}/unblock`;
    const [ana, ben] = [await signedIn('ana'), await signedIn('ben')];
    await submit(url, { refundAmount: 'false', reason: 'known customer' }, ana);
    const second = await submit(url, { refundAmount: 'true', reason: 'fraud' }, ben);
    expect(second.statusCode).toBe(409);
    expect(second.body).toMatch(/Not taken: the payment is (already being )?released/);
    expect(second.body).toContain('You wrote: <q>fraud</q>');
    expect(await statusOf(reference)).toBe('released');
  });

  test('takes two people where two must agree, by whichever doors they come', async () => {
    const by = { actor: 'otto', reason: 'as agreed' };
    const settings =
      'reminderHours: 1\ndeadlineHours: 2\ndeadlineAction: stayHeld\nfourEyesAbove: { "*": 0 }';
    await putSettings(rig.database.pool, 'review', SHOP, settings, by);
    try {
      const reference = await heldPayment();
      const ref = { subscriberId: SHOP, uniqueReference: reference };
      const address = `/reviews/payment/${reference}`;
      const [ana, ben] = [await signedIn('ana'), await signedIn('ben')];
      await submit(`${address}/unblock`, { refundAmount: 'true', reason: 'fraud' }, ana);
      const { proposal } = await rig.client.payment(ref);
      expect(proposal).toMatchObject({ operator: 'ana' });
      const fields = { confirms: proposal?.hash ?? '', reason: 'I have looked too' };
      // The same person: at the desk, and by the client under other spellings of her name.
      expect(await submit(`${address}/confirmUnblock`, fields, ana)).toMatchObject({
        statusCode: 409,
        body: expect.stringContaining('another operator has to confirm it'),
      });
      for (const operator of ['Ana', ' ana ', 'an\u200ba', 'аna'])
        await expect(rig.client.send(ref, 'confirmUnblock', { ...fields, operator })).rejects.toThrow(
          'another operator',
        );
      expect(await submit(`${address}/confirmUnblock`, fields, ben)).toMatchObject({ statusCode: 303 });
      expect((await rig.client.payment(ref)).decidedBy).toBe('operator');
    } finally {
      await putSettings(rig.database.pool, 'review', SHOP, null, by);
    }
  });

  test('of another subscriber is not there, and a viewer or a service account only reads', async () => {
    const reference = await heldPayment();
    const address = `/reviews/payment/${reference}`;
    expect(await open(address, await signedIn('otto'))).toMatchObject({
      statusCode: 404,
      body: expect.stringContaining('No such payment'),
    });
    const decision = { refundAmount: 'true', reason: 'fraud' };
    const vera = await signedIn('vera');
    expect((await open(address, vera)).body).not.toContain('Refund to the payment option');
    expect(await submit(`${address}/unblock`, decision, vera)).toMatchObject({
      statusCode: 403,
      body: expect.stringContaining('needs the role operator or approver'),
    });
    const { userId } = await rig.api.user({ subscriberId: SHOP });
    const login = await submit('/reviews/login', { userId, password: PASSWORD });
    const service = cookieOf(login, 'payment_block_token');
    expect((await open(address, service)).body).toContain('A service account only reads');
    expect((await submit(`${address}/unblock`, decision, service)).statusCode).toBe(403);
    expect(await statusOf(reference)).toBe('held');
  });
});

describe('a person keeps views of the queue', () => {
  test('under names of their own: opens, replaces and removes them, and no one else has them', async () => {
    const [ana, ben] = [await signedIn('ana'), await signedIn('ben')];
    const large = '/reviews?amountFrom=1000&currCode=EUR&sort=amount';
    const page = (await open(large, ana)).body;
    const [, query = ''] = /name="query" value="([^"]*)"/.exec(page) ?? [];
    const fields = { name: ' Large <EUR> ', query: query.replaceAll('&amp;', '&') };
    expect(await submit('/reviews/views', fields, ana)).toMatchObject({
      statusCode: 303,
      headers: { location: large },
    });
    const link = `<a href="${large.replaceAll('&', '&amp;')}" aria-current="page">Large &lt;EUR&gt;</a>`;
    expect((await open(large, ana)).body).toContain(link);
    expect((await open(large, ana)).body).not.toContain('Keep these filters');
    expect((await open('/reviews', ben)).body).not.toContain('Large');

    await submit('/reviews/views', { name: 'Large <EUR>', query: 'due=overdue' }, ana);
    const replaced = (await open('/reviews', ana)).body;
    expect(replaced).toContain('href="/reviews?due=overdue">Large');
    expect(replaced).not.toContain(link);
    expect(await submit('/reviews/views/remove', { name: 'Large <EUR>' }, ana)).toMatchObject({
      statusCode: 303,
      headers: { location: '/reviews' },
    });
    expect((await open('/reviews', ana)).body).not.toContain('Large');
  });

  test('at the desk, and nowhere else; not without a name, and not without end', async () => {
    const ana = await signedIn('ana');
    const away = await submit('/reviews/views', { name: 'away', query: '//evil.example/' }, ana);
    expect(away.headers.location).toMatch(/^\/reviews\?[\w%.=+-]+$/);
    expect((await submit('/reviews/views', { name: ' ', query: 'due=today' }, ana)).statusCode).toBe(400);
    for (let number = 2; number <= 50; number += 1)
      await submit('/reviews/views', { name: `view ${number}`, query: 'due=today' }, ana);
    expect((await submit('/reviews/views', { name: 'one more', query: '' }, ana)).body).toContain(
      'remove one first',
    );
    expect((await submit('/reviews/views', { name: 'view 50', query: 'due=later' }, ana)).statusCode).toBe(
      303,
    );
  });
});

test('a person with roles for several subscribers switches between their desks, and to no other', async () => {
  const reference = await heldPayment();
  const address = `/reviews/payment/${reference}`;
  // The first of the alphabet.
  const mia = await signedIn('mia');
  expect((await open(address, mia)).statusCode).toBe(404);
  const page = (await open('/reviews', mia)).body;
  expect(page).toContain('<option selected>another</option>');
  expect(page).toContain(`<option>${SHOP}</option>`);
  expect(await submit('/reviews/subscriber', { subscriber: SHOP }, mia)).toMatchObject({ statusCode: 303 });
  expect((await open(address, mia)).body).toContain('Refund to the payment option');
  expect(await submit('/reviews/subscriber', { subscriber: 'third' }, mia)).toMatchObject({
    statusCode: 400,
  });
  expect((await open(address, mia)).statusCode).toBe(200);
  // A form of the desk that she has left behind is not taken for one of this desk.
  const left = await submit(
    `${address}/unblock`,
    { refundAmount: 'true', reason: 'x', desk: 'another' },
    mia,
  );
  expect(left).toMatchObject({ statusCode: 409, body: expect.stringContaining('nothing was done') });
  expect((await open(address, mia)).body).toContain(`<input type="hidden" name="desk" value="${SHOP}">`);
  expect(await statusOf(reference)).toBe('held');
  expect((await open('/reviews', await signedIn('ana'))).body).not.toContain('Switch');
  const { rows } = await rig.database.pool.query(
    `select action from audit where subscriber_id = $1 and subject = 'person:mia'`,
    [SHOP],
  );
  expect(rows).toEqual([{ action: 'signIn' }]);
});

describe('an open page of the desk', () => {
  /** The events that a page receives, as a browser does. */
  async function listen(address: string, path: string, { cookie }: Cookie) {
    const response = await fetch(new URL(path, address), {
      headers: { cookie, accept: 'text/event-stream' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const received = { text: '', ended: false };
    const reading = (async () => {
      for await (const chunk of response.body ?? []) received.text += Buffer.from(chunk).toString();
      received.ended = true;
    })();
    return { received, reading, stop: () => response.body?.cancel().catch(() => {}) };
  }

  const changesOf = async (path: string, who: Cookie) =>
    (/data-changes="([^"]+)"/.exec((await open(path, who)).body)?.[1] ?? '').replaceAll('&amp;', '&');
  const listeners = async () => {
    const { rows } = await rig.database.pool.query(
      `select from pg_stat_activity where datname = current_database() and query = 'listen outbox'`,
    );
    return rows.length;
  };

  test('receives within two seconds what another person decides, over one connection for all pages', async () => {
    const api = await Api.over(rig.database, rig.environment.client, rig.taskQueue);
    const address = await api.app.listen({ port: 0 });
    const reference = await heldPayment();
    const page = `/reviews/payment/${reference}`;
    const [ana, ben] = [await signedIn('ana'), await signedIn('ben')];
    const before = await listeners();
    const pages = [
      await listen(address, await changesOf(page, ben), ben),
      await listen(address, await changesOf('/reviews', ben), ben),
      await listen(address, await changesOf('/reviews?status=refundFailed', ana), ana),
    ];
    await vi.waitFor(async () => expect(await listeners()).toBe(before + 1), 3_000);
    await submit(`${page}/unblock`, { refundAmount: 'false', reason: 'known customer' }, ana);
    const [ofCase, ofQueue, ofOthers] = pages.map(({ received }) => received);
    await vi.waitFor(() => {
      expect(ofCase?.text).toMatch(/event: changed\ndata: .*by ana/);
      expect(ofQueue?.text).toContain('event: changed');
    }, 2_000);
    expect(ofOthers?.text).not.toContain('event');

    await submit('/reviews/logout', {}, ben);
    await vi.waitFor(() => expect(ofCase).toMatchObject({ ended: true }), 3_000);
    expect(ofCase?.text).toContain('event: ended\ndata: {"text":"You are signed out."}');
    expect(ofOthers).toMatchObject({ ended: false });
    await api.app.close();
    await Promise.all(pages.map(({ reading }) => reading));
    await vi.waitFor(async () => expect(await listeners()).toBe(before), 3_000);
  });

  test('is told at once where it is older than the record, and nothing without signing in', async () => {
    const address = await rig.api.app.listen({ port: 0 });
    const reference = await heldPayment();
    const ana = await signedIn('ana');
    const stale = await changesOf(`/reviews/payment/${reference}`, ana);
    await submit(`/reviews/payment/${reference}/note`, { text: 'seen' }, ana);
    const { received, stop } = await listen(address, stale, ana);
    await vi.waitFor(() => expect(received.text).toContain('event: changed'), 2_000);
    await stop();
    expect((await open('/reviews/changes')).statusCode).toBe(401);
    const fresh = await listen(address, await changesOf(`/reviews/payment/${reference}`, ana), ana);
    await vi.waitFor(() => expect(fresh.received.text).toContain('retry'));
    expect(fresh.received.text).not.toContain('event');
    await fresh.stop();
  });
});

describe('at the desk several payments', () => {
  const bulk = async (fields: Record<string, string | string[]>, who: Cookie) =>
    rig.api.app.inject({
      method: 'POST',
      url: '/reviews/decide',
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', ...who },
      payload: new URLSearchParams(
        Object.entries(fields).flatMap(([name, value]) =>
          [value].flat().map((each): [string, string] => [name, each]),
        ),
      ).toString(),
    });
  /** The part of the summary under a heading. */
  const under = (page: string, title: string) =>
    new RegExp(`<section aria-labelledby="${title}">[^]*?</section>`).exec(page)?.[0] ?? '';

  test('are decided at once, each by itself, and the summary says of each what became of it and why', async () => {
    const by = { actor: 'otto', reason: 'as agreed' };
    const settings =
      'reminderHours: 1\ndeadlineHours: 2\ndeadlineAction: stayHeld\nfourEyesAbove: { EUR: 2500 }';
    await putSettings(rig.database.pool, 'review', SHOP, settings, by);
    try {
      const [plain, large, decided] = [
        await heldPayment(),
        await heldPayment({ presentationAmount: 3000 }),
        await heldPayment(),
      ];
      const [ana, ben] = [await signedIn('ana'), await signedIn('ben')];
      const before = (await open('/reviews?sort=age', ana)).body;
      for (const reference of [plain, large]) expect(before).toContain(`name="payment" value="${reference}"`);
      await submit(`/reviews/payment/${decided}/unblock`, { refundAmount: 'false', reason: 'known' }, ben);

      const chosen = { decision: 'refund', reason: 'the same stolen card', operator: 'ben' };
      const back = '/reviews?sort=age';
      const answer = await bulk({ ...chosen, back, payment: [plain, large, decided, 'nope', plain] }, ana);
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toContain('1 taken, 1 proposed, 2 refused.');
      expect(answer.body).toContain('href="/reviews?sort=age">Back');
      expect(under(answer.body, 'Taken')).toContain(`<a href="/reviews/payment/${plain}">${plain}</a>`);
      expect(under(answer.body, 'Proposed')).toContain(`<a href="/reviews/payment/${large}">${large}</a>`);
      expect(under(answer.body, 'Refused')).toMatch(/the payment is (already being )?released/);
      expect(under(answer.body, 'Refused')).toContain('There is no such payment.');
      const { messages } = await rig.client.payment({ subscriberId: SHOP, uniqueReference: plain });
      expect(messages).toMatchObject([{ name: 'unblock', operator: 'ana', outcome: 'accepted' }]);
      expect(
        (await rig.client.payment({ subscriberId: SHOP, uniqueReference: large })).proposal,
      ).toMatchObject({
        operator: 'ana',
        reason: 'the same stolen card',
      });
    } finally {
      await putSettings(rig.database.pool, 'review', SHOP, null, by);
    }
  });

  test('are given to a person, get more time, and a note', async () => {
    const payment = [await heldPayment(), await heldPayment()];
    const ana = await signedIn('ana');
    for (const fields of [
      { decision: 'assign', assignee: 'ben' },
      { decision: 'extend', hours: '30', reason: 'the bank is closed' },
      { decision: 'note', reason: 'seen together' },
    ])
      expect((await bulk({ ...fields, payment }, ana)).body).toContain('2 taken');
    for (const uniqueReference of payment) {
      const { assignedTo, messages } = await rig.client.payment({ subscriberId: SHOP, uniqueReference });
      expect(assignedTo).toBe('ben');
      expect(messages.map(({ name }) => name)).toEqual(['assign', 'extendReview', 'note']);
    }
  });

  test('are left alone without a selection, a reason, a role, or where they are too many', async () => {
    const payment = await heldPayment();
    const [ana, vera] = [await signedIn('ana'), await signedIn('vera')];
    const foreign = { ...ana, 'sec-fetch-site': 'cross-site' };
    const refund = { decision: 'refund', reason: 'fraud' };
    expect((await bulk(refund, ana)).body).toContain('Nothing was decided. The selection is missing');
    const many = Array.from({ length: 26 }, (_, index) => `p${index}`);
    expect((await bulk({ ...refund, payment: many }, ana)).body).toContain('select fewer');
    expect((await bulk({ payment, reason: 'fraud' }, ana)).body).toContain('The decision is missing');
    expect((await bulk({ ...refund, reason: ' ', payment }, ana)).body).toContain('Say why');
    expect(await bulk({ ...refund, payment }, vera)).toMatchObject({
      statusCode: 403,
      body: expect.stringContaining('needs the role operator or approver'),
    });
    expect((await bulk({ ...refund, payment }, foreign)).statusCode).toBe(403);
    expect((await open('/reviews', vera)).body).not.toContain('name="payment"');
    expect(await statusOf(payment)).toBe('held');
  });
});

describe('at the desk a customer', () => {
  const blockOf = (customerUuid: string) =>
    customerBlockView(rig.database.pool, { subscriberId: SHOP, customerUuid });

  test('is blocked from a case, with its card, and unblocked again, in the own name with a reason', async () => {
    const customerUuid = randomUUID();
    const card = {
      token: randomUUID(),
      ccType: 'VISA',
      ccLastFour: '7331',
      cardHolder: `Jo ${customerUuid}`,
    };
    const first = await heldPayment({ customerUuid });
    const reference = await heldPayment({ customerUuid, paymentOption: card });
    const address = `/reviews/payment/${reference}`;
    const customer = `/reviews/customer/${customerUuid}`;
    const ana = await signedIn('ana');
    const before = (await open(address, ana)).body;
    expect(before).toContain(`action="${customer}/block"`);
    expect(before).toContain(`href="/reviews/payment/${first}"`);
    const fields = { reason: 'three stolen cards', payment: reference, card: 'yes', operator: 'ben' };
    expect(await submit(`${customer}/block`, fields, ana)).toMatchObject({
      statusCode: 303,
      headers: { location: `${address}#customer` },
    });
    expect(await blockOf(customerUuid)).toMatchObject({ customerBlocked: true });
    const { rows } = await rig.database.pool.query(
      `select cc_last_four from customer_block_cards where subscriber_id = $1 and card_holder = $2`,
      [SHOP, card.cardHolder],
    );
    expect(rows).toEqual([{ cc_last_four: '7331' }]);
    const during = (await open(address, ana)).body;
    expect(during).toContain('is blocked from online payment');
    expect(during).toMatch(/block by ana [^<]*reason three stolen cards/);

    const out = await submit(`${customer}/unblock`, { reason: 'identity confirmed' }, ana);
    expect(out).toMatchObject({ statusCode: 303, headers: { location: `${customer}?done=unblock` } });
    expect(await blockOf(customerUuid)).toMatchObject({ customerBlocked: false });
    const page = (await open(customer, ana)).body;
    for (const text of ['Not blocked', first, reference, 'reason identity confirmed'])
      expect(page).toContain(text);
    expect(await submit(`${customer}/unblock`, { reason: 'once more' }, ana)).toMatchObject({
      statusCode: 409,
      body: expect.stringContaining('not blocked any more'),
    });
  });

  test('stays as they are without a reason or the role, and is not seen by another subscriber', async () => {
    const customerUuid = randomUUID();
    const reference = await heldPayment({ customerUuid });
    const url = `/reviews/customer/${customerUuid}/block`;
    const ana = await signedIn('ana');
    expect(await submit(url, { reason: '' }, ana)).toMatchObject({
      statusCode: 400,
      body: expect.stringContaining('say why'),
    });
    expect(
      (await submit(url, { reason: 'fraud' }, { ...ana, 'sec-fetch-site': 'cross-site' })).statusCode,
    ).toBe(403);
    expect((await submit(url, { reason: 'fraud' }, await signedIn('vera'))).body).toContain(
      'needs the role operator or approver or riskAnalyst',
    );
    expect(await blockOf(customerUuid)).toMatchObject({ customerBlocked: false });
    expect((await open(`/reviews/customer/${customerUuid}`, await signedIn('otto'))).body).not.toContain(
      reference,
    );
  });
});

describe('at the desk a task', () => {
  const opened = async (changes: Partial<NewTask> = {}) => {
    const task: NewTask = {
      subscriberId: SHOP,
      kind: 'amountDiffers',
      subject: `refund:${randomUUID()}`,
      summary: 'Over 12.00 EUR <b>here</b>, over 21.00 EUR there.',
      details: { uniqueReference: 'order 7' },
      ...changes,
    };
    await inTransaction(rig.database.pool, (db) => openTask(db, task));
    const [newest] = await listTasks(rig.database.pool, {
      subscriberId: task.subscriberId,
      state: 'all',
      limit: 1,
    });
    return newest?.taskId ?? 0;
  };
  const standing = async (taskId: number) =>
    (await listTasks(rig.database.pool, { subscriberId: SHOP, state: 'all', limit: 100 })).find(
      (task) => task.taskId === taskId,
    );

  test('says what is known and what to do, and is closed with a reason in the own name', async () => {
    const taskId = await opened();
    const ana = await signedIn('ana');
    const page = (await open('/reviews/tasks', ana)).body;
    for (const text of [
      `Task ${taskId}: a refund has two amounts`,
      'Over 12.00 EUR &lt;b&gt;here',
      nextSteps.amountDiffers.slice(0, 40),
      'href="/reviews/payment/order%207"',
    ])
      expect(page).toContain(text);
    const url = `/reviews/tasks/${taskId}/close`;
    const fields = { reason: 'settled with the gateway', operator: 'ben' };
    expect((await open('/reviews', ana)).body).toMatch(/<strong>1<\/strong>\s+Open tasks/);
    expect(await submit(url, fields, ana)).toMatchObject({
      statusCode: 303,
      headers: { location: `/reviews/tasks?closed=${taskId}` },
    });
    expect(await standing(taskId)).toMatchObject({
      closedBy: 'ana',
      closingReason: 'settled with the gateway',
    });
    expect((await open('/reviews/tasks', ana)).body).toContain('Nothing needs a person.');
    expect(await submit(url, { reason: 'again' }, await signedIn('ben'))).toMatchObject({
      statusCode: 409,
      body: expect.stringContaining('ana has closed it: settled with the gateway'),
    });
  });

  test('stays open without a reason, without the role, and for another subscriber', async () => {
    const taskId = await opened();
    const url = `/reviews/tasks/${taskId}/close`;
    const reason = { reason: 'settled' };
    const ana = await signedIn('ana');
    expect((await submit(url, { reason: ' ' }, ana)).body).toContain('say how it was settled');
    const card = await submit(url, { reason: 'card 4111 1111 1111 1111' }, ana);
    expect(card).toMatchObject({ statusCode: 400, body: expect.stringContaining('number of a card') });
    expect((await submit(url, reason, { ...ana, 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
    const vera = await submit(url, reason, await signedIn('vera'));
    expect(vera).toMatchObject({ statusCode: 403, body: expect.stringContaining('operator or approver') });
    expect((await submit(url, reason, await signedIn('otto'))).statusCode).toBe(404);
    expect((await open('/reviews/tasks', await signedIn('otto'))).body).toContain('Nothing needs a person.');
    expect(await standing(taskId)).toMatchObject({ closedAt: null });
  });

  test('that only its own settling closes has no form, and says what closes it', async () => {
    const taskId = await opened({ kind: 'refundFailed', subject: `refund:${randomUUID()}` });
    const ana = await signedIn('ana');
    const url = `/reviews/tasks/${taskId}/close`;
    expect((await open('/reviews/tasks', ana)).body).not.toContain(url);
    expect(await submit(url, { reason: 'paid' }, ana)).toMatchObject({
      statusCode: 409,
      body: expect.stringContaining('that closes the task'),
    });
  });
});

test('every message needs a role, an administrator may send all of them, a viewer none', () => {
  for (const { name } of operatorMessages) {
    expect(roleMissingFor(name, new Set<Role>(['administrator']))).toBeUndefined();
    expect(roleMissingFor(name, new Set<Role>(['viewer']))).toContain('administrator');
    const able = roles.filter((role) => roleMissingFor(name, new Set([role])) === undefined);
    expect(able.length).toBeGreaterThan(1);
  }
});
