import { once } from 'node:events';
import net from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseUnblockCustomer } from '../../src/domain/messages/unblock-customer.ts';
import { parseUnblock } from '../../src/domain/messages/unblock.ts';
import { EXAMPLE_OPERATOR } from '../../src/domain/people.ts';
import { createEmailChannel, type EmailChannel } from '../../src/notifications/email.ts';
import { freePort } from '../../tools/stack/ports.ts';
import {
  type EventType,
  eventTypes,
  outboxEvent,
  type OutboxEvent,
  type Language,
  languages,
} from '../../src/notifications/events.ts';
import { renderMail } from '../../src/notifications/render-mail.ts';
import { eventOf } from '../support/events.ts';
import { MailCatcherProcess } from '../support/mail-catcher-process.ts';

const settings = {
  from: 'Payment block <payment-block@example.com>',
  to: 'ana@example.com, ben@example.com',
  temporalUiUrl: 'http://127.0.0.1:8233',
  publicUrl: 'http://127.0.0.1:8080',
  namespace: 'default',
};
const RUN = 'http://127.0.0.1:8233/namespaces/default/workflows/payment%3Ademo%3A53234567643';

let catcher: MailCatcherProcess;
let channel: EmailChannel;
beforeAll(async () => {
  catcher = await MailCatcherProcess.start();
  channel = createEmailChannel({ ...settings, smtpUrl: catcher.smtpUrl });
});
afterEach(() => catcher.forgetAll());
afterAll(async () => {
  channel.close();
  await catcher.remove();
});

async function mailAbout(event: Parameters<EmailChannel['send']>[0], language: Language = 'en') {
  await channel.send(event, { language });
  const mail = (await catcher.messages()).at(-1);
  if (!mail) throw new Error('no mail arrived');
  return mail;
}

/** What is told in words of the language's own. */
const IN_WORDS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  'amount {"minor":10025,"currency":"EUR"}': { en: '100.25 EUR', de: '100,25 EUR' },
  'reviewDueAt "2026-11-23T10:30:00.000Z"': { en: '2026-11-23 10:30 UTC', de: '23.11.2026, 10:30 Uhr UTC' },
  'expiresAt "2026-12-01T00:00:00.000Z"': { en: '2026-12-01 00:00 UTC', de: '01.12.2026, 00:00 Uhr UTC' },
  'sealedAt "2026-11-30T06:00:00.000Z"': { en: '2026-11-30 06:00 UTC', de: '30.11.2026, 06:00 Uhr UTC' },
  'deadlineAction "refund"': { en: 'refunded to the customer', de: 'dem Kunden erstattet' },
  'decidedBy "operator"': { en: 'ana', de: 'ana' },
  'decidedBy "deadline"': { en: 'the deadline', de: 'Fristablauf' },
  'declinePayment true': { en: 'must be declined', de: 'ist abzulehnen' },
  'kind "missingThere"': {
    en: 'If it was paid another way, close the task and say how.',
    de: 'Wurde auf anderem Weg gezahlt, schließen Sie die Aufgabe und sagen Sie, wie.',
  },
  'nextStep "Look the refund up at the gateway by its reference."': {
    en: 'Look the refund up at the gateway by its reference.',
    de: 'Suchen Sie die Erstattung beim Gateway unter ihrer Referenz.',
  },
};
const ENGLISH = /\b(the|this|nobody|payment|refund|money|told|takes?)\b/i;

/** Everything that the event says, as its mail has to. */
function factsOf({ payload }: OutboxEvent, language: Language): string[] {
  return Object.entries(payload).flatMap(([name, value]: [string, unknown]) => {
    const words = IN_WORDS[`${name} ${JSON.stringify(value)}`]?.[language];
    return words === undefined ? [value].flat().map(String) : [words];
  });
}

function stringsIn({ eventId, payload }: OutboxEvent): string[] {
  return [eventId, ...Object.values(payload).flat()].filter((value) => typeof value === 'string');
}

/** HTML with its quotes as people see them. */
function readable(html: string): string {
  return html.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

/** A text without the line breaks that keep it narrow. */
function unwrapped(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

const TAGS = 'html head meta title body div h1 h2 p table tr th td a strong code ul li pre br'.split(' ');

/** The event with a text in place of each that comes from outside. */
function withEveryText<T extends EventType>(event: OutboxEvent<T>, text: string): OutboxEvent {
  const ours = new Set(['kind', 'decidedBy', 'deadlineAction', 'reviewDueAt', 'expiresAt', 'sealedAt']);
  const payload = Object.entries(event.payload).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'string' && !ours.has(name)) return [name, text];
    const isText = Array.isArray(value) && typeof value[0] === 'string';
    return [name, isText ? [text] : value];
  });
  return outboxEvent.parse({ ...event, payload: Object.fromEntries(payload) });
}

/** The words that people read below the subject, with the address where a fact is a link. */
function wordsShownBy(html: string): string[] | null {
  const shown = html
    .slice(html.indexOf('</h1>'))
    .replaceAll(/<td[^>]*><a href="([^"]*)"[^>]*>[^<]*<\/a>/g, ' $1 ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(?:lt|gt|quot|amp|#39);/g, ' ');
  return shown.match(/[\p{L}\p{N}]+/gu);
}

describe('a mail about an event', () => {
  const everyMail = languages.flatMap((language) => eventTypes.map((type) => [type, language] as const));

  test.each(everyMail)(
    '%s arrives in %s as text and as HTML, with every fact in both',
    async (type, language) => {
      const mail = await mailAbout(eventOf(type), language);
      expect(mail).toMatchObject({ from: settings.from, to: settings.to });
      expect(mail.subject).not.toBe('');
      for (const body of [unwrapped(mail.text), readable(mail.html)]) {
        for (const fact of [`event-of-${type}`, ...factsOf(eventOf(type), language)])
          expect(body).toContain(fact);
        expect(body).not.toMatch(/undefined|null|NaN|\[object/);
      }
      expect(mail.html).toContain('</html>');
      expect(mail.html).toContain(`<html lang="${language}">`);
      expect(mail.text).not.toMatch(/<\w|%>/);
    },
  );

  test.each(eventTypes)('%s is in German all through, and has the same to paste', async (type) => {
    const event = eventOf(type);
    const [english, german] = [await mailAbout(event), await mailAbout(event, 'de')];
    const lines = german.text.split('\n').filter((line) => !/^ *(\{|npx)/.test(line));
    const words = unwrapped([german.subject, ...lines].join(' '));
    const told = stringsIn(event).reduce((text, fact) => text.replaceAll(fact, ''), words);
    expect(told.replaceAll(/"Send an?\s\w+"|http\S+/g, '')).not.toMatch(ENGLISH);
    expect(english.text).toMatch(ENGLISH);
    expect(inputsIn(german.text)).toEqual(inputsIn(english.text));
  });

  test.each(everyMail)('%s in %s says the same in text and in HTML', async (type, language) => {
    const { text, html } = await mailAbout(eventOf(type), language);
    expect(wordsShownBy(html)).toEqual(text.match(/[\p{L}\p{N}]+/gu));
  });

  test.each(everyMail)('%s in %s is at most 76 columns wide, but for addresses', async (type, language) => {
    const { text } = await mailAbout(eventOf(type), language);
    const wide = text.split('\n').filter((line) => line.length > 76 && !/^[\w-]+: +http\S+$/.test(line));
    expect(wide).toEqual([]);
  });

  test.each(everyMail)('%s in %s shows hostile values as text, on no line of their own', (type, language) => {
    const hostile =
      '<script>alert(1)</script>"\'&\r\n\u2028Amount: 0.01 EUR **b** [l](javascript:x) \u202e ' +
      'Betrag: 0,01 EUR and so on '.repeat(20);
    const event = withEveryText(eventOf(type), hostile);
    const { temporalUiUrl, namespace, publicUrl } = settings;
    const address = { temporalUiUrl, namespace, publicUrl };
    const { subject, text, html } = renderMail(event, address, language, 'UTC');
    expect(subject).not.toMatch(/[\r\n\u2028\u202e]/);
    expect(text).not.toMatch(/^(Amount|Betrag): +0/m);
    const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag));
    for (const tag of tags) expect(TAGS).toContain(tag);
    expect(html).not.toMatch(/(href|style)="[^"]*javascript:x/);
    expect(html.match(/<!doctype html>/g)).toHaveLength(1);
  });

  test('has the same Message-ID when it is repeated, and another event has another', async () => {
    await channel.send(eventOf('paymentHeld'), {});
    await channel.send(eventOf('paymentHeld'), {});
    await channel.send(eventOf('refundCaptured'), {});
    const ids = (await catcher.messages()).map(({ messageId }) => messageId);
    expect(ids).toEqual([
      '<event-of-paymentHeld@example.com>',
      '<event-of-paymentHeld@example.com>',
      '<event-of-refundCaptured@example.com>',
    ]);
  });

  test('shows what it is told as text: no markup and no line of its own', async () => {
    const mail = await mailAbout(
      eventOf('paymentHeld', { reasons: ['<script>alert("Zoë & Co")</script>\r\nAmount: 0.01 EUR'] }),
    );
    expect(mail.html).toContain('&lt;script&gt;alert(&quot;Zoë &amp; Co&quot;)&lt;/script&gt;');
    expect(mail.html).not.toContain('<script>');
    expect(mail.text).toContain('  - <script>alert("Zoë & Co")</script> Amount: 0.01 EUR\n');
  });

  test('takes no header from what it is told', async () => {
    const mail = await mailAbout(eventOf('rulesAlert', { invoiceGUID: 'i\r\nBcc: eve@example.com' }));
    expect(mail.subject).toBe('Rules: decline the payment of invoice i Bcc: eve@example.com');
  });

  test('reads well where there is little to tell', async () => {
    const mail = await mailAbout({
      eventId: 'e',
      subscriberId: 'demo',
      occurredAt: new Date(),
      type: 'paymentHeld',
      payload: { uniqueReference: 'r', amount: { minor: 500, currency: 'JPY' }, reasons: [] },
    });
    expect(mail.text).toContain('500 JPY');
    expect(mail.text).not.toMatch(/last four|Review due|Why it was stopped/);
  });
});

describe('without a decision', () => {
  test.each([
    ['refund', 'Not decided by 2026-11-23 10:30 UTC: it is refunded to the customer.'],
    ['release', 'Not decided by 2026-11-23 10:30 UTC: it is released to the merchant.'],
    ['stayHeld', 'Not decided by 2026-11-23 10:30 UTC: it stays held until an operator decides.'],
  ] as const)('the mail of a hold says what follows: %s', async (deadlineAction, sentence) => {
    const { text, html } = await mailAbout(eventOf('paymentHeld', { deadlineAction }));
    expect(unwrapped(text)).toContain(sentence);
    expect(html.replaceAll(/<\/?strong>/g, '')).toContain(sentence);
  });
});

test('times are in the zone of the subscriber', async () => {
  for (const [language, moment] of [
    ['en', '2026-11-23 11:30 (Europe/Berlin)'],
    ['de', '23.11.2026, 11:30 Uhr (Europe/Berlin)'],
  ] as const) {
    await channel.send(eventOf('paymentHeld'), { language, timeZone: 'Europe/Berlin' });
    const mail = (await catcher.messages()).at(-1);
    expect(mail?.text).toContain(moment);
    expect(mail?.html).toContain(moment);
    expect(mail?.text).not.toContain('UTC');
  }
});

test('the link of a mail opens the details of the run that it is about, or of the latest run where none is named', async () => {
  const { runId, ...payload } = eventOf('paymentHeld').payload;
  const named = await mailAbout(eventOf('paymentHeld'));
  expect(named.text).toMatch(new RegExp(`^Run: +${RUN}/${runId}/user-metadata$`, 'm'));
  expect(named.html).toContain(`href="${RUN}/${runId}/user-metadata"`);
  const unnamed = await mailAbout({ ...eventOf('paymentHeld'), payload });
  expect(unnamed.text).toMatch(new RegExp(`^Run: +${RUN}$`, 'm'));
});

test.each(['en', 'de'] as const)(
  'the mail of a proposed change leads to its confirmation, and offers no closing: %s',
  async (language) => {
    const mail = await mailAbout(eventOf('taskOpened', { kind: 'changeProposed' }), language);
    expect(mail.text).toContain('npx payment-block changes --subscriber demo');
    expect(mail.text).not.toContain('tasks close');
  },
);

test('a decision whose operator is not named is an operator’s', async () => {
  const { operator: _operator, ...payload } = eventOf('paymentReleased').payload;
  expect((await mailAbout({ ...eventOf('paymentReleased'), payload })).text).toContain('an operator');
  const german = await mailAbout({ ...eventOf('paymentReleased'), payload }, 'de');
  expect(german.text).toContain('die Sachbearbeitung');
});

test('umlauts arrive as they are', async () => {
  const { subject, text, html } = await mailAbout(
    eventOf('paymentHeld', { reasons: ['Zoë Weiß, Zürich'] }),
    'de',
  );
  expect(subject).toContain('wartet auf Prüfung');
  for (const body of [text, html]) expect(body).toMatch(/Zoë Weiß, Zürich[^]*für demo\./);
});

describe.each(['paymentHeld', 'reviewReminder', 'paymentEscalated'] as const)('the mail %s', (type) => {
  test('is enough to decide with nothing else at hand', async () => {
    const mail = await mailAbout(eventOf(type));
    for (const body of [mail.text, readable(mail.html)]) {
      expect(body).toContain('100.25 EUR');
      expect(body).toContain('4242');
      expect(body).toContain('The card holder is not the customer');
      expect(body).toContain('2026-11-23 10:30 UTC');
      expect(body).toContain(RUN);
      expect(body).toContain('{\n  "refundAmount": true,\n  "operator": "your name",\n  "reason": "why"\n}');
      expect(body).toContain('{\n  "refundAmount": false,\n  "operator": "your name",\n  "reason": "why"\n}');
    }
  });

  test('has inputs to paste that the lifecycle takes with a name in them', async () => {
    const pasted = inputsIn(signed((await mailAbout(eventOf(type))).text)).map((input) =>
      parseUnblock(input),
    );
    expect(pasted).toMatchObject([
      { ok: true, value: { refundAmount: true } },
      { ok: true, value: { refundAmount: false } },
    ]);
  });
});

test.each(['taskOpened', 'tasksOpened'] as const)(
  'the mail %s leads to the tasks at the desk',
  async (type) => {
    const link = `${settings.publicUrl}/reviews/tasks`;
    const mail = await mailAbout(eventOf(type));
    expect(mail.text).toMatch(new RegExp(`^At the desk: +${link}$`, 'm'));
    expect(mail.html).toContain(`href="${link}"`);
  },
);

test('the mail customerBlocked has the input to paste that ends the block', async () => {
  const mail = await mailAbout(eventOf('customerBlocked'));
  expect(inputsIn(signed(mail.text)).map((input) => parseUnblockCustomer(input).ok)).toEqual([true]);
  expect(mail.text).toContain('customer-block%3Ademo%3Acustomer-1');
});

function signed(text: string): string {
  return text.replaceAll(EXAMPLE_OPERATOR, 'ana');
}

function inputsIn(text: string): unknown[] {
  return (text.match(/^\{$.*?^\}$/gms) ?? []).map((json): unknown => JSON.parse(json));
}

test('mail goes on when the mail server was killed and is back', async () => {
  await channel.send(eventOf('paymentHeld'), {});
  await catcher.kill();
  await expect(channel.send(eventOf('refundCaptured'), {})).rejects.toThrow('cannot be reached');
  await catcher.restart();
  await channel.send(eventOf('refundCaptured'), {});
  expect((await catcher.messages()).map(({ messageId }) => messageId)).toEqual([
    '<event-of-paymentHeld@example.com>',
    '<event-of-refundCaptured@example.com>',
  ]);
});

describe('a mail that is not taken', () => {
  test('is rejected saying that the server cannot be reached, and without its password', async () => {
    const port = await freePort();
    const nobody = createEmailChannel({ ...settings, smtpUrl: `smtp://user:secret@127.0.0.1:${port}` });
    const failure: unknown = await nobody.send(eventOf('paymentHeld'), {}).catch((error: unknown) => error);
    expect(String(failure)).toContain(`the mail server 127.0.0.1:${port} cannot be reached`);
    expect(String(failure)).toContain('ECONNREFUSED');
    expect(String(failure)).not.toContain('secret');
    nobody.close();
  });

  test('is rejected in time where the server says nothing', async () => {
    const silent = net.createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const patient = createEmailChannel({ ...settings, smtpUrl: `smtp://127.0.0.1:${port}`, timeoutMs: 200 });
    await expect(patient.send(eventOf('paymentHeld'), {})).rejects.toThrow(/took more than 200 ms/);
    patient.close();
    silent.close();
  });

  test('by the server for one of its readers is rejected naming that one', async () => {
    const picky = new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('ben') ? new Error('no such mailbox') : null),
      onData: (stream, _session, done) => stream.on('end', () => done()).resume(),
    });
    const socket = picky.listen(0, '127.0.0.1');
    await once(socket, 'listening');
    const address = socket.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const partly = createEmailChannel({ ...settings, smtpUrl: `smtp://127.0.0.1:${port}` });
    await expect(partly.send(eventOf('paymentHeld'), {})).rejects.toThrow(/not taken for ben@example.com/);
    partly.close();
    await new Promise<void>((resolve) => picky.close(() => resolve()));
  });
});
