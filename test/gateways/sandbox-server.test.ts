import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSandboxGateway } from '../../src/gateways/sandbox/sandbox-gateway.ts';
import { mayResend } from '../../src/domain/refund.ts';
import { waitForEnd } from '../../tools/processes/processes.ts';
import { startAndLose } from '../support/compiled-process.ts';
import { SandboxProcess } from '../support/sandbox-process.ts';

const refund = {
  refundReference: 'reference-1',
  subscriberId: 'shop',
  idempotencyKey: 'key-1',
  paymentOptionToken: 'tok_visa',
  amount: { minor: 10_025, currency: 'EUR' },
};

let sandbox: SandboxProcess;
beforeEach(async () => {
  sandbox = await SandboxProcess.start();
});
afterEach(() => sandbox.remove());

function gateway() {
  return createSandboxGateway({ url: sandbox.url });
}

describe('the books of the sandbox gateway', () => {
  test('show two refunds where a reference was paid under two keys: the double payment a proof must see', async () => {
    await gateway().submit(refund);
    await gateway().submit({ ...refund, idempotencyKey: 'key-2' });
    expect(await sandbox.booked('reference-1')).toHaveLength(2);
    expect((await sandbox.books()).totals).toMatchObject({ EUR: { captured: { count: 2, minor: 20_050 } } });
  });

  test('survive kill -9, and so does the idempotency key', async () => {
    const paid = await gateway().submit(refund);
    await sandbox.kill();
    await sandbox.restart();
    expect(await gateway().lookup(refund)).toEqual(paid);
    expect(await gateway().submit(refund)).toEqual(paid);
    expect(await sandbox.booked('reference-1')).toHaveLength(1);
  });

  test('settle what was pending when the gateway was killed', async () => {
    await sandbox.misbehave({ misbehave: 'captureLater', ms: 300 });
    expect(await gateway().submit(refund)).toMatchObject({ kind: 'pending' });
    await sandbox.kill();
    await sleep(300);
    await sandbox.restart();
    expect(await gateway().lookup(refund)).toMatchObject({ kind: 'paid' });
  });

  test('keep over kill -9 that a refund was taken back, and that money has gone back otherwise', async () => {
    const paid = await gateway().submit(refund);
    const [booked] = await sandbox.booked('reference-1');
    await sandbox.reverse(booked?.id ?? '', 'account closed');
    await sandbox.contest('tok_other', 'chargedBack', 'not ordered');
    await sandbox.kill();
    await sandbox.restart();
    expect(await gateway().lookup(refund)).toEqual({ kind: 'declined', reason: 'account closed' });
    // A repeated key gets the first answer, as it was.
    expect(await gateway().submit(refund)).toEqual(paid);
    const other = { ...refund, refundReference: 'reference-2', idempotencyKey: 'key-2' };
    expect(await gateway().submit({ ...other, paymentOptionToken: 'tok_other' })).toEqual({
      kind: 'contested',
      reason: 'charged back, says the gateway: not ordered',
    });
    expect(await sandbox.booked('reference-2')).toEqual([]);
    await expect(sandbox.reverse(booked?.id ?? '', 'again')).rejects.toThrow('Only a captured refund');
  });

  test('leave out a line that a crash has torn, say so, and go on', async () => {
    await gateway().submit(refund);
    await sandbox.kill();
    appendFileSync(sandbox.booksFile, readFileSync(sandbox.booksFile).subarray(0, 50));
    await sandbox.restart();
    await vi.waitFor(() => expect(sandbox.process.output()).toContain('torn by a crash'));
    await gateway().submit({ ...refund, refundReference: 'reference-2', idempotencyKey: 'key-2' });
    await sandbox.kill();
    await sandbox.restart();
    expect((await sandbox.books()).refunds.map(({ reference }) => reference)).toEqual([
      'reference-1',
      'reference-2',
    ]);
  });

  test('with a damaged line are not opened: no money is left out of account silently', async () => {
    await sandbox.kill();
    writeFileSync(sandbox.booksFile, '{"id":"rf_1"}\n');
    await expect(sandbox.restart()).rejects.toThrow(/Line 1 of the gateway's books, .*damaged/);
  });
});

describe('an idempotency key', () => {
  test('is forgotten after its lifetime: a resend would then pay twice, so the adapter declares the lifetime', async () => {
    const keyLifetimeMs = 500;
    await sandbox.remove();
    sandbox = await SandboxProcess.start({ GATEWAY_KEY_LIFETIME_MS: String(keyLifetimeMs) });
    const shortLived = createSandboxGateway({ url: sandbox.url, keyLifetimeMs });
    const sentAt = Date.now();
    await shortLived.submit(refund);
    await sleep(keyLifetimeMs);
    expect(mayResend(sentAt, shortLived.abilities.keyLifetimeMs, Date.now())).toBe(false);
    await shortLived.submit(refund);
    expect(await sandbox.booked('reference-1')).toHaveLength(2);
  });

  test('can be forgotten before its time by a switch', async () => {
    await gateway().submit(refund);
    await sandbox.misbehave({ misbehave: 'forgetKeys', calls: 1 });
    await gateway().submit(refund);
    await gateway().submit(refund);
    expect(await sandbox.booked('reference-1')).toHaveLength(2);
  });

  test('of another order is refused, and nothing is paid', async () => {
    await gateway().submit(refund);
    const outcome = await gateway().submit({ ...refund, amount: { minor: 1, currency: 'EUR' } });
    expect(outcome).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('409') });
    expect((await sandbox.books()).refunds).toHaveLength(1);
  });
});

describe('the sandbox gateway over HTTP', () => {
  const post = (headers: Record<string, string>, body: unknown) =>
    fetch(`${sandbox.url}/refunds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const order = { reference: 'r', paymentOptionToken: 't', amountMinor: 1, currency: 'EUR' };

  test.each([
    ['no key', {}, order],
    ['a negative amount', { 'idempotency-key': 'k' }, { ...order, amountMinor: -1 }],
    ['no currency', { 'idempotency-key': 'k' }, { ...order, currency: undefined }],
    ['a currency that does not exist', { 'idempotency-key': 'k' }, { ...order, currency: 'EUX' }],
  ])('refuses a refund with %s, and books nothing', async (_name, headers, body) => {
    const response = await post(headers, body);
    expect(response.status).toBe(400);
    expect((await sandbox.books()).refunds).toHaveLength(0);
  });

  test('shows one refund by its id, and 404 where there is none', async () => {
    await gateway().submit(refund);
    const [booked] = await sandbox.booked('reference-1');
    const response = await fetch(`${sandbox.url}/refunds/${booked?.id}`);
    expect(await response.json()).toMatchObject({ reference: 'reference-1', status: 'captured' });
    expect((await fetch(`${sandbox.url}/refunds/rf_none`)).status).toBe(404);
  });

  test('counts down a switch, shows what is left of it, and clears all', async () => {
    await sandbox.misbehave({ misbehave: 'decline', calls: 2 }, { misbehave: 'tooMany', on: 'lookup' });
    await gateway().submit(refund);
    const switches = () => fetch(`${sandbox.url}/switches`).then((response) => response.json());
    expect(await switches()).toMatchObject([{ misbehave: 'decline', calls: 1 }, { misbehave: 'tooMany' }]);
    await fetch(`${sandbox.url}/switches`, { method: 'DELETE' });
    expect(await switches()).toEqual([]);
  });

  test('refuses a switch that it does not have, and says so', async () => {
    const response = await fetch(`${sandbox.url}/switches`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ misbehave: 'explode' }]),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('misbehave');
  });

  test('has a page for people on which what a client sent stays text', async () => {
    await gateway().submit({ ...refund, refundReference: '<script>alert(1)</script>' });
    await sandbox.misbehave({ misbehave: 'decline', reason: '<b>', calls: 3 });
    const page = await (await fetch(`${sandbox.url}/`)).text();
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script>');
    expect(page).toContain('100.25 EUR');
    expect(page).toContain('the next 3 calls');
  });
});

describe('the process of the sandbox gateway', () => {
  test('ends cleanly when asked to, with connections still open', async () => {
    await gateway().submit(refund);
    expect(await sandbox.process.end('SIGTERM')).toBe(0);
  });

  test('ends when the process that started it is gone', async () => {
    expect(await sandbox.process.abandon()).toBe(0);
  });

  test.each([100, 200, 300, 400])(
    'ends when the process that started it is killed after %i ms, while it starts',
    async (afterMs) => {
      const env = { GATEWAY_PORT: '0', GATEWAY_BOOKS: `${sandbox.booksFile}.other` };
      const pid = await startAndLose('src/sandbox-gateway/server.ts', env, afterMs);
      expect(await waitForEnd(pid, 5_000)).toBe(true);
    },
  );

  test('says which port is in use', async () => {
    const port = new URL(sandbox.url).port;
    await expect(SandboxProcess.start({ GATEWAY_PORT: port })).rejects.toThrow(
      `Port ${port} is in use by another program`,
    );
  });

  test('says which setting is wrong', async () => {
    await expect(SandboxProcess.start({ GATEWAY_SETTLE_MS: 'soon' })).rejects.toThrow('GATEWAY_SETTLE_MS');
  });
});
