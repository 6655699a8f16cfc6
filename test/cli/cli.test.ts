import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { accountByUser, passwordMatches } from '../../src/store/accounts/accounts.ts';
import { type Person, recordSignIn } from '../../src/store/accounts/people.ts';
import { beginSession, personOfSession } from '../../src/store/accounts/sessions.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { outcomeOf } from '../support/outcome-of.ts';
import { ApiRig } from '../support/api-rig.ts';
import { blockBody, heldBody } from '../support/samples.ts';
import { documentOf } from '../support/rule-documents.ts';

let rig: ApiRig;
let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  rig = await ApiRig.start();
  folder = mkdtempSync(path.join(os.tmpdir(), 'payment-block-cli-'));
  env = {
    TEMPORAL_ADDRESS: rig.environment.address,
    TASK_QUEUE: rig.taskQueue,
    PAYMENT_BLOCK_SUBSCRIBER: 'shop',
    DATABASE_URL: rig.database.url,
  };
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await rig.stop();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the compiled command as a shell would. */
function run(args: readonly string[], input = '', changes: Record<string, string> = {}): Promise<Ended> {
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], HOME: folder, ...env, ...changes },
  });
  child.stdin.end(input);
  return outcomeOf(child);
}

const view = z.looseObject({ uniqueReference: z.string(), status: z.string() });

function json({ out }: Ended): z.infer<typeof view> {
  return view.parse(JSON.parse(out));
}

/** A body as a file, for `block --file`. */
function bodyFile(body: Record<string, unknown>): string {
  const file = path.join(folder, `${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(body));
  return file;
}

async function heldPayment(): Promise<string> {
  const uniqueReference = randomUUID();
  const ended = await run(['block', uniqueReference, '--file', bodyFile(heldBody()), '--json']);
  expect(ended).toMatchObject({ code: 0, err: '' });
  expect(json(ended)).toMatchObject({ uniqueReference, status: 'held', disposition: 'HOLD' });
  return uniqueReference;
}

describe('an operator at the command line', () => {
  test('blocks a payment, watches it, and refunds it', async () => {
    const uniqueReference = await heldPayment();
    const watching = run(['watch', uniqueReference]);
    const unblock = await run(['unblock', uniqueReference, '--refund', '--by', 'ana', '--reason', 'fraud']);
    expect(unblock).toMatchObject({ code: 0, err: '' });
    expect(unblock.out).toMatch(/^payment +[\da-f-]{36}\nstatus +refund(ing|ed)\namount +2000.00 EUR\n/);

    const watched = await watching;
    expect(watched).toMatchObject({ code: 0, err: '' });
    const lines = watched.out.trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z {2}/);
    expect(lines.at(-1)).toMatch(/refunded, refund .* CAPTURED, decided by operator/);
    const status = await run(['status', uniqueReference, '--json']);
    expect(json(status)).toMatchObject({ status: 'refunded', refundStatus: 'CAPTURED' });
  });

  test('blocks with options that go before the file, and releases', async () => {
    const uniqueReference = randomUUID();
    const file = bodyFile(blockBody());
    const block = await run(['block', uniqueReference, '--file', file, '--amount', '2000.50']);
    expect(block).toMatchObject({ code: 0, err: '' });
    expect(block.out).toContain('amount        2000.50 EUR');
    expect(block.out).toMatch(/\nwhy +amount-large: /);
    expect(block.out).toMatch(/\nif undecided +it is refunded then\n/);
    const release = await run([
      'unblock',
      uniqueReference,
      '--release',
      '--by',
      'ana',
      '--reason',
      'known',
      '--json',
    ]);
    expect(json(release)).toMatchObject({ status: 'released', decidedBy: 'operator' });
  });

  test('every fault of a payment is named at once, by the option that sets it', async () => {
    const nothing = await run(['block', randomUUID(), '--amount', '0.001', '--currency', 'EUR']);
    expect(nothing).toMatchObject({ code: 2, out: '' });
    for (const option of ['--customer-accno', '--merchant-accno', '--token', '--invoice-guid'])
      expect(nothing.err).toContain(`${option} is missing`);
    expect(nothing.err).toContain("'presentationAmount' supplied: it has more than two decimals");
    expect(nothing.err.trim().split('\n')).toHaveLength(1);

    const { invoiceGUID: _left, ...body } = blockBody();
    const incomplete = await run(['block', randomUUID(), '--file', bodyFile(body)]);
    expect(incomplete).toMatchObject({
      code: 2,
      err: 'the payment cannot be read: invoiceGUID is missing\n',
    });
  });

  test('settings say what they would change, and can be taken back', async () => {
    const terms = (more: string) => {
      const file = path.join(folder, `${randomUUID()}.yaml`);
      writeFileSync(file, `reminderHours: 4\ndeadlineHours: 24\ndeadlineAction: refund\n${more}`);
      return file;
    };
    const by = ['--by', 'ana', '--reason', 'as agreed'];
    const settings = (...args: string[]) =>
      run(['settings', ...args, ...by], '', { PAYMENT_BLOCK_SUBSCRIBER: 'settings-shop' });
    const shown = () =>
      run(['settings', 'show', 'review'], '', { PAYMENT_BLOCK_SUBSCRIBER: 'settings-shop' });

    const dry = await settings('put', 'review', terms('escalation: { hours: 8, to: leads }\n'), '--dry-run');
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out).toMatch(/nothing has changed/);
    expect(dry.out).toMatch(/^escalation\.to +not set +"leads"$/m);
    expect(dry.out).toMatch(/^Warning: .*no mail address is set for that group/m);
    expect((await shown()).out).toMatch(/^nothing is set/);

    await settings('put', 'review', terms('fourEyesAbove: { EUR: 1000 }\n'));
    const put = await settings('put', 'review', terms('fourEyesAbove: { EUR: 500 }\n'));
    expect(put.out).toMatch(/^fourEyesAbove\.EUR +1000 +500$/m);
    const cleared = await settings('clear', 'review');
    expect(cleared.out).toMatch(/^version +3, which sets nothing$/m);
    expect((await shown()).out).toMatch(/^nothing is set/);
    expect(await settings('clear', 'notifications')).toMatchObject({
      code: 1,
      err: 'refused: settings-shop has set no notifications settings: there is nothing to clear\n',
    });
  });

  test('people who have signed in are listed, signed out, removed and restored by name', async () => {
    const pool = rig.database.pool;
    const vera: Person = {
      issuer: 'https://id.example',
      subject: '1',
      name: 'vera',
      memberships: [{ subscriberId: 'shop', role: 'viewer' }],
    };
    const signIn = () =>
      inTransaction(
        pool,
        async (db) => (await beginSession(db, await recordSignIn(db, vera), 'shop')).secret,
      );
    const first = await signIn();
    const listed = await run(['people', 'list']);
    expect(listed).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^vera +1 +shop: viewer .*signed in until/m),
    });
    const by = ['--by', 'otto', '--reason', 'has left'];
    expect(await run(['people', 'sign-out', 'vera', ...by])).toMatchObject({
      code: 0,
      out: 'vera is signed out; sessions ended: 1\n',
    });
    expect(await personOfSession(pool, first)).toBeUndefined();
    expect((await run(['people', 'sign-out', 'Vera', ...by])).out).toBe('vera was not signed in\n');

    const second = await signIn();
    expect(await run(['people', 'remove', 'VERA', ...by])).toMatchObject({ code: 0 });
    expect(await personOfSession(pool, second)).toBeUndefined();
    expect((await run(['people', 'list'])).out).toContain('by otto: has left');
    expect(await run(['people', 'remove', 'vera', ...by])).toMatchObject({ code: 1 });
    await expect(signIn()).rejects.toThrow('people restore');
    expect(await run(['people', 'restore', '1', ...by])).toMatchObject({ code: 0 });
    expect(await personOfSession(pool, second)).toBeUndefined();
    expect(await personOfSession(pool, await signIn())).toMatchObject({ name: 'vera' });
    const { rows } = await pool.query(
      "select action, actor from audit where subject = 'person:vera' order by id",
    );
    expect(rows.map(({ action, actor }) => `${action} by ${actor}`)).toEqual([
      'signIn by vera',
      'signOut by otto',
      'signIn by vera',
      'signOut by otto',
      'personRemoved by otto',
      'personRestored by otto',
      'signIn by vera',
    ]);
  });

  test('is told with exit code 1 what was refused, and what is not there', async () => {
    const uniqueReference = await heldPayment();
    await run(['unblock', uniqueReference, '--release', '--by', 'ana', '--reason', 'known']);
    const late = await run(['unblock', uniqueReference, '--refund', '--by', 'ben', '--reason', 'known']);
    expect(late).toEqual({
      code: 1,
      out: '',
      err: 'refused: the payment is released and cannot be unblocked\n',
    });
    const unknown = await run(['status', 'nowhere']);
    expect(unknown).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^not found: .*\n$/) });
    const foreign = await run(['status', uniqueReference, '--subscriber', 'another']);
    expect(foreign).toEqual(unknown);
  });

  test('proposes a refund where two must agree, and another person confirms what the status shows', async () => {
    const terms = path.join(folder, 'two.yaml');
    writeFileSync(
      terms,
      'reminderHours: 4\ndeadlineHours: 24\ndeadlineAction: refund\nfourEyesAbove: { "*": 0 }\n',
    );
    const two = (args: readonly string[]) => run(args, '', { PAYMENT_BLOCK_SUBSCRIBER: 'two-agree' });
    const put = await two(['settings', 'put', 'review', terms, '--by', 'ana', '--reason', 'as agreed']);
    expect(put).toMatchObject({ code: 0, err: '' });
    const file = bodyFile(heldBody());
    const payment = randomUUID();
    await two(['block', payment, '--file', file]);
    const watching = two(['watch', payment]);
    const proposed = await two(['unblock', payment, '--refund', '--by', 'ana', '--reason', 'fraud']);
    const waits =
      'refund it to the payment option, by ana (fraud); another operator confirms it by its hash, ';
    expect(proposed.code).toBe(4);
    expect(proposed.out).toContain(waits);
    expect(proposed.out).toMatch(/unblock by ana: proposed: /);

    const [, hash = ''] = /by its hash, (\w+)$/m.exec((await two(['status', payment])).out) ?? [];
    const confirm = (by: string) =>
      two(['confirm', payment, '--hash', hash, '--by', by, '--reason', 'agreed']);
    expect(await confirm('Ana')).toEqual({
      code: 1,
      out: '',
      err: 'refused: ana has proposed it: another operator has to confirm it\n',
    });
    const confirmed = await confirm('ben');
    expect(confirmed).toMatchObject({ code: 0, err: '' });
    expect(confirmed.out).toMatch(/^status +refund(ing|ed)$/m);
    expect(confirmed.out).toContain('confirmUnblock by ben: accepted: refund it, as ana has proposed');
    const watched = (await watching).out;
    expect(watched).toContain(`last message: unblock by ana proposed, proposed: ${waits}${hash}`);
    expect(watched).toContain('last message: confirmUnblock by ben accepted');
  });

  test('extends a review, leaves a note, and reads why a message comes too late', async () => {
    const reference = randomUUID();
    await run(['block', reference, '--file', bodyFile(heldBody())]);
    const by = ['--by', 'ana', '--reason', 'as agreed'];
    const extended = await run(['extend-review', reference, '--hours', '48', ...by]);
    expect(extended).toMatchObject({
      code: 0,
      out: expect.stringContaining('extendReview by ana: accepted'),
    });
    const noted = await run(['note', reference, '--text', 'the bank calls back', ...by]);
    expect(noted).toMatchObject({ code: 0, out: expect.stringContaining('note by ana: accepted') });
    await run(['unblock', reference, '--release', ...by]);
    expect(await run(['hold', reference, ...by])).toMatchObject({
      code: 1,
      err: 'refused: the payment is released and takes no hold any more\n',
    });
  });

  test('with --json an error is JSON as well', async () => {
    const { code, err } = await run(['--json', 'status', 'not-there']);
    expect(JSON.parse(err)).toEqual({
      error: { kind: 'refused', message: expect.stringContaining('not found'), exitCode: code },
    });
    const misused = await run(['--json', 'extend-review', 'x', '--by', 'ana', '--reason', 'x']);
    expect(JSON.parse(misused.err)).toMatchObject({ error: { kind: 'usage', exitCode: 2 } });
  });

  test('holds a payment, and blocks and unblocks a customer', async () => {
    const uniqueReference = await heldPayment();
    const hold = await run(['hold', uniqueReference, '--by', 'ana', '--reason', 'waiting for the bank']);
    expect(hold).toMatchObject({ code: 0, out: expect.stringContaining('hold by ana: accepted') });

    const customer = `c-${randomUUID()}`;
    const block = await run([
      'customer',
      'block',
      customer,
      '--by',
      'ana',
      '--reason',
      'card testing',
      '--cc-last-four',
      '4242',
      '--json',
    ]);
    expect(JSON.parse(block.out)).toEqual({
      subscriberId: 'shop',
      customerUuid: customer,
      customerBlocked: true,
    });
    expect(await run(['customer', 'show', customer])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^blocked +yes/m),
    });
    const unblock = await run(['customer', 'unblock', customer, '--by', 'ana', '--reason', 'known']);
    expect(unblock).toEqual({ code: 0, out: `customer  ${customer}\nblocked   no\n`, err: '' });
    const mistyped = await run(['customer', 'unblock', `${customer}x`, '--by', 'ana', '--reason', 'known']);
    expect(mistyped).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('was not blocked: is the id right?'),
    });
  });
});

describe('the administrator of the service', () => {
  const by = ['--by', 'ana', '--reason', 'a new till'];

  test('adds a user, whose password is never an argument', async () => {
    const added = await run(
      ['account', 'add', 'till', '--subscriber', 'shop', '--scopes', 'payment.block,payment.read', ...by],
      'a long s3cret\n',
    );
    expect(added).toMatchObject({ code: 0, err: '' });
    const stored = await accountByUser(rig.database.pool, 'till');
    expect(stored?.account).toEqual({
      userId: 'till',
      subscriberId: 'shop',
      scopes: ['payment.block', 'payment.read'],
      status: 'active',
    });
    expect(await passwordMatches('a long s3cret', stored?.passwordHash ?? '')).toBe(true);

    const more = ['account', 'add', 'till', '--scopes', 'all', ...by];
    const stolen = await run([...more, '--subscriber', 'thief'], 'a long s3cret\n');
    expect(stolen).toMatchObject({ code: 1, err: expect.stringContaining('another service subscriber') });
  });

  test('locks, unlocks and removes a user; adding it again does not unlock it, and every change is in the audit', async () => {
    const account = (...args: string[]) =>
      run(['account', ...args, '--subscriber', 'shop', ...by], 'a long s3cret\n');
    await account('add', 'kiosk', '--scopes', 'payment.read');
    expect(await account('lock', 'kiosk')).toMatchObject({ code: 0, out: 'locked: kiosk\n' });
    const again = await account('add', 'kiosk', '--scopes', 'all');
    expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^status +locked$/m) });
    const listed = await run(['account', 'list', '--subscriber', 'shop']);
    expect(listed.out).toMatch(/^kiosk +locked +all$/m);
    expect(await account('unlock', 'kiosk')).toMatchObject({ code: 0, out: 'active again: kiosk\n' });
    expect(await account('remove', 'kiosk')).toMatchObject({ code: 0, out: 'removed: kiosk\n' });
    expect(await accountByUser(rig.database.pool, 'kiosk')).toBeUndefined();
    expect(await account('lock', 'kiosk')).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no user'),
    });
    const { rows } = await rig.database.pool.query(
      "select action, actor, details->>'reason' as reason from audit where subject = 'account:kiosk' order by id",
    );
    expect(rows).toEqual(
      ['addAccount', 'lockAccount', 'addAccount', 'unlockAccount', 'removeAccount'].map((action) => ({
        action,
        actor: 'ana',
        reason: 'a new till',
      })),
    );
  });

  test.each([
    [
      'a password that is guessed',
      ['till-2', '--subscriber', 'shop'],
      'x'.repeat(11),
      '12 to 128 characters',
    ],
    ['users of everybody', ['till-2', '--subscriber', '*'], 'a long s3cret', 'stands for everybody'],
    ['a part of the system', ['gateway', '--subscriber', 'shop'], 'a long s3cret', 'a part of the system'],
  ])('cannot add %s', async (_why, args, password, says) => {
    const refused = await run(['account', 'add', ...args, '--scopes', 'all', ...by], `${password}\n`);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(says) });
  });
});

describe('an analyst at the command line', () => {
  const by = (name: string) => ['--subscriber', 'analysed', '--by', name, '--reason', 'a trial'];

  test('checks a document without a database, and sees what each rule may cost', async () => {
    const nowhere = { DATABASE_URL: '', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const file = path.join(folder, 'checked.json');
    writeFileSync(file, documentOf({ name: 'checked', version: 1 }));
    const checked = await run(['rules', 'check', file], '', nowhere);
    expect(checked).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^checked, version 1, can be added: \d+ rules, at most \d+ of 100000 steps/m,
      ),
    });
    writeFileSync(file, documentOf({ name: 'checked', version: 0 }));
    const wrong = await run(['rules', 'check', file], '', nowhere);
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining('"version" counts from 1'),
    });
  });

  test('adds a rule set, shadows it, and another activates it', async () => {
    const file = path.join(folder, 'spring.json');
    writeFileSync(file, documentOf({ name: 'spring', version: 2 }));
    const added = await run(['rules', 'add', file, ...by('ana'), '--json']);
    const { ruleSetId } = z.object({ ruleSetId: z.string() }).parse(JSON.parse(added.out));
    const ref = ruleSetId.slice(0, 8);
    const shadowed = await run(['rules', 'shadow', ref, ...by('ana')]);
    expect(shadowed).toMatchObject({ code: 0, out: expect.stringMatching(/^state +shadow$/m) });

    const report = await run(['rules', 'shadow', '--subscriber', 'analysed']);
    expect(report).toMatchObject({
      code: 0,
      out: expect.stringMatching(/spring, version 2.*would differ +0$/ms),
    });
    const alone = await run(['rules', 'activate', ref, ...by('ana')]);
    expect(alone).toMatchObject({ code: 1, err: expect.stringMatching(/^refused: ana added version 2/) });
    expect(await run(['rules', 'activate', ref, ...by('ben')])).toMatchObject({ code: 0 });

    const list = await run(['rules', 'list', '--subscriber', 'analysed']);
    expect(list.out).toMatch(new RegExp(`^${ref}  analysed  spring +2  active  ana `, 'm'));
    const shown = await run(['rules', 'show', ref, '--subscriber', 'analysed']);
    expect(shown.out).toMatch(/ruleSetActivated by ben: a trial\n\n\{\n  "name": "spring"/);
  });

  test('reads what is wrong with a file, a line each', async () => {
    const file = path.join(folder, 'wrong.json');
    writeFileSync(file, documentOf({ when: 'amount > 1', effects: ['refuse'] }));
    const refused = await run(['rules', 'add', file, ...by('ana')]);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err.match(/^line \d+, column \d+, rule trial-rule: .+$/gm)).toHaveLength(2);
  });
});

describe('the exit code', () => {
  test.concurrent.each([
    { why: 'no command', args: [], says: 'Usage' },
    { why: 'an unknown command', args: ['freeze'], says: 'freeze' },
    { why: 'no operator', args: ['unblock', 'r', '--refund'], says: '--by' },
    {
      why: 'neither refund nor release',
      args: ['unblock', 'r', '--by', 'a', '--reason', 'x'],
      says: '--refund or --release',
    },
    {
      why: 'both',
      args: ['unblock', 'r', '--by', 'a', '--reason', 'x', '--refund', '--release'],
      says: 'cannot be used with',
    },
    {
      why: 'a body that lacks fields',
      args: ['block', 'r', '--amount', 'x'],
      says: '--customer-accno is missing',
    },
    {
      why: 'a file that is not there',
      args: ['block', 'r', '--file', 'none.json'],
      says: 'none.json cannot be read',
    },
    { why: 'a reference that is too long', args: ['status', 'r'.repeat(37)], says: '1 to 36' },
    {
      why: 'no subscriber',
      args: ['status', 'r'],
      changes: { PAYMENT_BLOCK_SUBSCRIBER: '' },
      says: '--subscriber',
    },
    {
      why: 'a scope that is none',
      args: ['account', 'add', 'u', '--scopes', 'root', '--by', 'ana', '--reason', 'why'],
      says: 'there is no scope "root"',
    },
    {
      why: 'a change of rules that nobody signs',
      args: ['rules', 'shadow', 'abcdef'],
      says: '--by NAME --reason TEXT',
    },
    {
      why: 'a change that the example signs',
      args: ['tasks', 'close', '7', '--by', 'Your name', '--reason', 'why'],
      says: 'put your own name in',
    },
    {
      why: 'no password',
      args: ['account', 'add', 'u', '--scopes', 'all', '--by', 'ana', '--reason', 'why'],
      says: 'PAYMENT_BLOCK_PASSWORD',
    },
  ])('is 2 for $why', async ({ args, says, changes = {} }) => {
    const ended = await run(args, '', changes);
    expect(ended).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) });
  });

  test('is 3 when Temporal or Postgres cannot be reached', async () => {
    const [temporal, postgres] = await Promise.all([
      run(['status', 'r'], '', { TEMPORAL_ADDRESS: '127.0.0.1:1' }),
      run(['account', 'list', '--subscriber', 'u'], '', { DATABASE_URL: 'postgres://u@127.0.0.1:1/x' }),
    ]);
    expect(temporal).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringMatching(/^out of reach: .*127.0.0.1:1.*\n$/),
    });
    expect(postgres).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringMatching(/^out of reach: Postgres.*\n$/),
    });
  });

  test('is 0 for help', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes') });
  });
});
