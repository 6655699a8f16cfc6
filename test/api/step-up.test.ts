import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { putSettings } from '../../src/store/settings/settings.ts';
import { STEP_UP_ACR } from '../../tools/sign-in/step-up.ts';
import { ApiRig } from '../support/api-rig.ts';
import { openPage, submitForm } from '../support/pages.ts';
import { heldBody } from '../support/samples.ts';
import { CLIENT_SECRET, SignInProvider } from '../support/sign-in-provider.ts';

const PUBLIC_URL = 'http://127.0.0.1:8080';
const SHOP = `shop-${randomUUID()}`;
const GROUPS = [`payment-block:${SHOP}:operator`, `payment-block:${SHOP}:approver`];
const REASON = 'ich habe es geprüft – 確認しました';

let provider: SignInProvider;
let rig: ApiRig;
beforeAll(async () => {
  provider = await SignInProvider.start({ ana: GROUPS, ben: GROUPS }, PUBLIC_URL);
  rig = await ApiRig.start({}, {}, undefined, {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
    OIDC_STEP_UP_ACR: STEP_UP_ACR,
    PUBLIC_URL,
  });
});
afterAll(async () => {
  await rig.stop();
  await provider.stop();
});

/** A browser, as far as its cookies go. */
class Browser {
  private readonly cookies = new Map<string, string>();

  private async keeping<T extends { cookies: readonly { name: string; value: string; maxAge?: number }[] }>(
    answer: Promise<T>,
  ): Promise<T> {
    for (const { name, value } of (await answer).cookies) {
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  private get headers(): Record<string, string> {
    const all = [...this.cookies].map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return { cookie: all.join('; ') };
  }

  open(url: string) {
    return this.keeping(openPage(rig.api, url, this.headers));
  }

  submit(url: string, fields: Record<string, string>) {
    return this.keeping(submitForm(rig.api, url, fields, this.headers));
  }

  /** To the provider, and back as a person. */
  async signIn(person: string, url = '/reviews/sign-in') {
    const out = await this.open(url);
    return this.open(await provider.signIn(String(out.headers.location), person));
  }

  static async of(person: string): Promise<Browser> {
    const browser = new Browser();
    await browser.signIn(person);
    return browser;
  }
}

async function heldPayment(): Promise<{ readonly address: string; readonly reference: string }> {
  const reference = randomUUID();
  const headers = { 'x-auth-token': await rig.api.token(await rig.api.user({ subscriberId: SHOP })) };
  await rig.api.post(`/payment/${reference}/kc-block`, headers, heldBody());
  return { address: `/reviews/payment/${reference}`, reference };
}

const BY = { actor: 'otto', reason: 'as agreed' };
const settings = (above: string) =>
  `reminderHours: 1\ndeadlineHours: 2\ndeadlineAction: stayHeld\nfourEyesAbove: { "*": ${above} }`;

/** The link to the provider that a page has. */
function linkIn(page: string): string {
  return (/href="([^"]+)">Prove who you are</.exec(page)?.[1] ?? '').replaceAll('&amp;', '&');
}

test('an approval takes a fresh and strong sign-in, and goes on with what was typed before', async () => {
  await putSettings(rig.database.pool, 'review', SHOP, settings('0'), BY);
  const [ana, ben] = [await Browser.of('ana'), await Browser.of('ben')];
  const { address, reference } = await heldPayment();
  const ref = { subscriberId: SHOP, uniqueReference: reference };

  // Above the amount of four eyes a proposal takes one too.
  const proposal = { refundAmount: 'true', reason: 'fraud' };
  const asked = await ana.submit(`${address}/unblock`, proposal);
  expect(asked).toMatchObject({ statusCode: 403 });
  expect(await ana.signIn('ana', linkIn(asked.body))).toMatchObject({
    statusCode: 303,
    headers: { location: address },
  });
  expect((await ana.submit(`${address}/unblock`, proposal)).statusCode).toBe(303);

  const confirm = { confirms: (await rig.client.payment(ref)).proposal?.hash ?? '', reason: REASON };
  const refused = await ben.submit(`${address}/confirmUnblock`, confirm);
  expect(refused).toMatchObject({
    statusCode: 403,
    body: expect.stringContaining('a fresh proof of who you are'),
  });
  expect((await rig.client.payment(ref)).status).toBe('held');

  await ben.signIn('ben', linkIn(refused.body));
  const back = (await ben.open(address)).body;
  expect(back).toContain('What you wrote is below');
  expect(back).toContain(`value="${REASON}"`);
  expect((await ben.open(address)).body).not.toContain(REASON);
  expect((await ben.submit(`${address}/confirmUnblock`, confirm)).statusCode).toBe(303);
  expect((await rig.client.payment(ref)).decidedBy).toBe('operator');
  const { rows } = await rig.database.pool.query(
    "select details from audit where subject = 'person:ben' and action = 'stepUp'",
  );
  expect(rows).toEqual([{ details: { acr: STEP_UP_ACR } }]);
});

test('it is the same person who proves it, and their proof grows old', async () => {
  await putSettings(rig.database.pool, 'review', SHOP, settings('0'), BY);
  const ana = await Browser.of('ana');
  const { address } = await heldPayment();
  const propose = () => ana.submit(`${address}/unblock`, { refundAmount: 'true', reason: 'fraud' });
  const other = await ana.signIn('ben', linkIn((await propose()).body));
  expect(other).toMatchObject({ statusCode: 403, body: expect.stringContaining('proven to be ben') });
  expect((await propose()).statusCode).toBe(403);

  await ana.signIn('ana', linkIn((await propose()).body));
  await rig.database.pool.query(
    "update person_sessions set authenticated_at = now() - interval '6 minutes' where authenticated_at is not null",
  );
  expect((await propose()).statusCode).toBe(403);
});

test('what one may decide alone takes none, and nothing that moves no money', async () => {
  await putSettings(rig.database.pool, 'review', SHOP, settings('1000000'), BY);
  const ana = await Browser.of('ana');
  const { address } = await heldPayment();
  expect((await ana.submit(`${address}/note`, { text: 'seen' })).statusCode).toBe(303);
  expect((await ana.submit(`${address}/unblock`, { refundAmount: 'true', reason: 'fraud' })).statusCode).toBe(
    303,
  );
});

test('the command line and the API say how to prove it, and take it', async () => {
  await putSettings(rig.database.pool, 'review', SHOP, settings('0'), BY);
  const { reference } = await heldPayment();
  const bearer = async (query: Record<string, string> = {}) => {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const page = await new Browser().signIn(
      'ana',
      `/reviews/sign-in?${new URLSearchParams({ challenge, ...query }).toString()}`,
    );
    const [, code] = /<code>([\w-]{43})<\/code>/.exec(page.body) ?? [];
    const { body } = await rig.api.post('/session', {}, { code, verifier });
    return { authorization: `Bearer ${String(body['token'])}` };
  };
  const unblock = (by: Record<string, string>) =>
    rig.api.post(`/payment/${reference}/messages/unblock`, by, { refundAmount: true, reason: 'fraud' });
  expect(await unblock(await bearer())).toMatchObject({
    status: 403,
    body: { responseDescription: expect.stringContaining('payment-block sign-in --step-up') },
  });
  expect(await unblock(await bearer({ stepUp: 'true' }))).toMatchObject({
    status: 200,
    body: { outcome: 'proposed' },
  });
});
