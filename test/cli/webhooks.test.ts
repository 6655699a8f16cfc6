import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { publish } from '../../src/store/notifications/outbox.ts';
import { outcomeOf } from '../support/outcome-of.ts';
import { eventOf } from '../support/events.ts';
import { status, verified, WebhookReceiver } from '../support/webhook-receiver.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { deliverAll } from '../support/deliver-all.ts';
import { SECRETS } from '../support/secrets.ts';
import { webhookDeps } from '../support/webhooks.ts';

const BY = ['--by', 'ana', '--reason', 'the till listens'];

let database: TestDatabase;
let receiver: WebhookReceiver;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});
afterEach(() => receiver.stop());

/** Runs the compiled command as a shell would. */
function run(args: readonly string[], changes: Record<string, string> = {}) {
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const env = {
    PATH: process.env['PATH'],
    PAYMENT_BLOCK_SUBSCRIBER: 'shop',
    DATABASE_URL: database.url,
    ...SECRETS,
    ALLOW_LOOPBACK_WEBHOOKS: 'true',
    ...changes,
  };
  const child = spawn(process.execPath, [main, ...args], { env });
  return outcomeOf(child);
}

const added = z.object({ endpoint: z.object({ endpointId: z.string() }), secret: z.string() });

test('an engineer adds an endpoint, tries it, changes its secret, and sees what it was told', {
  timeout: 120_000,
}, async () => {
  const { out, code } = await run([
    'webhooks',
    'add',
    receiver.url,
    '--events',
    'paymentHeld',
    ...BY,
    '--json',
  ]);
  expect(code).toBe(0);
  const { endpoint, secret } = added.parse(JSON.parse(out));
  const { endpointId } = endpoint;
  expect(await run(['webhooks', 'test', endpointId])).toMatchObject({
    code: 0,
    out: 'taken   yes\nstatus  200\nanswer  thanks\n',
  });
  receiver.answer = status(500);
  expect(await run(['webhooks', 'test', endpointId])).toMatchObject({
    code: 1,
    out: expect.stringContaining('the receiver answered 500'),
  });
  receiver.answer = undefined;

  const rotated = await run(['webhooks', 'rotate', endpointId, ...BY]);
  expect(rotated.out).toMatch(/old secret +signs until .*\nsecret +whsec_.*\n\nGive the secret/);
  const listed = await run(['webhooks', 'list']);
  expect(listed.out).toContain(
    `endpoint    ${endpointId}\nurl         ${receiver.url}\nevents      paymentHeld`,
  );
  expect(listed.out).not.toContain('whsec_');

  const eventId = await publish(
    database.pool,
    'shop',
    'paymentHeld',
    randomUUID(),
    eventOf('paymentHeld').payload,
  );
  const channel = { send: () => Promise.resolve() };
  await deliverAll({ pool: database.pool, channel, ...webhookDeps });
  const told = receiver.received.at(-1);
  if (!told) throw new Error('nothing came');
  expect(verified(secret, told).type).toBe('paymentHeld');
  const list = await run(['notifications', 'list', '--type', 'paymentHeld', '--state', 'delivered']);
  expect(list.out).toContain(`${endpointId} delivered after 1 attempt`);
  const shown = await run(['notifications', 'show', eventId]);
  expect(shown.out).toMatch(/says +\{.*"uniqueReference".*\n/);
  expect(shown.out).toContain('taken (200)');

  const resent = await run(['notifications', 'resend', eventId, '--to', endpointId, '--by', 'ana']);
  expect(resent).toMatchObject({ code: 0, out: expect.stringContaining('due again') });
  for (const change of ['disable', 'remove']) {
    expect(await run(['webhooks', change, endpointId, ...BY])).toMatchObject({ code: 0, err: '' });
  }
  expect(await run(['webhooks', 'enable', endpointId, ...BY])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^not found: /),
  });
});

test.each([
  {
    why: 'the address is not https',
    args: ['webhooks', 'add', 'http://shop.example/', ...BY],
    says: 'the url must begin with https://',
  },
  {
    why: 'this machine is none to send to',
    args: ['webhooks', 'add', 'http://localhost:1/', ...BY],
    changes: { ALLOW_LOOPBACK_WEBHOOKS: 'false' },
    says: 'must begin with https://',
  },
  {
    why: 'development is over',
    args: ['webhooks', 'add', 'https://shop.example/', ...BY],
    changes: { NODE_ENV: 'production' },
    says: 'ALLOW_LOOPBACK_WEBHOOKS: is for development',
  },
  {
    why: 'nobody gave the key',
    args: ['webhooks', 'add', 'https://shop.example/', ...BY],
    changes: { SECRETS_KEY: '' },
    says: 'SECRETS_KEY',
  },
  {
    why: 'there is no such event',
    args: ['webhooks', 'add', 'https://shop.example/', '--events', 'paymentEaten', ...BY],
    says: 'no event "paymentEaten"',
  },
  { why: 'an endpoint has no number', args: ['webhooks', 'test', '17'], says: 'named by its id' },
  { why: 'an event has no number', args: ['notifications', 'show', '17'], says: 'named by its id' },
  { why: 'there is no such state', args: ['notifications', 'list', '--state', 'lost'], says: '--state' },
])('is told with exit code 2 that $why', async ({ args, changes = {}, says }) => {
  expect(await run(args, changes)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) });
});
