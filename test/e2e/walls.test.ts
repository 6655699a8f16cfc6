import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { Client, Connection, type ConnectionOptions, type WorkflowHandle } from '@temporalio/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { Pool } from 'pg';
import { z } from 'zod';
import { temporalConnection } from '../../src/client/connect.ts';
import { PaymentBlockClient } from '../../src/client/index.ts';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import { addAccount, hashPassword, setAccountStatus } from '../../src/store/accounts/accounts.ts';
import { trailOf } from '../../src/store/books/trail.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { refundOfPayment } from '../../src/store/refunds/refund-record.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { runUrl } from '../../src/temporal/runs-address.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { runProgram } from '../../tools/processes/programs.ts';
import { findChromium, NO_CHROMIUM, startChromium } from '../../tools/binaries/chromium.ts';
import { blockByApi } from '../../tools/payment-service.ts';
import { samplePayment } from '../../tools/payments.ts';
import { freePorts, type Ports } from '../../tools/stack/ports.ts';
import { type StateFolder, stateFolder } from '../../tools/stack/state.ts';
import { STEP_TIMEOUT_MS, TemporalUi } from '../../tools/stack/temporal-ui.ts';
import { type ProductionLikeStack, startProductionLike } from '../../tools/walls/production-like.ts';

const program = findChromium(process.env);
if (program === undefined)
  console.warn(`${NO_CHROMIUM}\nUntil then the tests of the Temporal UI behind walls are skipped.`);

/** Short, so that the worker has to renew its own while the tests run. */
const TOKEN_SECONDS = 8;
/** An empty cache takes building Temporal's server, which is done once. */
const BUILD_MS = 30 * 60_000;

const PERMISSION_DENIED = 7;

let ports: Ports;
let state: StateFolder;
let stack: ProductionLikeStack;
let startedAt: number;

beforeAll(async () => {
  ports = await freePorts();
  state = stateFolder(mkdtempSync(path.join(os.tmpdir(), 'payment-block-walls-')));
  // For the account that Postgres runs as, so that all of its data is in there and goes with it.
  chmodSync(state.folder, 0o755);
  stack = await startProductionLike({
    ports,
    state,
    environment: process.env,
    print: console.log,
    signal: new AbortController().signal,
    serviceTokenSeconds: TOKEN_SECONDS,
  });
  startedAt = Date.now();
}, BUILD_MS);

afterAll(async () => {
  await stack?.stop();
  rmSync(state.folder, { recursive: true, force: true });
});

describe('the frontend', () => {
  test('is reached by nobody without a certificate of its clients', async () => {
    const ca = certificate('cluster-ca.pem');
    const greeted = { host: '127.0.0.1', port: ports.temporal, ca, servername: 'frontend.temporal' };
    expect(await greet(greeted)).toMatch(/CERTIFICATE_REQUIRED/);
    // The cluster's own authority signs no clients.
    const own = { cert: certificate('internode.pem'), key: certificate('internode.key') };
    expect(await greet({ ...greeted, ...own })).toMatch(/UNKNOWN_CA|BAD_CERTIFICATE/);
    const { cert, key } = certificateOf('api');
    expect(await greet({ ...greeted, cert, key })).toBe('welcome');
  });

  test('tells nothing without a token, or by one that is for something else', async () => {
    await expect(describeNamespace(undefined)).rejects.toMatchObject({ code: PERMISSION_DENIED });
    await expect(describeNamespace('Bearer nonsense')).rejects.toMatchObject({ code: PERMISSION_DENIED });
  });

  test('is the only door: the services open to none of its clients', async () => {
    const greeted = {
      host: '127.0.0.1',
      port: internalFrontendPort(),
      ca: certificate('cluster-ca.pem'),
      servername: 'internode.temporal',
    };
    expect(await greet({ ...greeted, ...certificateOf('api') })).toMatch(/UNKNOWN_CA|BAD_CERTIFICATE/);
  });
});

test('a run that no one vouches for is taken in where a service account of its subscriber has started it', async () => {
  const { subscriberId } = stack.account;
  const pool = createPool(stack.databaseUrl, 'test', () => {});
  const connection = await Connection.connect(stack.temporal.connection);
  try {
    const client = new Client({ connection, namespace: stack.temporal.namespace });
    const start = () =>
      new PaymentBlockClient(client, 'payment-block').blockPayment(samplePayment({ subscriberId }));
    await expect(start()).rejects.toThrow('neither by the API nor by a client that signs');
    const account = {
      userId: stack.asService('command-line')['TEMPORAL_CLIENT_ID'] ?? '',
      subscriberId,
      scopes: ['payment.block' as const],
    };
    const by = { actor: 'ana', reason: 'it starts runs by itself' };
    await addAccount(pool, account, await hashPassword('a password of its own'), by);
    expect(await start()).toMatchObject({ subscriberId });
    await setAccountStatus(pool, account, 'locked', by);
    await expect(start()).rejects.toThrow('neither by the API nor by a client that signs');
  } finally {
    await connection.close();
    await pool.end();
  }
});

test('the account by which Temporal uses Postgres has no rights in the record', async () => {
  const pool = createPool(stack.databaseUrl, 'test', () => {});
  const { rows } = await pool.query(
    `select count(*)::int as tables,
            count(*) filter (where has_table_privilege('temporal', c.oid, 'select, insert, update, delete'))::int as open
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`,
  );
  await pool.end();
  expect(rows).toEqual([{ tables: expect.any(Number), open: 0 }]);
  expect(rows[0]?.tables).toBeGreaterThan(20);
});

test('the command line reads by its own certificate and token, and decides for nobody who is not signed in', async () => {
  await blockByApi(stack, 'pay-command');
  expect(await commandLine(['status', 'pay-command'])).toContain('held');
  const unblock = ['unblock', 'pay-command', '--refund', '--by', 'ben', '--reason', 'he called'];
  await expect(commandLine(unblock)).rejects.toThrow('does not show who sends it');
  const refused = commandLine(['status', 'pay-command'], { TEMPORAL_CLIENT_SECRET: 'wrong' });
  await expect(refused).rejects.toThrow(
    /no token for Temporal: .* refuses payment-block-command-line \(401\)/,
  );
});

function commandLine(args: readonly string[], changes: NodeJS.ProcessEnv = {}): Promise<string> {
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const { PATH } = process.env;
  // Where no one is signed in.
  const env = { PATH, ...stack.commandLine, XDG_CONFIG_HOME: state.folder, ...changes };
  return runProgram(process.execPath, [main, ...args], { env });
}

describe.skipIf(program === undefined)('in the Temporal UI', () => {
  let browser: Browser;
  let pool: Pool;

  beforeAll(async () => {
    browser = await startChromium(program ?? '');
    pool = createPool(stack.databaseUrl, 'test', () => {});
    await blockByApi(stack, 'pay-walls');
  });
  afterAll(async () => {
    await browser?.close();
    await pool?.end();
  });

  test('a person who is not signed in sees nothing of a payment', async () => {
    const page = await openTab();
    const answers: number[] = [];
    page.on('response', (response) => {
      if (/\/api\/v1\/(?!settings)/.test(response.url())) answers.push(response.status());
    });
    await page.goto(runOf('pay-walls'));
    await page.waitForURL(/\/login\?/);
    await page.getByRole('button', { name: 'Continue to SSO' }).waitFor();
    expect(await page.locator('body').innerText()).not.toContain('1250.00');
    const asked = `${stack.temporal.ui}/api/v1/namespaces/payments-production/workflows`;
    expect((await fetch(asked)).status).toBe(401);
    expect((await fetch(asked, { headers: { authorization: 'Bearer nonsense' } })).status).toBe(401);
    expect(answers.filter((status) => status === 200)).toEqual([]);
  });

  test('a viewer sees it, and can send nothing', async () => {
    const { ui, tokens } = await signInTo(runOf('pay-walls'), 'vera');
    await ui.showDetails();
    await ui.untilDetailsSay('Held: waiting for an operator');
    const asVera = async <T>(work: (run: WorkflowHandle) => Promise<T>) =>
      withToken((await tokens).authorization, (client) =>
        work(client.workflow.getHandle(workflowOf('pay-walls'))),
      );
    expect(await asVera((run) => run.query('payment'))).toMatchObject({ status: 'held' });
    const note = { operator: 'ana', reason: '', text: 'hello' };
    await expect(asVera((run) => run.signal('note', note))).rejects.toMatchObject({
      cause: { code: PERMISSION_DENIED },
    });
    await expect(asVera((run) => run.terminate())).rejects.toMatchObject({
      cause: { code: PERMISSION_DENIED },
    });
  });

  test('what ana proposes in the Temporal UI under another name is hers, and only ben can confirm it', async () => {
    const terms =
      'reminderHours: 4\ndeadlineHours: 24\ndeadlineAction: refund\nfourEyesAbove: { EUR: 2000 }\n';
    const by = { actor: 'ana', reason: 'as agreed' };
    await putSettings(pool, 'review', stack.account.subscriberId, terms, by);
    await blockByApi(stack, 'pay-story', { presentationAmount: 3000 });
    const anaAtTheDesk = await signInAtTheDesk('pay-story', 'ana');

    const { ui } = await signInTo(runOf('pay-story'), 'ana');
    await ui.showDetails();
    await ui.untilDetailsSay('Your sign-in counts as the operator');
    // In several lines: what the editor lays out anew moves the button away from under the click.
    const words = JSON.stringify({ refundAmount: true, operator: 'ben', reason: 'he called' }, undefined, 2);
    const update = await ui.prepare('Send an Update', 'unblock', words);
    await ui.submit(update);
    await update.getByRole('alert').getByText('send it as a Signal').waitFor();
    await update.getByTestId('cancel-modal-button').click();
    await ui.submit(await ui.prepare('Send a Signal', 'unblock', words));
    await ui.untilDetailsSay('ana proposes to refund it');

    await anaAtTheDesk.reload();
    await decideAtTheDesk(anaAtTheDesk);
    await anaAtTheDesk.getByRole('alert').getByText('another operator has to confirm it').waitFor();
    const benAtTheDesk = await signInAtTheDesk('pay-story', 'ben');
    await decideAtTheDesk(benAtTheDesk);
    await benAtTheDesk.getByText('Taken: refund it, as ana has proposed').waitFor();
    const ref = { subscriberId: stack.account.subscriberId, uniqueReference: 'pay-story' };
    await expect
      .poll(async () => (await refundOfPayment(pool, ref))?.status, { timeout: STEP_TIMEOUT_MS })
      .toBe('CAPTURED');

    const trail = await trailOf(pool, { subscriberId: ref.subscriberId, subject: 'payment:pay-story' });
    const said = trail.filter(({ actor }) => typeof actor === 'object' && 'name' in actor);
    expect(said).toMatchObject([
      { action: 'proposeUnblock', actor: { name: 'ana', known: { by: 'principal', door: 'temporal' } } },
      {
        action: 'unblockAndRefund',
        actor: { name: 'ana', known: { by: 'principal', door: 'temporal' } },
        details: { typedAs: 'ben', confirmedBy: 'ben', confirmedKnown: { by: 'signedIn', door: 'desk' } },
      },
    ]);
    expect(await sendersOf('pay-story')).toMatchObject([{ type: 'jwt', name: 'ana' }]);
  });

  test('ana, who may send messages, cannot end a run, start one, or answer in the place of the worker', async () => {
    const { ui, tokens } = await signInTo(runOf('pay-walls'), 'ana');
    const namespace = `${stack.temporal.ui}/api/v1/namespaces/${stack.temporal.namespace}`;
    const run = `${namespace}/workflows/${encodeURIComponent(workflowOf('pay-walls'))}`;
    const headers = await tokens;
    const post = async (address: string) =>
      (await ui.page.request.post(address, { headers, data: {} })).status();
    expect(await post(`${run}/query/__temporal_workflow_metadata`)).toBe(200);
    for (const refused of [
      `${run}/terminate`,
      `${run}/cancel`,
      `${run}/reset`,
      `${namespace}/workflows/another`,
      `${namespace}/activities/complete-by-id`,
      `${run}/terminate?/signal/unblock`,
      `${run}%2Fterminate%3F/signal/unblock`,
    ])
      expect([refused, await post(refused)]).toEqual([refused, 403]);
    const { status } = await withCommandLine((client) =>
      client.workflow.getHandle(workflowOf('pay-walls')).describe(),
    );
    expect(status.name).toBe('RUNNING');
  });

  /** Opens a case as a person who signs in at the provider. */
  async function signInAtTheDesk(uniqueReference: string, person: string): Promise<Page> {
    const page = await openTab();
    await page.goto(`${stack.api}/reviews/payment/${uniqueReference}`);
    await page.getByRole('link', { name: 'Sign in to decide' }).click();
    await page.getByRole('link', { name: person }).click();
    await page.getByText('Held for a decision').waitFor();
    return page;
  }

  async function decideAtTheDesk(page: Page): Promise<void> {
    const form = page.getByRole('form', { name: 'confirmUnblock' });
    await form.getByLabel('Reason').fill('the card holder called me as well');
    await form.getByRole('button', { name: 'Confirm the refund' }).click();
  }

  /** Who has sent the Signals of a run, as Temporal has stamped them. */
  async function sendersOf(uniqueReference: string) {
    const { events } = await withCommandLine((client) =>
      client.workflow.getHandle(workflowOf(uniqueReference)).fetchHistory(),
    );
    return (events ?? [])
      .filter((event) => event.workflowExecutionSignaledEventAttributes)
      .map(({ principal }) => principal);
  }

  /** Signs a person in at the page that they asked for; with the tokens by which the UI then acts for them. */
  async function signInTo(address: string, person: string) {
    const page = await openTab();
    await page.goto(address);
    await page.getByRole('button', { name: 'Continue to SSO' }).click();
    const tokens = page
      .waitForRequest((request) => sentAlong.safeParse(request.headers()).success)
      .then((request) => sentAlong.parse(request.headers()));
    await page.getByRole('link', { name: person }).click();
    const { ui = '', namespace } = stack.temporal;
    return { ui: new TemporalUi(page, { ui, namespace }), tokens };
  }

  /** A browser of its own; where its test fails, what it showed is kept with the stack's logs. */
  async function openTab(): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(STEP_TIMEOUT_MS);
    onTestFailed(async () => {
      const kept = mkdtempSync(path.join(os.tmpdir(), 'payment-block-walls-failed-'));
      for (const [index, page] of context.pages().entries()) {
        await page.screenshot({ path: path.join(kept, `tab-${index + 1}.png`) });
      }
      cpSync(state.logs, path.join(kept, 'logs'), { recursive: true });
      console.error(`What the browser showed, and the stack's logs: ${kept}`);
    });
    return context.newPage();
  }

  function workflowOf(uniqueReference: string): string {
    return paymentWorkflowId({ subscriberId: stack.account.subscriberId, uniqueReference });
  }

  function runOf(uniqueReference: string): string {
    const { ui = '', namespace } = stack.temporal;
    return runUrl(workflowOf(uniqueReference), { temporalUiUrl: ui, namespace });
  }
});

test('the worker goes on working when the token that it started with has ended', async () => {
  await sleep(Math.max(0, startedAt + (TOKEN_SECONDS + 1) * 1000 - Date.now()));
  expect(await blockByApi(stack, 'pay-later')).toMatchObject({ paymentStatus: 'held' });
});

const sentAlong = z.object({
  authorization: z.string().startsWith('Bearer ey'),
  'authorization-extras': z.string().startsWith('ey'),
});

/** What becomes of a TLS connection: "welcome", or the code of its end. */
function greet(options: tls.ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = tls.connect({ ...options, ALPNProtocols: ['h2'] });
    const end = (outcome: string): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('error', (error) => end('code' in error ? String(error.code) : error.message));
    socket.once('close', () => end('closed'));
    // In TLS 1.3 the server looks at the certificate after the handshake; the first thing that it says shows what it saw.
    socket.once('data', () => end('welcome'));
    socket.once('secureConnect', () =>
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00'),
    );
  });
}

function certificate(name: string): string {
  return readFileSync(path.join(state.certificates, name), 'utf8');
}

function certificateOf(client: string): { readonly cert: string; readonly key: string } {
  return { cert: certificate(`${client}.pem`), key: certificate(`${client}.key`) };
}

/** Calls the frontend as the command line does. */
async function withCommandLine<T>(work: (client: Client) => Promise<T>): Promise<T> {
  return withConnection(stack.temporal.connection, work);
}

/** Calls the frontend with the certificate of the command line, and another token, or none. */
async function withToken<T>(
  authorization: string | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { TEMPORAL_TOKEN_URL: _none, ...env } = stack.asService('command-line');
  const { connectionOptions } = temporalConnection(env);
  const metadata = authorization === undefined ? {} : { authorization };
  return withConnection({ ...connectionOptions, metadata }, work);
}

async function withConnection<T>(
  options: ConnectionOptions,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = Connection.lazy(options);
  try {
    return await work(new Client({ connection, namespace: stack.temporal.namespace }));
  } finally {
    await connection.close();
  }
}

function describeNamespace(authorization: string | undefined) {
  return withToken(authorization, ({ workflowService, options: { namespace } }) =>
    workflowService.describeNamespace({ namespace }),
  );
}

/** Known to the server alone, which was given it by its environment. */
function internalFrontendPort(): number {
  const record = z
    .object({ parts: z.array(z.object({ name: z.string(), pid: z.number() })) })
    .parse(JSON.parse(readFileSync(path.join(state.folder, 'stack.json'), 'utf8')));
  const pid = record.parts.find(({ name }) => name === 'Temporal')?.pid;
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
  return Number(/^INTERNAL_FRONTEND_PORT=(\d+)$/m.exec(environment.replaceAll('\x00', '\n'))?.[1]);
}
