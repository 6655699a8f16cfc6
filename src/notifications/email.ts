import { createTransport } from 'nodemailer';
import type { OutboxEvent } from './events.ts';
import type { Language } from './languages.ts';
import { renderMail } from './render-mail.ts';

export interface EmailSettings {
  /** The mail server, e.g. smtp://127.0.0.1:1025 or smtps://user:password@mail.example.com */
  readonly smtpUrl: string;
  /** Where a subscriber has set no sender of its own. */
  readonly from: string;
  /** The recipient where a subscriber has set none: one address, or several with commas between them. */
  readonly to: string;
  readonly temporalUiUrl: string;
  readonly namespace: string;
  /** A mail that the server has not taken after so long is given up; the caller may repeat it. */
  readonly timeoutMs?: number;
}

/** A subscriber's recipients by mail, and their language; what it has not set is as the channel was set up. */
export interface MailPreferences {
  readonly from?: string | undefined;
  readonly to?: readonly string[] | undefined;
  readonly language?: Language | undefined;
  /** IANA, e.g. Europe/Berlin; UTC where nothing is set. */
  readonly timeZone?: string | undefined;
}

/** Tells events by mail: resolves once the server has taken the mail for everybody, rejects where it has not. */
export interface NotificationChannel {
  send(event: OutboxEvent, preferences: MailPreferences): Promise<void>;
}

/** A channel that keeps connections to the mail server open until it is closed. */
export type EmailChannel = NotificationChannel & { close(): void };

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 3;

/** Delivers events by mail. A repeated event is the same mail with the same Message-ID, so that a repetition can be recognised. */
export function createEmailChannel(settings: EmailSettings): EmailChannel {
  const { smtpUrl, timeoutMs = DEFAULT_TIMEOUT_MS } = settings;
  const transport = createTransport({ url: smtpUrl, pool: true, maxConnections: MAX_CONNECTIONS });
  const server = new URL(smtpUrl).host;

  return {
    async send(event, { from = settings.from, to, language = 'en', timeZone = 'UTC' }) {
      const mail = renderMail(event, settings, language, timeZone);
      const options = {
        ...mail,
        from,
        to: to ? [...to] : settings.to,
        // Not by the subscriber's own sender: that may have changed when a mail is repeated.
        messageId: messageIdOf(event, settings.from),
        // No out-of-office replies.
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.timeout(timeoutMs),
      };
      const { rejected } = await transport.sendMail(options).catch((error: unknown) => {
        throw new Error(
          `The mail "${mail.subject}" was not sent: ${whatHappened(error, server, timeoutMs)} It is tried again.`,
          { cause: error },
        );
      });
      if (rejected.length > 0) {
        throw new Error(
          `The mail "${mail.subject}" was not taken for ${rejected.join(', ')} by the mail server ${server}. ` +
            'Check the addresses; the mail is tried again.',
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
