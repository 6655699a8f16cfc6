import { AxeBuilder } from '@axe-core/playwright';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFailed, test, vi } from 'vitest';
import { z } from 'zod';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import { EXAMPLE_OPERATOR } from '../../src/domain/people.ts';
import { refundOfPayment } from '../../src/store/refunds/refund-record.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { findChromium, NO_CHROMIUM, startChromium } from '../../tools/binaries/chromium.ts';
import { blockByApi } from '../../tools/payment-service.ts';
import { freePorts } from '../../tools/stack/ports.ts';
import { type Stack, startStack } from '../../tools/stack/stack.ts';
import { type StateFolder, stateFolder } from '../../tools/stack/state.ts';
import { STEP_TIMEOUT_MS, TemporalUi } from '../../tools/stack/temporal-ui.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const program = findChromium(process.env);
if (program === undefined)
  console.warn(`${NO_CHROMIUM}\nUntil then the tests of the operator's browser are skipped.`);

describe.skipIf(program === undefined)('an operator with only the mail at hand', () => {
  let state: StateFolder;
  let database: TestDatabase;
  let stack: Stack;
  let browser: Browser;

  beforeAll(async () => {
    state = stateFolder(mkdtempSync(path.join(os.tmpdir(), 'payment-block-browser-')));
    [database, browser] = await Promise.all([testDatabase('owner'), startChromium(program ?? '')]);
    stack = await startStack({
      ports: await freePorts(),
      state,
      environment: { ...process.env, DATABASE_URL: database.url },
      print: console.log,
      signal: new AbortController().signal,
    });
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
    await database?.drop();
    rmSync(state.folder, { recursive: true, force: true });
  });

  test('finds the held payment, understands it, refunds it by Signal and sees the refund captured', async () => {
    const ui = temporalUi(await openTab());
    const payment = refOf('pay-signal');
    await blockByApi(stack, payment.uniqueReference);
    const mail = await mailAbout(payment.uniqueReference, /^Decide: .* is held for review$/);

    await (await ui.find('PaymentStatus = "held"', paymentWorkflowId(payment))).click();
    const run = runLinkIn(mail).replace(/\/user-metadata$/, '');
    expect(run).not.toBe(runLinkIn(mail));
    await ui.page.waitForURL((url) => url.href.startsWith(run));

    await ui.open(runLinkIn(mail));
    for (const text of ['Held: waiting for an operator', '1250.00 EUR', 'amount-large', 'unblock']) {
      await ui.untilDetailsSay(text);
    }

    const slip = await ui.prepare(
      'Send a Signal',
      'unblock',
      '{\n  "refundAmount": "perhaps",\n  "operator": "ana"\n}',
    );
    await ui.submit(slip);
    await ui.untilDetailsSay('by ana: refundAmount must be true (refund) or false (release to the merchant)');

    const dialog = await ui.prepare('Send a Signal', 'unblock', signedBy('ana', inputsIn(mail)[0]));
    await ui.submit(dialog);
    await ui.untilDetailsSay('Refunded to the payment option');
    await ui.untilDetailsSay('by ana: refund it');
    const refund = await refundOfPayment(database.pool, payment);
    await ui.untilDetailsSay(`Refund ${refund?.refundReference}: CAPTURED`);

    expect(await bookedFor(payment.uniqueReference)).toEqual([
      { reference: refund?.refundReference, status: 'captured', amountMinor: 125_000, currency: 'EUR' },
    ]);
    for (const fact of ['444123456', '222123456', 'Invoice:', 'it is refunded']) expect(mail).toContain(fact);
    const refunded = await mailAbout(payment.uniqueReference, /^Refunded: /);
    expect(refunded).toMatch(/^Decided by: +ana$/m);
    expect(refunded).toMatch(/^Reason: +the card holder did not order this$/m);
  });

  test('releases another by Update, which answers a wrong paste in its dialog', async () => {
    const ui = temporalUi(await openTab());
    const payment = refOf('pay-update');
    await blockByApi(stack, payment.uniqueReference);
    const mail = await mailAbout(payment.uniqueReference, /^Decide: .* is held for review$/);
    await ui.open(runLinkIn(mail));

    const dialog = await ui.prepare('Send an Update', 'unblock', '{\n  "refundAmount": false\n}');
    await ui.submit(dialog);
    // Once, or this would fail: no stack repeats it below.
    await dialog.getByRole('alert').getByText('operator is missing: say who you are').waitFor();

    await ui.paste(dialog, signedBy('ben', inputsIn(mail)[1]));
    await ui.submit(dialog);
    await dialog.waitFor({ state: 'hidden' });
    await ui.untilDetailsSay('Released to the merchant');
    await ui.untilDetailsSay('by ben: release it to the merchant');
    await mailAbout(payment.uniqueReference, /^Released: /);
    expect(await bookedFor(payment.uniqueReference)).toEqual([]);
  });

  test('reads on the review page what is held, why and until when, and decides it in its run', async () => {
    const page = await openTab();
    const payment = refOf('pay-queue');
    await blockByApi(stack, payment.uniqueReference);
    const mail = await mailAbout(payment.uniqueReference, /^Decide: .* is held for review$/);

    await page.goto(`${stack.api}/reviews`);
    await page.getByLabel('User').fill(stack.account.userId);
    await page.getByLabel('Password').fill(stack.account.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const row = page.getByRole('row').filter({ hasText: payment.uniqueReference });
    const told = await row.innerText();
    for (const text of ['1250.00 EUR', 'amount-large', dueIn(mail)]) expect(told).toContain(text);

    const opened = page.waitForEvent('popup');
    await row.getByRole('link', { name: 'in the Temporal UI' }).click();
    const ui = temporalUi(await opened);
    await ui.showDetails();
    const dialog = await ui.prepare('Send an Update', 'unblock', signedBy('ben', inputsIn(mail)[1]));
    await ui.submit(dialog);
    await dialog.waitFor({ state: 'hidden' });

    await page.reload();
    await page.getByRole('heading', { name: 'Review queue' }).waitFor();
    expect(await row.count()).toBe(0);
  });

  test('decides at the desk in their own name, in two clicks and a reason, by keyboard and without script', async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 390, height: 800 },
    });
    context.setDefaultTimeout(STEP_TIMEOUT_MS);
    const page = await context.newPage();
    const payment = refOf('pay-desk');
    await blockByApi(stack, payment.uniqueReference);
    await mailAbout(payment.uniqueReference, /^Decide: .* is held for review$/);
    await page.goto(`${stack.api}/reviews/payment/${payment.uniqueReference}`);
    await page.getByRole('link', { name: 'Sign in to decide' }).press('Enter');
    await page.getByRole('link', { name: 'ana' }).press('Enter');
    await page.getByText('Held for a decision').waitFor();
    await page.getByText('Not decided by then: it is refunded.').waitFor();
    const form = page.getByRole('form', { name: 'unblock' });
    await form.getByLabel('Reason').fill('the cardholder called');
    await form.getByRole('button', { name: 'Refund to the payment option' }).press('Enter');
    await page.getByText('Taken: refund it (the cardholder called)').waitFor();
    await mailAbout(payment.uniqueReference, /^Refunded: /);
    expect(await bookedFor(payment.uniqueReference)).toMatchObject([{ status: 'captured' }]);
    await context.close();
  });

  test('goes from the mail to the decision in two clicks and a reason, once signed in', async () => {
    const page = await openTab();
    const payment = refOf('pay-clicks');
    await blockByApi(stack, payment.uniqueReference);
    const mail = await mailAbout(payment.uniqueReference, /^Decide: .* is held for review$/);
    await signInAs(page, 'ana');
    let clicks = 0;
    const click = async (what: Locator) => {
      clicks += 1;
      await what.click();
    };
    await page.setContent(`<a href="${deskLinkIn(mail)}">decide it at the desk</a>`);
    await click(page.getByRole('link'));
    const form = page.getByRole('form', { name: 'unblock' });
    await form.getByLabel('Reason').fill('the cardholder called');
    await click(form.getByRole('button', { name: 'Refund to the payment option' }));
    await page.getByText('Taken: refund it (the cardholder called)').waitFor();
    expect(clicks).toBe(2);
  });

  test('sees at once what another person decides, and keeps what they have typed', async () => {
    const [ana, ben, queue] = [await openTab(), await openTab(), await openTab()];
    const payment = refOf('pay-two');
    await blockByApi(stack, payment.uniqueReference);
    const mail = await mailAbout(payment.uniqueReference, /^Decide: .* is held for review$/);
    for (const [tab, who] of [
      [ana, 'ana'],
      [ben, 'ben'],
      [queue, 'ben'],
    ] as const)
      await signInAs(tab, who);
    await ana.goto(deskLinkIn(mail));
    await ben.goto(deskLinkIn(mail));
    await queue.getByLabel('Select all').check();
    expect(await queue.getByLabel('Select pay-two').isChecked()).toBe(true);
    await queue.getByLabel('Select all').uncheck();
    await queue.getByLabel('Reference, customer or invoice').focus();
    const theirs = ben.getByRole('form', { name: 'unblock' });
    await theirs.getByLabel('Reason').fill('looks like fraud');
    const form = ana.getByRole('form', { name: 'unblock' });
    await form.getByLabel('Reason').fill('known customer');
    await form.getByRole('button', { name: 'Release to the merchant' }).press('Enter');
    await ben.getByText(/^The case has changed: .* by ana/).waitFor();
    await ben.getByText('Released to the merchant', { exact: true }).waitFor();
    expect(await theirs.getByLabel('Reason').inputValue()).toBe('looks like fraud');
    await queue.getByLabel('Select pay-two').waitFor({ state: 'detached' });
    await theirs.getByRole('button', { name: 'Refund to the payment option' }).press('Enter');
    await ben.getByText('Not taken: the payment is released').waitFor();
    await ben.getByText('looks like fraud').waitFor();
  });

  test('decides several at once by keyboard and without script, and reads what became of each', async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 390, height: 800 },
    });
    context.setDefaultTimeout(STEP_TIMEOUT_MS);
    const page = await context.newPage();
    for (const reference of ['pay-several-1', 'pay-several-2']) {
      await blockByApi(stack, reference);
      await mailAbout(reference, /^Decide: .* is held for review$/);
    }
    await signInAs(page, 'ana');
    for (const reference of ['pay-several-1', 'pay-several-2'])
      await page.getByLabel(`Select ${reference}`).press('Space');
    const form = page.getByRole('form', { name: 'Decide what is selected' });
    await form.getByLabel('Decision').selectOption('Release to the merchant');
    await form.getByLabel('Reason').fill('two of a kind');
    await form.getByRole('button', { name: 'Decide' }).press('Enter');
    await page.getByText('Release to the merchant: 2 taken.').waitFor();
    await page.getByRole('link', { name: 'pay-several-2' }).press('Enter');
    await page.getByText('release it to the merchant (two of a kind)').waitFor();
    expect(page.url()).toBe(`${stack.api}/reviews/payment/pay-several-2`);
    await context.close();
  });

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['dark', 390],
  ] as const)(
    'finds every page of the desk free of barriers, in %s colours, %i pixels wide, without scrolling sideways',
    async (colorScheme, width) => {
      const viewport = { width, height: 900 };
      const context = await browser.newContext({ bypassCSP: true, colorScheme, viewport });
      context.setDefaultTimeout(STEP_TIMEOUT_MS);
      const page = await context.newPage();
      const { uniqueReference } = refOf(`pay-axe-${colorScheme}-${width}`);
      await blockByApi(stack, uniqueReference);
      await mailAbout(uniqueReference, /^Decide: .* is held for review$/);
      const check = async (heading: string) => {
        await page.getByRole('heading', { name: heading, exact: true }).waitFor();
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      };
      const address = `${stack.api}/reviews/payment/${uniqueReference}`;
      await page.goto(address);
      await check('Review queue');
      await page.getByRole('link', { name: 'Sign in to decide' }).click();
      await page.getByRole('link', { name: 'ben' }).click();
      await page.getByText('Held for a decision').waitFor();
      for (const summary of await page.locator('summary').all()) await summary.click();
      await check(`Payment ${uniqueReference}`);
      await page.getByRole('link', { name: 'sample-customer' }).click();
      await check('Customer sample-customer');
      await page.getByRole('link', { name: 'Tasks', exact: true }).click();
      await check('Tasks');
      await page.goto(`${stack.api}/reviews?search=${uniqueReference}`);
      await page.getByLabel('Keep these filters').fill(`${colorScheme} ${width}`);
      await page.getByRole('button', { name: 'Keep' }).click();
      await page.getByRole('navigation', { name: 'Your views' }).waitFor();
      await check('Review queue');
      await page.getByLabel(`Select ${uniqueReference}`).check();
      await page.getByLabel('Decision').selectOption('Leave a note');
      await page.getByLabel('Reason, or the note').fill('seen');
      await page.getByRole('button', { name: 'Decide' }).click();
      await check('Several decided');
      await page.goto(`${stack.api}/reviews/nope`);
      await check('There is no such page');
      await page.goto(`${stack.api}/docs`);
      for (const call of ['kcBlock', 'kcUnblock']) await page.locator(`#${call} > summary`).click();
      await check('Payment block: the API');
      await context.close();
    },
  );

  test('proposes to refund a large one, which another person confirms with what the details show', async () => {
    const terms =
      'reminderHours: 4\ndeadlineHours: 24\ndeadlineAction: refund\nfourEyesAbove: { EUR: 2000 }\n';
    const by = { actor: 'ana', reason: 'as agreed' };
    await putSettings(database.pool, 'review', stack.account.subscriberId, terms, by);
    const ui = temporalUi(await openTab());
    const payment = refOf('pay-four-eyes');
    await blockByApi(stack, payment.uniqueReference, { presentationAmount: 3000 });
    const mail = await mailAbout(payment.uniqueReference, /^Decide: .* is held for review$/);
    await ui.open(runLinkIn(mail));
    const proposal = await ui.prepare('Send an Update', 'unblock', signedBy('ana', inputsIn(mail)[0]));
    await ui.submit(proposal);
    await ui.untilDetailsSay('ana proposes to refund it to the payment option');
    const shown = await ui.details.locator('code', { hasText: '"confirms"' }).innerText();
    expect(await bookedFor(payment.uniqueReference)).toEqual([]);

    const dialog = await ui.prepare('Send an Update', 'confirmUnblock', signedBy('Ana', shown));
    await ui.submit(dialog);
    await dialog.getByRole('alert').getByText('another operator has to confirm it').waitFor();
    await ui.paste(dialog, signedBy('ben', shown));
    await ui.submit(dialog);
    await dialog.waitFor({ state: 'hidden' });
    await ui.untilDetailsSay('by ben: refund it, as ana has proposed');
    await ui.untilDetailsSay('Refunded to the payment option');
    expect(await bookedFor(payment.uniqueReference)).toMatchObject([
      { status: 'captured', amountMinor: 300_000 },
    ]);
  });

  /** A fresh tab; where its test fails, what it and those opened from it showed and complained of is kept. */
  async function openTab(): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(STEP_TIMEOUT_MS);
    const errors: string[] = [];
    context.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    onTestFailed(async () => {
      const kept = mkdtempSync(path.join(os.tmpdir(), 'payment-block-browser-failed-'));
      for (const [index, page] of context.pages().entries()) {
        await page.screenshot({ path: path.join(kept, `tab-${index + 1}.png`) });
      }
      writeFileSync(path.join(kept, 'console.txt'), errors.join('\n'));
      cpSync(state.logs, path.join(kept, 'logs'), { recursive: true });
      console.error(`What the browser showed, the errors on its console and the stack's logs: ${kept}`);
    });
    return context.newPage();
  }

  async function signInAs(page: Page, person: string): Promise<void> {
    await page.goto(`${stack.api}/reviews`);
    await page.getByRole('link', { name: 'Sign in to decide' }).press('Enter');
    await page.getByRole('link', { name: person }).press('Enter');
    await page.getByRole('heading', { name: 'Review queue' }).waitFor();
  }

  function temporalUi(page: Page): TemporalUi {
    if (stack.temporal.ui === undefined) throw new Error('the stack has no Temporal UI');
    return new TemporalUi(page, { ui: stack.temporal.ui, namespace: stack.temporal.namespace });
  }

  function refOf(uniqueReference: string) {
    return { subscriberId: stack.account.subscriberId, uniqueReference };
  }

  /** The text of the mail about a payment with such a subject, once it has come. */
  async function mailAbout(uniqueReference: string, subject: RegExp): Promise<string> {
    return vi.waitFor(async () => {
      const mails = mailList.parse(await (await fetch(`${stack.inbox}/messages`)).json());
      const about = mails.filter((mail) => mail.subject.includes(uniqueReference));
      const mail = about.find((one) => subject.test(one.subject));
      expect(mail, `a mail ${subject} among ${about.map((one) => one.subject).join(', ')}`).toBeDefined();
      return mail?.text ?? '';
    }, 20_000);
  }

  async function bookedFor(uniqueReference: string) {
    const { refunds } = booksAnswer.parse(await (await fetch(`${stack.gateway}/books`)).json());
    return refunds
      .filter((refund) => refund.paymentOptionToken === `tok_${uniqueReference}`)
      .map(({ paymentOptionToken: _asked, ...refund }) => refund);
  }
});

const mailList = z.array(z.object({ subject: z.string(), text: z.string() }));

const booksAnswer = z.object({
  refunds: z.array(
    z.object({
      reference: z.string(),
      status: z.string(),
      amountMinor: z.int(),
      currency: z.string(),
      paymentOptionToken: z.string(),
    }),
  ),
});

function runLinkIn(mail: string): string {
  const link = /^Run: +(http\S+)$/m.exec(mail)?.[1];
  if (link === undefined) throw new Error(`There is no link to a run in the mail:\n${mail}`);
  return link;
}

function deskLinkIn(mail: string): string {
  const link = /http\S+\/reviews\/payment\/\S+/.exec(mail)?.[0];
  if (link === undefined) throw new Error(`There is no link to the desk in the mail:\n${mail}`);
  return link;
}

function dueIn(mail: string): string {
  const due = /^Review due: +(.+)$/m.exec(mail)?.[1];
  if (due === undefined) throw new Error(`There is no due time in the mail:\n${mail}`);
  return due;
}

/** What the mail says to paste: the first refunds, the second releases. */
function inputsIn(mail: string): string[] {
  return mail.match(/^\{$.*?^\}$/gms) ?? [];
}

function signedBy(operator: string, input: string | undefined): string {
  return `${input}`
    .replace(EXAMPLE_OPERATOR, operator)
    .replace('"why"', '"the card holder did not order this"');
}
