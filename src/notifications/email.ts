import { createTransport } from 'nodemailer';
import type { NotificationChannel, OutboxEvent } from './events.ts';
import { renderMail } from './render-mail.ts';

export interface EmailSettings {
  /** The mail server, e.g. smtp://127.0.0.1:1025 or smtps://user:password@mail.example.com */
  readonly smtpUrl: string;
  readonly from: string;
  /** Who is told: one address, or several with commas between them. */
  readonly to: string;
  readonly temporalUiUrl: string;
  readonly namespace: string;
  /** A mail that the server has not taken after so long is given up; the caller may repeat it. */
  readonly timeoutMs?: number;
}

/** A channel that keeps connections to the mail server open until it is closed. */
export type EmailChannel = NotificationChannel & { close(): void };

// Below the time that a database transaction may wait for it.
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 3;

/**
 * Tells events by mail. A repeated event is the same mail with the same Message-ID, by which it can be told apart.
 * It rejects where the mail server did not take the mail for everybody.
 */
export function createEmailChannel(settings: EmailSettings): EmailChannel {
  const { smtpUrl, from, to, timeoutMs = DEFAULT_TIMEOUT_MS } = settings;
  const transport = createTransport({ url: smtpUrl, pool: true, maxConnections: MAX_CONNECTIONS });
  const server = new URL(smtpUrl).host;

  return {
    async send(event) {
      const mail = renderMail(event, settings);
      const options = {
        ...mail,
        from,
        to,
        messageId: messageIdOf(event, from),
        // No out-of-office replies.
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.timeout(timeoutMs),
      };
      const { rejected } = await transport.sendMail(options).catch((error: unknown) => {
        throw new Error(
          `The mail "${mail.subject}" was not sent: ${whatHappened(error, server, timeoutMs)} It stays in the outbox.`,
          { cause: error },
        );
      });
      if (rejected.length > 0) {
        throw new Error(
          `The mail "${mail.subject}" was not taken for ${rejected.join(', ')} by the mail server ${server}. ` +
            'Check the addresses; the mail stays in the outbox.',
        );
      }
    },
    close: () => transport.close(),
  };
}

function messageIdOf({ eventId }: OutboxEvent, from: string): string {
  const domain = /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return `<${encodeURIComponent(eventId)}@${domain}>`;
}

function whatHappened(error: unknown, server: string, timeoutMs: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'EABORT') return `the mail server ${server} took more than ${timeoutMs} ms.`;
  if (code === 'ESOCKET' || code === 'ECONNECTION' || code === 'EDNS' || code === 'ETIMEDOUT') {
    return `the mail server ${server} cannot be reached (${message}). Check that it runs and that SMTP_URL names it.`;
  }
  return `the mail server ${server} refused it (${message}).`;
}
