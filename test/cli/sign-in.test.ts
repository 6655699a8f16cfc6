import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { removePerson, restorePerson } from '../../src/store/accounts/removed-people.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { freePort } from '../../tools/stack/ports.ts';
import { ApiRig } from '../support/api-rig.ts';
import { openPage, submitForm } from '../support/pages.ts';
import { heldBody } from '../support/samples.ts';
import { CLIENT_SECRET, SignInProvider } from '../support/sign-in-provider.ts';

const SHOP = `shop-${randomUUID()}`;
const as = (...roles: string[]) => roles.map((role) => `payment-block:${SHOP}:${role}`);
const PEOPLE = {
  ana: as('operator', 'approver'),
  ben: as('approver'),
  rita: as('riskAnalyst'),
  otto: as('administrator'),
};

let provider: SignInProvider;
let rig: ApiRig;
let url: string;
let folder: string;
beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  provider = await SignInProvider.start(PEOPLE, url);
  rig = await ApiRig.start({}, {}, undefined, {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
    PUBLIC_URL: url,
  });
  await rig.api.app.listen({ host: '127.0.0.1', port });
  folder = mkdtempSync(path.join(os.tmpdir(), 'payment-block-sign-in-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await rig.stop();
  await provider.stop();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A machine of one person: commands share what they keep there. */
class Machine {
  readonly config: string;

  constructor() {
    this.config = path.join(folder, randomUUID());
    mkdirSync(this.config);
  }

  get file(): string {
    return path.join(this.config, 'payment-block', 'session.json');
  }

  /** @param says called with what the command prints beside its result, as it comes */
  run(
    args: readonly string[],
    says: (text: string, type: (line: string) => void) => void = () => {},
  ): Promise<Ended> {
    const main = path.join(projectRoot, 'dist/src/cli/main.js');
    const child = spawn(process.execPath, [main, ...args], {
      env: {
        PATH: process.env['PATH'],
        XDG_CONFIG_HOME: this.config,
        PUBLIC_URL: url,
        BROWSER: 'true',
        DATABASE_URL: rig.database.url,
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      says(err, (line) => void child.stdin.end(line));
    });
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  }

  /** Signs in by the command and a browser. */
  async signIn(person: string): Promise<Ended & { readonly page: string | undefined }> {
    let opened: Promise<Response> | undefined;
    const ended = await this.run(['sign-in'], (said) => {
      const [address] = /http:\S+\n/.exec(said) ?? [];
      if (address !== undefined) opened ??= browse(address.trim(), person);
    });
    return { ...ended, page: await (await opened)?.text() };
  }

  static async of(person: string): Promise<Machine> {
    const machine = new Machine();
    const { code, err } = await machine.signIn(person);
    if (code !== 0) throw new Error(`${person} is not signed in: ${err}`);
    return machine;
  }

  secret(): string {
    return String(JSON.parse(readFileSync(this.file, 'utf8')).secret);
  }

  bearer(): Record<string, string> {
    return { authorization: `Bearer ${this.secret()}` };
  }
}

/** What a browser does with the address of a sign-in. @returns what it shows in the end */
async function browse(address: string, person: string): Promise<Response> {
  const out = await fetch(address, { redirect: 'manual' });
  const cookie = out.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const back = await provider.signIn(String(out.headers.get('location')), person);
  return fetch(new URL(back, url), { headers: { cookie } });
}

/**
 * Signs in without a browser on the machine.
 * @param before what happens between the browser and the pasting
 * @returns what the command has printed, and the code
 */
async function pasting(machine: Machine, person: string, before: () => Promise<unknown> = async () => {}) {
  let opened: Promise<string> | undefined;
  const paste = async (address: string, type: (line: string) => void): Promise<string> => {
    const page = await (await browse(address, person)).text();
    const [, code = ''] = /<code>([\w-]{43})<\/code>/.exec(page) ?? [];
    await before();
    type(`${code}\n`);
    return code;
  };
  const { out, err } = await machine.run(['sign-in', '--no-browser'], (said, type) => {
    const [, address] = /(http:\S+)\n/.exec(said) ?? [];
    if (address !== undefined) opened ??= paste(address, type);
  });
  return { out, err, code: (await opened) ?? '' };
}

async function atTheDesk(person: string): Promise<{ readonly cookie: string }> {
  const out = await openPage(rig.api, '/reviews/sign-in');
  const [checks] = out.cookies;
  const back = await provider.signIn(String(out.headers.location), person);
  const cookie = `${checks?.name}=${encodeURIComponent(checks?.value ?? '')}`;
  const session = (await openPage(rig.api, back, { cookie })).cookies.find(({ name }) =>
    name.endsWith('_session'),
  );
  return { cookie: `${session?.name}=${session?.value}` };
}

async function heldPayment(): Promise<string> {
  const uniqueReference = randomUUID();
  const service = await rig.api.user({ subscriberId: SHOP });
  const headers = { 'x-auth-token': await rig.api.token(service) };
  await rig.api.post(`/payment/${uniqueReference}/kc-block`, headers, heldBody());
  return uniqueReference;
}

const paymentOf = (uniqueReference: string) => rig.client.payment({ subscriberId: SHOP, uniqueReference });
const BY = { actor: 'otto', reason: 'as agreed' };
const FOUR_EYES = 'reminderHours: 1\ndeadlineHours: 2\ndeadlineAction: stayHeld\nfourEyesAbove: { "*": 0 }';

/** With two people for every unblock. */
async function underFourEyes(work: () => Promise<void>): Promise<void> {
  await putSettings(rig.database.pool, 'review', SHOP, FOUR_EYES, BY);
  try {
    await work();
  } finally {
    await putSettings(rig.database.pool, 'review', SHOP, null, BY);
  }
}

describe('a person at the command line', () => {
  test('signs in by their browser, and nothing shows the session or lets another user read it', async () => {
    const machine = new Machine();
    expect(await machine.run(['whoami'])).toMatchObject({ code: 1, out: 'no one is signed in\n' });
    const ended = await machine.signIn('ana');
    expect(ended).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^signed in as +ana$/m),
      page: expect.stringContaining('You can close this page'),
    });
    expect(ended.out + ended.err).not.toContain(machine.secret());
    expect(statSync(machine.file).mode & 0o777).toBe(0o600);
    const who = await machine.run(['whoami']);
    expect(who.out).toMatch(/^roles +operator, approver$/m);
    expect(who.out).not.toContain(machine.secret());
  });

  test('is told at once where no API answers, or their session would be read on its way', async () => {
    const machine = new Machine();
    expect(await machine.run(['sign-in', '--url', 'http://127.0.0.1:1'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('the API does not answer at http://127.0.0.1:1'),
    });
    expect(await machine.run(['sign-in', '--url', 'http://payments.example'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not https'),
    });
  });

  test('without a browser pastes the code that another machine shows, which is good once', async () => {
    const machine = new Machine();
    const { code, ...ended } = await pasting(machine, 'ben');
    expect(ended).toMatchObject({ out: expect.stringMatching(/^signed in as +ben$/m) });
    const again = await rig.api.post('/session', {}, { code, verifier: 'x'.repeat(43) });
    expect(again).toMatchObject({ status: 400, body: { responseCode: '0002' } });
  });

  test('decides in their own name through the API, and types another only as an administrator', async () => {
    const [ana, otto] = [await Machine.of('ana'), await Machine.of('otto')];
    const reference = await heldPayment();
    const note = (machine: Machine, ...by: string[]) =>
      machine.run(['note', reference, '--text', 'seen', '--reason', 'for the record', ...by]);
    expect(await note(ana)).toMatchObject({ code: 0, err: '' });
    expect(await note(ana, '--by', ' ANA')).toMatchObject({ code: 0 });
    expect(await note(ana, '--by', 'ben')).toMatchObject({
      code: 2,
      err: '--by: you are signed in as ana, and only an administrator acts for ben\n',
    });
    expect(await note(otto, '--by', 'ben')).toMatchObject({ code: 0 });
    const { messages } = await paymentOf(reference);
    expect(messages.map(({ operator }) => operator)).toEqual(['ana', 'ana', 'otto']);
    const { rows } = await rig.database.pool.query(
      'select actor, details from audit where subject = $1 and actor = $2',
      [`payment:${reference}`, 'otto'],
    );
    expect(JSON.stringify(rows)).toContain('for ben: for the record');
  });

  test('is one person for four eyes, at the command line, the API and the desk', async () => {
    const [ana, ben] = [await Machine.of('ana'), await Machine.of('ben')];
    const desk = await atTheDesk('ana');
    await underFourEyes(async () => {
      const reference = await heldPayment();
      const proposed = await ana.run(['unblock', reference, '--refund', '--reason', 'fraud']);
      expect(proposed).toMatchObject({
        code: 4,
        out: expect.stringMatching(
          /^status +held\noutcome +proposed: another operator confirms it by its hash, \w+\n$/m,
        ),
      });
      const hash = (await paymentOf(reference)).proposal?.hash ?? '';
      const confirm = ['confirm', reference, '--hash', hash, '--reason', 'I have looked too'];
      expect(await ana.run(confirm)).toMatchObject({
        code: 1,
        err: expect.stringContaining('another operator'),
      });
      const body = { confirms: hash, reason: 'I have looked too' };
      const messages = `/payment/${reference}/messages`;
      const own = await rig.api.post(`${messages}/confirmUnblock`, ana.bearer(), {
        ...body,
        operator: 'Аna',
      });
      expect(own).toMatchObject({ status: 409 });
      expect(
        await rig.api.post(`${messages}/confirmUnblock`, ana.bearer(), { ...body, operator: 'ben' }),
      ).toMatchObject({
        status: 403,
        body: { responseDescription: expect.stringContaining('you are signed in as ana') },
      });
      const atDesk = await submitForm(rig.api, `/reviews/payment/${reference}/confirmUnblock`, body, desk);
      expect(atDesk.statusCode).toBe(409);
      expect(await ben.run(confirm)).toMatchObject({ code: 0, err: '' });
      expect((await paymentOf(reference)).decidedBy).toBe('operator');
    });
  });

  test('changes in the database what their roles allow, in their own name', async () => {
    const [rita, otto] = [await Machine.of('rita'), await Machine.of('otto')];
    const add = ['lists', 'add', 'ip', '203.0.113.9', 'block', '--reason', 'card testing'];
    expect(await rita.run(add)).toMatchObject({ code: 0, out: expect.stringMatching(/ by rita$/m) });
    const file = path.join(folder, 'review.yaml');
    writeFileSync(file, FOUR_EYES);
    const put = ['settings', 'put', 'review', file, '--reason', 'as agreed'];
    expect(await rita.run(put)).toMatchObject({
      code: 1,
      err: 'settings.write needs the role administrator\n',
    });
    expect(await otto.run([...put, '--by', 'rita', '--dry-run'])).toMatchObject({ code: 0 });
    expect(await otto.run(['--subscriber', 'another', ...put])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`you are signed in for ${SHOP}`),
    });
  });

  test('works with customers and tasks through the API', async () => {
    const ana = await Machine.of('ana');
    const customer = randomUUID();
    const block = ['customer', 'block', customer, '--reason', 'fraud', '--expires-at', '2099-01-01'];
    expect(await ana.run(block)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/blocked +yes\nuntil +2099-01-01T00:00:00.000Z/),
    });
    const unblock = ['customer', 'unblock', customer, '--reason', 'identity confirmed'];
    expect(await ana.run(unblock)).toMatchObject({ code: 0, out: expect.stringMatching(/blocked +no/) });
    expect(await ana.run(unblock)).toMatchObject({
      code: 1,
      err: expect.stringContaining('was not blocked'),
    });
    const task = ['tasks', 'close', '4711', '--reason', 'settled by phone'];
    expect(await ana.run(task)).toMatchObject({ code: 1, err: expect.stringContaining('no such task') });
  });
});

describe('a session ends', () => {
  const status = async (headers: Record<string, string>, address = '/tasks') =>
    (await rig.api.app.inject({ url: address, headers })).statusCode;
  const doors = async () => {
    const machine = await Machine.of('ana');
    const desk = await atTheDesk('ana');
    const bearer = machine.bearer();
    const open = async () => [
      (await openPage(rig.api, '/reviews', desk)).statusCode,
      await status(bearer),
      (await machine.run(['whoami'])).code,
    ];
    return { machine, desk, open };
  };
  const ON = [200, 200, 0];
  const OVER = [401, 401, 2];

  test('everywhere where the person signs out at the desk', async () => {
    const { desk, open } = await doors();
    expect(await open()).toEqual(ON);
    await submitForm(rig.api, '/reviews/logout', {}, desk);
    expect(await open()).toEqual(OVER);
  });

  test('everywhere where the person signs out at the command line', async () => {
    const { machine, desk, open } = await doors();
    expect(await open()).toEqual(ON);
    const bearer = machine.bearer();
    expect(await machine.run(['sign-out'])).toMatchObject({ code: 0, out: 'ana is signed out\n' });
    expect((await openPage(rig.api, '/reviews', desk)).statusCode).toBe(401);
    expect(await status(bearer)).toBe(401);
    expect(await machine.run(['whoami'])).toMatchObject({ code: 1, out: 'no one is signed in\n' });
  });

  test('everywhere where the person is removed, with a code that is still on its way', async () => {
    const { machine, open } = await doors();
    expect(await open()).toEqual(ON);
    const late = new Machine();
    await pasting(late, 'ana', () => inTransaction(rig.database.pool, (db) => removePerson(db, 'ana', BY)));
    expect(await late.run(['whoami'])).toMatchObject({ code: 1 });
    expect(await open()).toEqual(OVER);
    expect((await machine.run(['note', 'x', '--text', 'x', '--reason', 'x'])).err).toContain(
      'your session has ended',
    );
    await inTransaction(rig.database.pool, (db) => restorePerson(db, 'ana', BY));
    expect(await open()).toEqual(OVER);
  });
});

test('a person does by the API what their roles allow, and never what is for payment services', async () => {
  const [rita, ana] = [await Machine.of('rita'), await Machine.of('ana')];
  const reference = await heldPayment();
  const send = (machine: Machine, address: string, body: unknown) =>
    rig.api.post(address, machine.bearer(), body);
  const unblock = { refundAmount: true, reason: 'fraud' };
  expect(await send(rita, `/payment/${reference}/messages/unblock`, unblock)).toMatchObject({
    status: 403,
    body: { responseDescription: expect.stringContaining('needs the role operator or approver') },
  });
  for (const operation of ['kc-block', 'kc-unblock'])
    expect(await send(ana, `/payment/${reference}/${operation}`, heldBody())).toMatchObject({
      status: 403,
      body: { responseDescription: expect.stringContaining('no person has it') },
    });
  expect(
    await send(ana, '/lists', { kind: 'ip', value: '203.0.113.1', verdict: 'block', reason: 'x' }),
  ).toMatchObject({ status: 403 });
  const service = { 'x-auth-token': await rig.api.token(await rig.api.user({ subscriberId: SHOP })) };
  expect(await rig.api.post(`/payment/${reference}/messages/unblock`, service, unblock)).toMatchObject({
    status: 400,
    body: { responseDescription: expect.stringContaining('operator is missing') },
  });
  expect(await send(ana, `/payment/${reference}/messages/unblock`, unblock)).toMatchObject({ status: 200 });
});
