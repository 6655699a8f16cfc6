import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newWebhookSecret } from '../../src/notifications/webhook-signature.ts';
import {
  createWebhookChannel,
  type WebhookChannel,
  type WebhookSettings,
} from '../../src/notifications/webhook.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { status, verified, WebhookReceiver } from '../support/webhook-receiver.ts';

const message = {
  id: 'event-1',
  type: 'paymentHeld',
  timestamp: new Date('2026-11-21T09:00:00Z'),
  data: { uniqueReference: '53234567643', reasons: ['Zoë "&" Co'] },
};

let receiver: WebhookReceiver;
const channels: WebhookChannel[] = [];
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});
afterEach(async () => {
  await Promise.all(channels.splice(0).map((channel) => channel.close()));
  await receiver.stop();
});

function channelOf(settings: Partial<WebhookSettings> = {}): WebhookChannel {
  const channel = createWebhookChannel({ allowLoopback: true, timeoutMs: 2_000, ...settings });
  channels.push(channel);
  return channel;
}

function send(settings: Partial<WebhookSettings> = {}, url = receiver.url) {
  return channelOf(settings).send(message, { url, secrets: [newWebhookSecret()] });
}

describe('a message', () => {
  test('is in the Standard Webhooks format, and a receiver with the secret can tell that it is ours', async () => {
    const secret = newWebhookSecret();
    const answer = await channelOf().send(message, { url: receiver.url, secrets: [secret] });
    expect(answer).toMatchObject({ error: null, statusCode: 200, answer: 'thanks' });
    const [received] = receiver.received;
    if (!received) throw new Error('nothing came');
    expect(received.headers['content-type']).toBe('application/json');
    expect(verified(secret, received)).toEqual({
      type: 'paymentHeld',
      timestamp: '2026-11-21T09:00:00.000Z',
      data: message.data,
    });
    expect(received.id).toBe('event-1');
    expect(() => verified(newWebhookSecret(), received)).toThrow('No matching signature');
    expect(() => verified(secret, { ...received, body: received.body.replace('5323', '5324') })).toThrow(
      'No matching signature',
    );
  });

  test('is signed with both secrets while one takes over from the other', async () => {
    const [next, previous] = [newWebhookSecret(), newWebhookSecret()];
    await channelOf().send(message, { url: receiver.url, secrets: [next, previous] });
    const [received] = receiver.received;
    if (!received) throw new Error('nothing came');
    for (const secret of [next, previous]) expect(verified(secret, received).type).toBe('paymentHeld');
  });
});

describe('an answer', () => {
  test.each([200, 201, 204])('%d is a message taken', async (code) => {
    receiver.answer = status(code);
    expect(await send()).toMatchObject({ error: null, statusCode: code });
  });

  test.each([400, 404, 429, 500, 503])('%d is one that was not', async (code) => {
    receiver.answer = status(code, { 'retry-after': '120' }, 'busy');
    expect(await send()).toMatchObject({
      error: `the receiver answered ${code}`,
      statusCode: code,
      answer: 'busy',
      pauseMs: 120_000,
      gone: false,
    });
  });

  test('410 says that nothing more is wanted', async () => {
    receiver.answer = status(410);
    expect(await send()).toMatchObject({ statusCode: 410, gone: true });
  });

  test.each([301, 302, 307, 308])('%d leads nowhere', async (code) => {
    const elsewhere = await WebhookReceiver.start();
    receiver.answer = status(code, { location: elsewhere.url });
    expect(await send()).toMatchObject({ statusCode: code, error: expect.stringContaining('redirects') });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.stop();
  });

  test('is kept by its beginning only', async () => {
    receiver.answer = status(200, {}, `ab${'ü'.repeat(100_000)}`);
    const { error, answer } = await send();
    expect(error).toBeNull();
    expect(answer).toBe(`ab${'ü'.repeat(498)}`);
  });

  test('that never ends takes nothing back: its status has come', async () => {
    receiver.answer = (response) => void response.writeHead(200).write('still talking');
    expect(await send()).toMatchObject({ error: null, statusCode: 200, answer: 'still talking' });
  });
});

describe('no answer', () => {
  test('in time is told so', async () => {
    receiver.answer = () => {};
    expect(await send()).toMatchObject({ error: 'no answer within 2000 ms', statusCode: null });
  });

  test('because the connection broke, or nobody listens, is told so', async () => {
    receiver.answer = (response) => void response.destroy();
    expect(await send()).toMatchObject({ error: 'other side closed' });
    const { url } = receiver;
    await receiver.stop();
    expect(await send({}, url)).toMatchObject({ error: expect.stringContaining('ECONNREFUSED') });
    receiver = await WebhookReceiver.start();
  });
});

test('the address that was checked is the one that is connected to: a name is asked once', async () => {
  let asked = 0;
  const resolve = () => {
    asked += 1;
    return Promise.resolve([{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
  };
  expect(await send({ resolve })).toMatchObject({ error: null });
  expect([asked, receiver.received.length]).toEqual([1, 1]);
});

describe('nothing is sent', () => {
  test.each([
    ['127.0.0.1', 4],
    ['169.254.169.254', 4],
    ['10.0.0.7', 4],
    ['::1', 6],
    ['::ffff:127.0.0.1', 6],
  ])('where a public name turns out to be %s', async (address, family) => {
    const resolve = () => Promise.resolve([{ address, family }]);
    const url = `https://hooks.shop.example:${receiver.port}/`;
    expect(await send({ allowLoopback: false, resolve }, url)).toMatchObject({
      error: `hooks.shop.example resolves to ${address}, which is not public: nothing is sent there`,
    });
    expect(receiver.received).toEqual([]);
  });

  test('where one of several addresses is not public', async () => {
    const resolve = () =>
      Promise.resolve([
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    expect(await send({ allowLoopback: false, resolve }, 'https://hooks.shop.example/')).toMatchObject({
      error: expect.stringContaining('127.0.0.1, which is not public'),
    });
  });

  test('to this machine, or without TLS, unless it is for development', async () => {
    for (const url of [
      receiver.url,
      receiver.url.replace('localhost', '127.0.0.1'),
      'https://localhost:1/',
    ]) {
      expect((await send({ allowLoopback: false }, url)).error).toMatch(/https|not public/);
    }
    expect(receiver.received).toEqual([]);
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)('over TLS (needs openssl to make a certificate)', () => {
  test('a certificate that nobody vouches for is refused, and one that the machine trusts is taken', async () => {
    const folder = tempFolder();
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const args = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
    ];
    execFileSync('openssl', [...args, ...names], { stdio: 'ignore' });
    const tls = await WebhookReceiver.start({
      key: readFileSync(key, 'utf8'),
      cert: readFileSync(cert, 'utf8'),
    });

    expect(await send({}, tls.url)).toMatchObject({ error: expect.stringMatching(/self.signed/) });
    expect(tls.received).toEqual([]);
    expect(await sendFromAProcess(tls.url, { NODE_EXTRA_CA_CERTS: cert })).toMatchObject({ statusCode: 200 });
    expect(tls.received.map(({ id }) => id)).toEqual(['from-a-process']);
    await tls.stop();
  });
});

/** Sends one message from a process of its own, compiled as it ships. */
async function sendFromAProcess(url: string, env: Record<string, string>): Promise<unknown> {
  const script = `
    const { createWebhookChannel } = await import(${JSON.stringify(path.join(projectRoot, 'dist/src/notifications/webhook.js'))});
    const channel = createWebhookChannel({ allowLoopback: true });
    const message = { id: 'from-a-process', type: 'paymentHeld', timestamp: new Date(), data: {} };
    console.log(JSON.stringify(await channel.send(message, { url: ${JSON.stringify(url)}, secrets: ['whsec_c2VjcmV0'] })));
    await channel.close();`;
  const output = await new Promise<string>((resolve, reject) => {
    const options = { env: { ...process.env, ...env } };
    execFile(process.execPath, ['--input-type=module', '--eval', script], options, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });
  return JSON.parse(output);
}
