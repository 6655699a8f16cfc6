import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { customerBlockWorkflowId, paymentWorkflowId } from '../src/domain/ids.ts';
import { projectRoot } from '../src/runtime/project-files.ts';
import { createPool } from '../src/store/db/postgres.ts';
import { putSettings } from '../src/store/settings/settings.ts';
import { findChromium, NO_CHROMIUM, startChromium } from './binaries/chromium.ts';
import { blockByApi, blockCustomerByApi } from './payment-service.ts';
import { freePorts } from './stack/ports.ts';
import { abortWhenAsked, onceAborted } from './processes/signals.ts';
import { type Stack, startStack } from './stack/stack.ts';
import { clearState, stateFolder } from './stack/state.ts';
import { TemporalUi } from './stack/temporal-ui.ts';
import { print } from './command-line.ts';

const FOLDER = path.join(projectRoot, 'docs/pictures');
const SIZE = { width: 1280, height: 1100 };
/** Left and above of what matters: the UI's own navigation. */
const NAVIGATION = { x: 64, y: 66 };
const BELOW = 20;
const DUE_HOURS = 2;
const REVIEW_SETTINGS = `
reminderHours: 1
deadlineHours: ${DUE_HOURS}
deadlineAction: refund
fourEyesAbove: { EUR: 3000 }
`;

/** Takes the pictures of docs/operating.md anew: a stack of its own, and a browser that operates it. */
export async function main(): Promise<number> {
  const program = findChromium(process.env);
  if (program === undefined) throw new Error(NO_CHROMIUM);
  const signal = abortWhenAsked(print);
  const state = stateFolder(mkdtempSync(path.join(os.tmpdir(), 'payment-block-pictures-')));
  const stack = await startStack({
    ports: await freePorts(),
    state,
    environment: process.env,
    print,
    signal,
  });
  try {
    const browser = await startChromium(program);
    try {
      const page = await browser.newPage({
        viewport: SIZE,
        // Smaller files, of pictures that are shown smaller anyway.
        deviceScaleFactor: 0.8,
        reducedMotion: 'reduce',
      });
      await Promise.race([takeAll(stack, page), onceAborted(signal)]);
    } finally {
      await browser.close();
    }
  } finally {
    await stack.stop();
    await clearState(state);
    rmSync(state.folder, { recursive: true, force: true });
  }
  return signal.aborted ? 1 : 0;
}

async function takeAll(stack: Stack, page: Page): Promise<void> {
  const { ui: address, namespace } = stack.temporal;
  if (address === undefined || stack.inbox === undefined)
    throw new Error('The pictures need the Temporal UI and the mail catcher of the stack itself.');
  mkdirSync(FOLDER, { recursive: true });
  const ui = new TemporalUi(page, { ui: address, namespace });
  const { subscriberId } = stack.account;
  const run = (uniqueReference: string) => paymentWorkflowId({ subscriberId, uniqueReference });
  const of = (workflowId: string) => `${address}/namespaces/${namespace}/workflows/${workflowId}`;

  await putReviewSettings(stack);
  await blockByApi(stack, 'order-2041', { ...customer('Clara', 'Beck', '0017'), presentationAmount: 2180.4 });
  await blockByApi(stack, 'order-2042', { ...customer('Jonas', 'Roth', '7331'), presentationAmount: 5400 });
  await blockByApi(stack, 'order-2043', customer('Erika', 'Muster', '4242'));

  const mail = page.getByRole('link', { name: /order-2043/ });
  // The inbox shows what has come when it is asked; the mail is on its way.
  for (let asked = 0; asked === 0 || (asked < 50 && !(await mail.isVisible())); asked += 1) {
    await page.waitForTimeout(200);
    await page.goto(stack.inbox);
  }
  await mail.click();
  // As long as the mail is, which a mailbox would scroll.
  await page.addStyleTag({ content: 'iframe { height: 58rem !important; }' });
  await page.getByTitle('The mail as HTML').screenshot({ path: file('mail') });

  const midnight = new Date(Date.now() + (DUE_HOURS + 24) * 3600_000).toISOString().slice(0, 10);
  await ui.find(`PaymentStatus = "held" AND ReviewDueAt < "${midnight}T00:00:00Z"`, run('order-2043'));
  await ui.showColumns(['Currency', 'AmountMinor', 'ReviewDueAt'], ['Run ID', 'Type', 'Start', 'End']);
  await take(page, 'list', [page.getByRole('table', { name: 'Workflows' })]);

  await ui.open(of(run('order-2043')));
  await ui.untilDetailsSay('Held: waiting for an operator');
  await take(page, 'held', await ui.texts.all());

  const signal = await ui.dialog('Send a Signal');
  await ui.choose(signal);
  await signal.screenshot({ path: file('signals') });
  await page.keyboard.press('Escape');

  await ui.open(of(run('order-2043')));
  const refused = await ui.prepare('Send an Update', 'unblock', '{\n  "refundAmount": true\n}');
  await ui.submit(refused);
  await refused.getByRole('alert').getByText('operator is missing').waitFor();
  await refused.screenshot({ path: file('refused') });

  await ui.open(of(run('order-2043')));
  const update = await ui.prepare('Send an Update', 'unblock', refundSignedBy('ana'));
  await update.screenshot({ path: file('update') });
  await ui.submit(update);
  await ui.untilDetailsSay('CAPTURED');
  await take(page, 'refunded', await ui.texts.all());

  await ui.open(of(run('order-2042')));
  await ui.submit(await ui.prepare('Send an Update', 'unblock', refundSignedBy('ana')));
  await ui.untilDetailsSay('ana proposes to refund it');
  await ui.open(of(run('order-2042')));
  await ui.detailsFrame.screenshot({ path: file('proposed') });

  await contestByGateway(stack, 'tok_0017');
  await ui.open(of(run('order-2041')));
  await ui.submit(await ui.prepare('Send an Update', 'unblock', refundSignedBy('ben')));
  await ui.untilDetailsSay('The refund needs a person');
  await ui.open(of(run('order-2041')));
  await ui.detailsFrame.screenshot({ path: file('contested') });

  await blockByApi(stack, 'order-2044', { ...customer('Paul', 'Ernst', '6104'), presentationAmount: 1990 });
  await ui.open(of(run('order-2044')));
  const assigned = { assignee: 'ben', operator: 'ana', reason: 'he knows the customer' };
  await ui.submit(await ui.prepare('Send an Update', 'assign', JSON.stringify(assigned, undefined, 2)));
  await ui.untilDetailsSay('ben looks after it');

  await blockByApi(stack, 'order-2045', { ...customer('Mia', 'Lang', '5511'), presentationAmount: 1450 });
  await blockByApi(stack, 'order-2046', { ...customer('Jonas', 'Roth', '7331'), presentationAmount: 4100 });
  await page.goto(`${stack.api}/reviews`);
  await page.getByRole('link', { name: 'Sign in to decide' }).click();
  await page.getByRole('link', { name: 'ana' }).click();
  await page.getByRole('heading', { name: 'Review queue' }).waitFor();
  const several = page.getByRole('form', { name: 'Decide what is selected' });
  for (const reference of ['order-2041', 'order-2045', 'order-2046'])
    await page.getByLabel(`Select ${reference}`).check();
  await several.getByLabel('Decision').selectOption('Release to the merchant');
  await several.getByLabel('Reason').fill('known customers, asked by phone');
  await takePage(page, 'reviews', several);
  await several.getByRole('button').click();
  await takePage(page, 'several', page.getByRole('link', { name: 'Back to the queue' }));

  await page.goto(`${stack.api}/reviews/payment/order-2044`);
  await page.getByText('Held for a decision').waitFor();
  await takePage(page, 'desk', page.getByRole('heading', { name: 'The trail' }));

  await ui.open(of(run('order-2044')));
  await page.getByRole('button', { name: 'Request Cancellation' }).click();
  await page
    .getByRole('dialog', { name: 'Cancel Workflow' })
    .getByRole('button', { name: 'Confirm' })
    .click();
  await ui.untilDetailsSay('cannot be cancelled');
  await ui.detailsFrame.screenshot({ path: file('cancelled') });

  await blockCustomerByApi(stack, 'customer-7331', {
    invoiceGUID: 'invoice-2042',
    sendBlockNotification: true,
  });
  await ui.open(of(customerBlockWorkflowId({ subscriberId, customerUuid: 'customer-7331' })));
  await ui.untilDetailsSay('Blocked from online payment');
  await take(page, 'customer', await ui.texts.all());
}

async function putReviewSettings({ databaseUrl, account }: Stack): Promise<void> {
  const pool = createPool(databaseUrl, 'payment-block pictures', () => {});
  try {
    const by = { actor: 'ana', reason: 'as agreed with the shop' };
    await putSettings(pool, 'review', account.subscriberId, REVIEW_SETTINGS, by);
  } finally {
    await pool.end();
  }
}

/** The gateway hears that a card holder disputes the payment. */
async function contestByGateway({ gateway }: Stack, paymentOptionToken: string): Promise<void> {
  const contest = { paymentOptionToken, contested: 'chargedBack', reason: 'the card holder disputes it' };
  const response = await fetch(`${gateway}/contests`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(contest),
  });
  if (!response.ok) throw new Error(`The gateway does not take the contest: ${await response.text()}`);
}

function refundSignedBy(operator: string): string {
  const decision = { refundAmount: true, operator, reason: 'the card holder did not order this' };
  return JSON.stringify(decision, undefined, 2);
}

/** A page of the desk, down to the end of a part, however long that is. */
async function takePage(page: Page, name: string, last: Locator): Promise<void> {
  await last.waitFor();
  await page.evaluate('scrollTo(0, 0)');
  const box = await last.boundingBox();
  const clip = { x: 0, y: 0, width: SIZE.width, height: (box?.y ?? 0) + (box?.height ?? 0) + BELOW };
  await page.screenshot({ path: file(name), fullPage: true, clip, animations: 'disabled' });
}

/** A page of the Temporal UI, without its navigation, down to the end of the last of some parts. */
async function take(page: Page, name: string, parts: readonly Locator[]): Promise<void> {
  const boxes = await Promise.all(parts.map((part) => part.boundingBox()));
  const bottom = Math.max(...boxes.map((box) => (box === null ? 0 : box.y + box.height)));
  const clip = {
    ...NAVIGATION,
    width: SIZE.width - NAVIGATION.x,
    height: Math.min(bottom, SIZE.height) - NAVIGATION.y,
  };
  await page.screenshot({ path: file(name), clip, animations: 'disabled' });
}

function file(name: string): string {
  return path.join(FOLDER, `${name}.png`);
}

/** A customer with a card of their own, so that no rule takes them for another. */
function customer(firstName: string, lastName: string, ccLastFour: string) {
  return {
    customerUuid: `customer-${ccLastFour}`,
    customerFirstName: firstName,
    customerLastName: lastName,
    ipAddress: `203.0.113.${Number(ccLastFour) % 250}`,
    paymentOption: {
      token: `tok_${ccLastFour}`,
      ccType: 'VISA',
      ccLastFour,
      cardHolder: `${firstName} ${lastName}`,
    },
  };
}
