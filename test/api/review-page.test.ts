import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { readCsv } from '../../src/lists/csv.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { insertPastReviews } from '../support/past-reviews.ts';
import { openPage, submitForm } from '../support/pages.ts';
import { testDatabase } from '../support/database.ts';
import { Api, noTemporal, PASSWORD } from '../support/api-rig.ts';

let api: Api;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

const open = (url: string, headers?: Record<string, string>) => openPage(api, url, headers);
const submit = (url: string, fields: Record<string, string>, headers?: Record<string, string>) =>
  submitForm(api, url, fields, headers);

function signIn({ userId }: ServiceAccount, headers: Record<string, string> = {}, query = '') {
  return submit('/reviews/login', { userId, password: PASSWORD, query }, headers);
}

/** The header that a browser sends after it has signed in. */
async function signedIn(account: ServiceAccount): Promise<{ cookie: string }> {
  const [cookie] = (await signIn(account)).cookies;
  return { cookie: `${cookie?.name}=${cookie?.value}` };
}

describe('an address that a person types', () => {
  test.each(['/', '/reviews/login', '/reviews/logout'])('%s leads to the queue', async (url) => {
    expect(await open(url)).toMatchObject({ statusCode: 303, headers: { location: '/reviews' } });
  });

  test('that leads nowhere shows a page that goes on, and JSON to everybody else', async () => {
    const page = await open('/reviews/<b>nope');
    expect(page).toMatchObject({ statusCode: 404, body: expect.stringContaining('Open the queue') });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    expect(page.body).not.toContain('<b>');
    expect((await api.app.inject({ url: '/reviews/nope' })).json()).toMatchObject({ responseCode: '0002' });
    expect(await open('/lists/import')).toMatchObject({ statusCode: 405, headers: { allow: 'POST' } });
  });
});

describe('signing in', () => {
  test('takes a service account, and keeps its token where no script and no other site gets at it', async () => {
    const account = await api.user();
    expect(await open('/reviews')).toMatchObject({
      statusCode: 401,
      body: expect.stringContaining('Sign in'),
    });
    const answer = await signIn(account, {}, 'due=overdue&search=a%26b');
    expect(answer).toMatchObject({
      statusCode: 303,
      headers: { location: '/reviews?due=overdue&search=a%26b' },
      cookies: [{ httpOnly: true, sameSite: 'Strict', path: '/reviews', expires: expect.any(Date) }],
    });
    expect(answer.cookies[0]).not.toHaveProperty('secure');
    const overTls = await signIn(account, { 'x-forwarded-proto': 'https' });
    expect(overTls.cookies).toMatchObject([{ secure: true }]);
    expect(await open('/reviews', await signedIn(account))).toMatchObject({ statusCode: 200 });
  });

  test('as a person says so where there is no log-in provider', async () => {
    expect(await open('/reviews/sign-in')).toMatchObject({
      statusCode: 403,
      body: expect.stringContaining('There is no log-in provider here'),
    });
  });

  test('goes on to the queue, wherever else a link would lead', async () => {
    const { headers } = await signIn(await api.user(), {}, '//evil.example/\r\nset-cookie: a=b');
    expect(headers.location).toMatch(/^\/reviews\?[\w%.=+-]+$/);
    expect(headers['set-cookie']).toMatch(/^payment_block_token=/);
  });

  test('says what is wrong, with the user as it was typed and as text', async () => {
    const answer = await submit('/reviews/login', { userId: '"><script>', password: 'wrong' });
    expect(answer).toMatchObject({ statusCode: 401, cookies: [] });
    expect(answer.body).toContain('User and password do not match.');
    expect(answer.body).toContain('value="&quot;&gt;&lt;script&gt;"');
    const locked = await api.user({ status: 'locked' });
    expect((await signIn(locked)).body).toContain('The user is locked');
    expect((await submit('/reviews/login', {})).body).toContain('Give user and password.');
    const notAForm = await submit('/reviews/login', {}, { 'content-type': 'text/plain' });
    expect(notAForm.statusCode).toBe(401);
    const broken = await submit('/reviews/login', { a: 'b' }, { 'content-type': 'text/plain' });
    expect(broken).toMatchObject({ statusCode: 400, body: expect.stringContaining('Not understood') });
  });

  test('is not for a user without the scope, and a token of such a user opens nothing', async () => {
    const account = await api.user({ scopes: ['payment.read'] });
    const answer = await signIn(account);
    expect(answer).toMatchObject({ statusCode: 403, cookies: [] });
    expect(answer.body).toContain('the scope reviews.read is missing');
    const reader = await api.user();
    const signedInOnce = await signedIn(reader);
    await api.database.pool.query('update service_accounts set scopes = $2 where user_id = $1', [
      reader.userId,
      ['payment.read'],
    ]);
    expect(await open('/reviews', signedInOnce)).toMatchObject({ statusCode: 403 });
  });

  test("keeps a token that is no token of the API, nor is the API's one of the page", async () => {
    const account = await api.user();
    const { cookie } = await signedIn(account);
    const [, token = ''] = cookie.split('=');
    expect(await api.get('/payment/nobody', { 'x-auth-token': token })).toMatchObject({ status: 401 });
    const ofTheApi = { cookie: `payment_block_token=${await api.token(account)}` };
    expect(await open('/reviews', ofTheApi)).toMatchObject({ statusCode: 401 });
  });

  test('does not take a form from the page of another site', async () => {
    const account = await api.user();
    const cross = { 'sec-fetch-site': 'cross-site' };
    const foreign = { origin: 'https://evil.example', host: 'payments.example' };
    for (const headers of [cross, foreign])
      expect(await signIn(account, headers)).toMatchObject({ statusCode: 403, cookies: [] });
    const own = { origin: 'https://payments.example', host: 'payments.example' };
    expect(await signIn(account, own)).toMatchObject({ statusCode: 303 });
  });

  test('ends with signing out, with the token, and with the account', async () => {
    const account = await api.user();
    const out = await submit('/reviews/logout', {}, await signedIn(account));
    expect(out).toMatchObject({ statusCode: 303, cookies: [{ value: '', expires: new Date(0) }] });
    expect((await open('/reviews', { cookie: 'payment_block_token=expired' })).body).toContain(
      'sign in again',
    );
    const headers = await signedIn(account);
    await api.user({ ...account, status: 'inactive' });
    expect(await open('/reviews', headers)).toMatchObject({ statusCode: 401 });
  });
});

describe('the page', () => {
  test('shows what customers and merchants have sent as text', async () => {
    const account = await api.user();
    const { subscriberId } = account;
    await insertPastReviews(api.database.ownerPool, [
      {
        subscriberId,
        uniqueReference: '<script>alert(1)</script>',
        status: 'held',
        customerUuid: '"><img src=x onerror=1>',
        invoiceGUID: '<i>invoice</i>',
        dueAt: new Date(Date.now() - 20.5 * 60_000),
        reasons: ['risky: <b>because</b>'],
        rules: ['risky'],
      },
    ]);
    const { body } = await open('/reviews?search=%22%3E%3Cscript%3E', await signedIn(account));
    expect(body).toContain('value="&quot;&gt;&lt;script&gt;"');
    const page = (await open('/reviews', await signedIn(account))).body;
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('&lt;b&gt;because&lt;/b&gt;');
    expect(page).not.toMatch(/<script>|<i>|<b>|onerror=1>/);
    expect(page).toContain('overdue by 20 min');
    expect(page).toContain('href="/reviews/payment/%3Cscript%3Ealert(1)%3C%2Fscript%3E/run"');
    expect(page).toContain('href="/reviews?rule=risky"');
  });

  test('may load nothing but its own style, and is neither kept nor framed', async () => {
    const { headers, body } = await open('/reviews', await signedIn(await api.user()));
    const style = /<style>([^]*)<\/style>/.exec(body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    expect(headers['content-security-policy']).toContain(`style-src 'sha256-${hash}';`);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept' });
    expect(body).not.toMatch(/ style="|<svg/);
  });

  test('keeps the filters in its form, and names the one that cannot be used', async () => {
    const headers = await signedIn(await api.user());
    const answer = await open('/reviews?status=&due=&amountFrom=12&search=abc&sort=age', headers);
    expect(answer).toMatchObject({ statusCode: 400 });
    expect(answer.body).toContain('Amount from needs a currency');
    expect(answer.body).toMatch(/name="search" value="abc"/);
    expect(answer.body).toMatch(/<option value="age" selected>/);
  });

  test('says so where nothing waits, and where nothing is like that', async () => {
    const account = await api.user();
    const headers = await signedIn(account);
    expect((await open('/reviews', headers)).body).toContain('Nothing waits for a person.');
    const { subscriberId } = account;
    await insertPastReviews(api.database.ownerPool, [{ subscriberId, uniqueReference: 'p', status: 'held' }]);
    expect((await open('/reviews?search=nowhere', headers)).body).toContain('1 in all are waiting');
    await insertPastReviews(api.database.ownerPool, [
      {
        subscriberId,
        uniqueReference: 'ended',
        status: 'released',
        customerUuid: 'jo & co',
        endedAt: new Date(),
      },
    ]);
    const links = [
      ['ended', '<a href="/reviews/payment/ended">payment ended (released)</a> is on record'],
      ['jo%20%26%20co', '<a href="/reviews/customer/jo%20%26%20co">customer jo &amp; co</a> is on record'],
    ] as const;
    for (const [search, link] of links)
      expect((await open(`/reviews?search=${search}`, headers)).body).toContain(link);
  });

  test('leads through all of the queue, and tells its last 30 days in charts and as a table', async () => {
    const account = await api.user();
    const heldAt = new Date();
    await insertPastReviews(
      api.database.ownerPool,
      Array.from({ length: 26 }, (_, index) => ({
        subscriberId: account.subscriberId,
        uniqueReference: `p${String(index).padStart(2, '0')}`,
        status: 'held' as const,
        heldAt,
      })),
    );
    const headers = await signedIn(account);
    const { body } = await open('/reviews', headers);
    expect(body).toContain('26 reviews');
    expect(body).not.toContain('>p25</a>');
    const next = /href="(\/reviews\?[^"]*)" rel="next"/.exec(body)?.[1] ?? '';
    expect((await open(next, headers)).body).toContain('>p25</a>');
    expect(body).toMatch(/alt="Chart by day: 26 payments went into review/);
    expect(body).toContain(
      `<th scope="row">${heldAt.toISOString().slice(0, 10)}</th><td class="number">26</td>`,
    );
    const chart = /src="data:image\/svg\+xml;base64,([^"]+)"/.exec(body)?.[1] ?? '';
    expect(Buffer.from(chart, 'base64').toString()).toMatch(/^<svg [^]*>held<\/text>/);
  });

  test('gives all that its filters find as CSV, in its order, and no cell that a spreadsheet runs', async () => {
    const account = await api.user();
    const { subscriberId } = account;
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 31, 12, minute));
    await insertPastReviews(api.database.ownerPool, [
      ...Array.from({ length: 205 }, (_, index) => ({
        subscriberId,
        uniqueReference: `p${index}`,
        status: 'held' as const,
        dueAt: at(index),
      })),
      {
        subscriberId,
        uniqueReference: '=cmd()',
        status: 'held',
        minor: 125_050,
        customerUuid: '@Größe, "Ana"',
        invoiceGUID: '-1',
        heldAt: at(-60),
        dueAt: at(-1),
        assignedTo: '+ben',
        reasons: ['large: above', 'new: yes'],
      },
      { subscriberId, uniqueReference: 'another currency', status: 'held', currency: 'JPY' },
    ]);
    const headers = await signedIn(account);
    const page = (await open('/reviews?currCode=EUR&due=', headers)).body;
    const link = /href="(\/reviews\/queue.csv[^"]*)" download/.exec(page)?.[1] ?? '';
    const file = await open(link, headers);
    expect(file.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': expect.stringMatching(/^attachment; filename="reviews-\d{8}T\d{4}Z.csv"$/),
    });
    const rows = [...readCsv(file.body)].map((row) => ('fields' in row ? row.fields : []));
    expect(rows).toHaveLength(1 + 206);
    expect(rows.map(([reference]) => reference).slice(1, 4)).toEqual(["'=cmd()", 'p0', 'p1']);
    expect(rows[1]).toEqual([
      "'=cmd()",
      'held',
      '1250.50 EUR',
      `'@Größe, "Ana"`,
      "'-1",
      '2026-01-31T11:00:00.000Z',
      '2026-01-31T11:59:00.000Z',
      '',
      "'+ben",
      '',
      'large: above; new: yes',
    ]);
    expect((await open('/reviews/queue.csv?amountFrom=12', headers)).statusCode).toBe(400);
    expect((await open('/reviews/queue.csv')).statusCode).toBe(401);
  });

  test('says what to do where the database does not answer', async () => {
    const { cookie } = await signedIn(await api.user());
    const pool = createPool('postgres://127.0.0.1:1/nowhere', 'payment-block-test', () => {});
    const away = await Api.over({ ...api.database, pool }, noTemporal(), 'nobody');
    const answer = await openPage(away, '/reviews', { cookie });
    await away.app.close();
    expect(answer).toMatchObject({ statusCode: 502, body: expect.stringContaining('Out of reach') });
  });
});
