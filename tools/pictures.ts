import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { customerBlockWorkflowId, paymentWorkflowId } from '../src/domain/ids.ts';
import { projectRoot } from '../src/project-files.ts';
import { findChromium, NO_CHROMIUM, startChromium } from './chromium.ts';
import { blockByApi, blockCustomerByApi } from './payment-service.ts';
import { freePorts } from './ports.ts';
import { abortWhenAsked, onceAborted } from './signals.ts';
import { type Stack, startStack } from './stack.ts';
import { clearState, stateFolder } from './state.ts';
import { TemporalUi } from './temporal-ui.ts';

const FOLDER = path.join(projectRoot, 'docs/pictures');
const SIZE = { width: 1280, height: 1100 };
/** Left and above of what matters: the UI's own navigation. */
const MARGIN = { x: 64, y: 66 };
const DUE_HOURS = 2;

/** Takes the pictures of docs/operating.md anew: a stack of its own, and a browser that operates it. */
export async function main(): Promise<number> {
  const program = findChromium(process.env);
  if (program === undefined) throw new Error(NO_CHROMIUM);
  const signal = abortWhenAsked(print);
  const state = stateFolder(mkdtempSync(path.join(os.tmpdir(), 'payment-block-pictures-')));
  const stack = await startStack({
    ports: await freePorts(),
    state,
    environment: { ...process.env, REVIEW_REMINDER_HOURS: '1', REVIEW_DEADLINE_HOURS: String(DUE_HOURS) },
    print,
    signal,
  });
  try {
    const browser = await startChromium(program);
    try {
      const page = await browser.newPage({ viewport: SIZE, reducedMotion: 'reduce' });
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
  const decided =
    '{\n  "refundAmount": true,\n  "operator": "ana",\n  "reason": "the card holder did not order this"\n}';
  const update = await ui.prepare('Send an Update', 'unblock', decided);
  await update.screenshot({ path: file('update') });
  await ui.submit(update);
  await ui.untilDetailsSay('CAPTURED');
  await take(page, 'refunded', await ui.texts.all());

  await ui.open(of(run('order-2042')));
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

/** A page from below its navigation down to the end of the last of some parts. */
async function take(page: Page, name: string, parts: readonly Locator[]): Promise<void> {
  const boxes = await Promise.all(parts.map((part) => part.boundingBox()));
  const bottom = Math.max(...boxes.map((box) => (box === null ? 0 : box.y + box.height)));
  const clip = { ...MARGIN, width: SIZE.width - MARGIN.x, height: Math.min(bottom, SIZE.height) - MARGIN.y };
  await page.screenshot({ path: file(name), clip, animations: 'disabled' });
}

function file(name: string): string {
  return path.join(FOLDER, `${name}.png`);
}

/** Somebody with a card of their own, so that no rule takes them for anybody else. */
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

function print(line: string): void {
  console.log(line);
}
