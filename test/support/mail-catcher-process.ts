import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type CompiledProcess, startCompiled } from './compiled-process.ts';

const mailList = z.array(
  z.object({
    id: z.string(),
    from: z.string(),
    to: z.string(),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
    messageId: z.string(),
    receivedAt: z.iso.datetime(),
  }),
);

export type CaughtMail = z.infer<typeof mailList>[number];

/** A mail catcher in a process of its own, whose mail outlives it. */
export class MailCatcherProcess {
  readonly folder: string;
  private running: CompiledProcess | undefined;
  private ports = { SMTP_PORT: '0', MAIL_PORT: '0' };

  private constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'mail-catcher-'));
  }

  static async start(): Promise<MailCatcherProcess> {
    const catcher = new MailCatcherProcess();
    try {
      await catcher.restart();
    } catch (error) {
      await catcher.remove();
      throw error;
    }
    return catcher;
  }

  get smtpUrl(): string {
    return `smtp://127.0.0.1:${this.ports.SMTP_PORT}`;
  }

  /** Where its inbox is shown. */
  get url(): string {
    return `http://127.0.0.1:${this.ports.MAIL_PORT}`;
  }

  get process(): CompiledProcess {
    if (!this.running) throw new Error('the mail catcher is not running');
    return this.running;
  }

  /** Starts again on the same ports with the mail it had. */
  async restart(): Promise<void> {
    const env = { ...this.ports, MAIL_DIR: this.folder };
    this.running = await startCompiled('tools/mail-catcher.ts', env);
    const { smtpPort, port } = z.object({ smtpPort: z.int(), port: z.int() }).parse(this.running.ready);
    this.ports = { SMTP_PORT: String(smtpPort), MAIL_PORT: String(port) };
  }

  async kill(): Promise<void> {
    await this.process.end('SIGKILL');
    this.running = undefined;
  }

  /** Ends it and removes its mail. */
  async remove(): Promise<void> {
    await this.running?.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The mails in the order they came. */
  async messages(): Promise<CaughtMail[]> {
    return mailList.parse(await (await fetch(`${this.url}/messages`)).json()).toReversed();
  }

  async forgetAll(): Promise<void> {
    await fetch(`${this.url}/messages`, { method: 'DELETE' });
  }
}
