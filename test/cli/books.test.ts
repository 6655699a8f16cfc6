import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { refundOfPayment } from '../../src/store/refunds/refund-record.ts';
import { samplePayment } from '../../tools/payments.ts';
import { type Outcome, outcomeOf } from '../support/outcome-of.ts';
import { ApiRig } from '../support/api-rig.ts';
import { tempFolder } from '../support/temp-folder.ts';

const payment = samplePayment({ subscriberId: 'shop', amount: { minor: 200_000, currency: 'EUR' } });
const EVER = ['--from', '2020-01-01', '--to', '2099-01-01'];

let rig: ApiRig;
let refundReference: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  const client = rig.client;
  await client.blockPayment(payment);
  await client.unblockPayment(payment, { refundAmount: true, operator: 'ana', reason: 'fraud' });
  await rig.environment.client.workflow.getHandle(paymentWorkflowId(payment)).result();
  refundReference = (await refundOfPayment(rig.database.pool, payment))?.refundReference ?? '';
});
afterAll(() => rig.stop());

/** Runs the compiled command as a shell would. */
function run(...args: string[]): Promise<Outcome> {
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: tempFolder(),
      TEMPORAL_ADDRESS: rig.environment.address,
      TASK_QUEUE: rig.taskQueue,
      DATABASE_URL: rig.database.url,
    },
  });
  return outcomeOf(child);
}

test('a bookkeeper reads statements and balances as tables', async () => {
  const shop = ['--subscriber', 'shop'];
  const account = await run('ledger', 'account', `blocked:${payment.uniqueReference}`, ...shop);
  expect(account).toMatchObject({ code: 0, err: '' });
  expect(account.out).toMatch(
    /^account +blocked:.*\nopening +0.00 EUR\n\nat +payment +entry +amount +balance\n/,
  );
  expect(account.out).toMatch(
    / block +2000.00 EUR +2000.00 EUR\n.* refund:.*:submitted +-2000.00 EUR +0.00 EUR\n\nclosing +0.00 EUR\n$/,
  );
  const legs = await run('ledger', 'payment', payment.uniqueReference, ...shop);
  expect(legs.out).toMatch(new RegExp(`paidOut:${payment.paymentOption.token} +2000.00 EUR\\n$`));
  const balances = await run('ledger', 'balances', ...shop);
  expect(balances).toMatchObject({
    code: 0,
    out: expect.stringMatching(/paidOut +2000.00 EUR\n\nEvery currency sums to zero.\n$/),
  });
  expect(await run('ledger', 'account', 'bank', ...shop)).toMatchObject({
    code: 2,
    err: expect.stringContaining('bank is no account'),
  });
  expect(await run('ledger', 'payment', payment.uniqueReference, '--subscriber', 'other')).toMatchObject({
    code: 1,
  });
});

test('reconcile ends with 0 while both sides agree, and with 1 and what to do when they do not', async () => {
  const agreed = await run('reconcile', ...EVER);
  expect(agreed).toMatchObject({
    code: 0,
    out: expect.stringMatching(/\nmatched +1 +2000.00 EUR +2000.00 EUR\n\nBoth sides agree.\n$/),
  });

  const books = readFileSync(rig.sandbox.booksFile, 'utf8');
  await rig.sandbox.kill();
  writeFileSync(rig.sandbox.booksFile, '');
  await rig.sandbox.restart();
  const differing = await run('reconcile', '--gateway', 'sandbox', ...EVER);
  expect(differing.code).toBe(1);
  expect(differing.out).toMatch(/\ntasks +1 opened, 0 closed\n/);
  expect(differing.out).toMatch(/\nmissingThere +1 +2000.00 EUR +0.00 EUR\n/);
  expect(differing.out).toMatch(
    new RegExp(`\\nmissingThere +refund:${refundReference}\\nknown .*\\nto do +Look the refund up`),
  );
  const json = await run('reconcile', '--json', ...EVER);
  expect(JSON.parse(json.out)).toMatchObject([{ counts: { missingThere: 1 }, tasksOpened: 0 }]);

  const open = await run('tasks');
  expect(open).toMatchObject({ code: 0, out: expect.stringMatching(/^task +\d+, missingThere\nof +shop\n/) });
  const tasks = await run('tasks', 'list', '--json');
  const [task] = z.array(z.object({ taskId: z.int() })).parse(JSON.parse(tasks.out));
  const close = () =>
    run(
      'tasks',
      'close',
      String(task?.taskId),
      '--subscriber',
      'shop',
      '--by',
      'ana',
      '--reason',
      'paid by transfer',
    );
  expect(await close()).toMatchObject({
    code: 0,
    out: expect.stringMatching(/\nclosed +.* by ana: paid by transfer\n$/),
  });
  expect(await close()).toMatchObject({ code: 1, err: 'refused: ana has closed it: paid by transfer\n' });
  expect(await run('tasks')).toMatchObject({ code: 0, out: 'nothing needs a person\n' });

  await rig.sandbox.kill();
  writeFileSync(rig.sandbox.booksFile, books);
  await rig.sandbox.restart();
}, 60_000);

test('a gateway that nobody knows, a currency that is none and a window that is none are told', async () => {
  const merchant = ['ledger', 'account', 'merchant:1', '--subscriber', 'shop'];
  expect(await run(...merchant, '--currency', 'usd')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--currency usd is not a currency code'),
  });
  expect(await run(...merchant, '--from', '2026-02-01', '--to', '2026-01-01')).toMatchObject({ code: 2 });
  expect(await run('reconcile', '--gateway', 'bank')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^refused: bank could not be compared: no gateway is called bank/),
  });
  expect(await run('reconcile', '--from', '2026-02-01', '--to', '2026-01-01')).toMatchObject({ code: 2 });
});
