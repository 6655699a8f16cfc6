import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { eventPayloads, eventTypes, outboxEvent, languages } from '../../src/notifications/events.ts';
import { renderMail } from '../../src/notifications/render-mail.ts';
import { createWebhookChannel } from '../../src/notifications/webhook.ts';
import { newWebhookSecret } from '../../src/notifications/webhook-signature.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { channelsFor, recipientsOf, standardChannels } from '../../src/settings/notifications.ts';
import { putSettings, settingsInForce } from '../../src/store/settings/settings.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { eventOf } from '../support/events.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');
const page = read('docs/notifications.md');

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test.each(eventTypes)(
  'docs/notifications.md tells of the event %s, of all its data and of who hears of it',
  (type) => {
    const [row = ''] = page.match(new RegExp(`^\\| \`${type}\` \\|.*$`, 'm')) ?? [];
    const [, , when, data = '', mail, webhook] = row.split('|').map((cell) => cell.trim());
    expect(when).not.toBe('');
    expect(data.split(', ').map((name) => name.replaceAll('`', ''))).toEqual(
      expect.arrayContaining(Object.keys(eventPayloads[type].shape)),
    );
    expect(data.split(', ')).toHaveLength(Object.keys(eventPayloads[type].shape).length);
    const { email, webhook: hooks } = standardChannels(type);
    expect([mail, webhook]).toEqual([email ? 'yes' : 'no', hooks ? 'yes' : 'no']);
  },
);

test('docs/notifications.md tells of no event that does not exist', () => {
  const told = [...page.matchAll(/^\| `(\w+)` \| /gm)].map(([, type]) => type);
  expect(new Set(told)).toEqual(new Set(eventTypes));
});

test.each(eventTypes)('%s can be read back from where it was stored', (type) => {
  expect(outboxEvent.parse(eventOf(type))).toEqual(eventOf(type));
});

test.each(eventTypes)('%s has its mail in every language, as text and as HTML', (type) => {
  for (const language of languages) {
    const address = {
      temporalUiUrl: 'http://127.0.0.1:8233',
      namespace: 'default',
      publicUrl: 'http://127.0.0.1:8080',
    };
    const { text, html } = renderMail(eventOf(type), address, language, 'UTC');
    for (const format of [text, html]) expect(format).not.toBe('');
  }
});

test('the example settings are taken, and mean what their comments say', async () => {
  const by = { actor: 'ana', reason: 'as documented' };
  await putSettings(database.pool, 'notifications', 'shop', read('docs/notifications.yaml'), by);
  const settings = (await settingsInForce(database.pool, 'notifications', 'shop'))?.settings;
  if (!settings) throw new Error('nothing is in force');
  expect(settings).toMatchObject({ language: 'de', timeZone: 'Europe/Berlin' });
  expect(settings.sender).toContain('@shop.example');
  expect(channelsFor(settings, 'paymentBlocked')).toEqual({ email: false, webhook: false });
  expect(channelsFor(settings, 'paymentReleased')).toEqual({ email: false, webhook: true });
  expect(recipientsOf(settings, eventOf('paymentHeld'))).toEqual(['operators@shop.example']);
  expect(recipientsOf(settings, eventOf('refundFailed'))).toEqual([
    'operators@shop.example',
    'head.of.payments@shop.example',
  ]);
});

test('an escalation goes to the group that it names, and to the default one where there is no such group', () => {
  const recipients = { default: ['ops@shop.example'], supervisors: ['eva@shop.example'] };
  const told = (escalatedTo: string) => {
    const payload = { ...eventOf('reviewReminder').payload, escalatedTo };
    return recipientsOf({ recipients, events: {} }, { ...eventOf('reviewReminder'), payload });
  };
  expect([told('supervisors'), told('nobody')]).toEqual([['eva@shop.example'], ['ops@shop.example']]);
});

const reader = z.object({
  read: z.custom<(secret: string, headers: unknown, body: string) => unknown>(
    (it) => typeof it === 'function',
  ),
});

test('the receiver of docs/notifications.md reads what we send, and nothing else', async () => {
  const [, code = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const file = path.join(tempFolder(), 'receiver.mjs');
  writeFileSync(file, code);
  const example = reader.parse(await import(pathToFileURL(file).href));
  const receiver = await WebhookReceiver.start();
  const channel = createWebhookChannel({ allowLoopback: true });
  const [next, previous] = [newWebhookSecret(), newWebhookSecret()];
  const { eventId, occurredAt, type, payload } = eventOf('paymentHeld');
  const message = { id: eventId, timestamp: occurredAt, type, data: payload };
  await channel.send(message, { url: receiver.url, secrets: [next, previous] });
  const [received] = receiver.received;
  if (!received) throw new Error('nothing came');
  const { headers, body } = received;
  for (const secret of [next, previous]) {
    expect(example.read(secret, headers, body)).toEqual({ ...message, timestamp: occurredAt.toISOString() });
  }
  expect(() => example.read(newWebhookSecret(), headers, body)).toThrow('not signed with this secret');
  expect(() => example.read(next, { ...headers, 'webhook-timestamp': '1' }, body)).toThrow('too old');
  await channel.close();
  await receiver.stop();
});
