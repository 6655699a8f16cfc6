import { readdirSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCompiled } from '../support/compiled-process.ts';
import { MailCatcherProcess } from '../support/mail-catcher-process.ts';

let catcher: MailCatcherProcess;
beforeEach(async () => {
  catcher = await MailCatcherProcess.start();
});
afterEach(() => catcher.remove());

async function send(subject: string, html = '<p>hello</p>'): Promise<void> {
  const transport = createTransport(catcher.smtpUrl);
  await transport.sendMail({
    from: 'a@example.com',
    to: 'Zoë <z@example.com>',
    subject,
    text: 'hello',
    html,
  });
}

test('the mail catcher shows mails newest first, as JSON and as a page', async () => {
  await send('apples');
  await send('pears');
  const list = await (await fetch(`${catcher.url}/messages`)).json();
  expect(list).toMatchObject([
    { subject: 'pears', from: 'a@example.com', to: 'Zoë <z@example.com>', text: 'hello\n' },
    { subject: 'apples' },
  ]);
  expect(await (await fetch(catcher.url)).text()).toMatch(/>pears<.*>apples</s);
});

test('what is in a mail stays text in the inbox, and is locked in where it is shown as HTML', async () => {
  await send('<script>subject</script>', '<script>body</script><p title="a">x</p>');
  const [mail] = await catcher.messages();
  const response = await fetch(`${catcher.url}/messages/${mail?.id}`);
  const pages = [await (await fetch(catcher.url)).text(), await response.text()];
  for (const page of pages) expect(page).not.toContain('<script>');
  expect(pages[1]).toContain('srcdoc="&lt;script&gt;body&lt;/script&gt;&lt;p title=&quot;a&quot;&gt;');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('mail survives a restart, until it is deleted', async () => {
  await send('kept');
  const kept = await catcher.messages();
  await catcher.kill();
  await catcher.restart();
  expect(await catcher.messages()).toEqual(kept);
  await catcher.forgetAll();
  expect(await catcher.messages()).toEqual([]);
  expect(readdirSync(catcher.folder)).toEqual([]);
});

test('a mail that is not there is told so', async () => {
  const response = await fetch(`${catcher.url}/messages/none`);
  expect([response.status, await response.text()]).toEqual([404, 'There is no such mail.\n']);
});

test('the mail catcher ends cleanly when asked to', async () => {
  expect(await catcher.process.end('SIGTERM')).toBe(0);
});

test('the mail catcher ends when the process that started it is gone', async () => {
  expect(await catcher.process.abandon()).toBe(0);
});

test('the mail catcher says which port is in use', async () => {
  const { port } = new URL(catcher.smtpUrl);
  const second = startCompiled('tools/mail-catcher.ts', { SMTP_PORT: port, MAIL_PORT: '0' });
  await expect(second).rejects.toThrow(`Port ${port} is in use`);
});
