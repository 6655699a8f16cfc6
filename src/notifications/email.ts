import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { OutboxEvent, Language } from './events.ts';
import type { Places } from './mails/mails.ts';
import { renderMail } from './render-mail.ts';

export interface EmailSettings extends Places {
  /** The mail server, e.g. smtp://127.0.0.1:1025 or smtps://user:password@mail.example.com */
  readonly smtpUrl: string;
  /** Where a subscriber has set no sender of its own. */
  readonly from: string;
  /** The recipient where a subscriber has set none: one address, or several with commas between them. */
  readonly to: string;
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
  /** Recipients that an earlier attempt has settled: each gets the mail once. */
  readonly settled?: readonly string[] | undefined;
}

/** The mail was not taken for every recipient. */
export class PartlyTaken extends Error {
  override readonly name = 'PartlyTaken';
  /** Those that it was taken for, or refused for good. */
  readonly settled: readonly string[];
  /** Whether it was taken for any. */
  readonly isTaken: boolean;
  /** Whether no recipient is left to try again. */
  readonly isFinal: boolean;

  constructor(message: string, answers: RecipientAnswers) {
    super(message);
    const { taken, refused, later } = answers;
    this.settled = [...taken, ...refused];
    this.isTaken = taken.length > 0;
    this.isFinal = later.length === 0;
  }
}

/** What the mail server has answered for each recipient: 5yz refuses for good, 4yz for now (RFC 5321, 4.2.1). */
interface RecipientAnswers {
  readonly taken: readonly string[];
  readonly refused: readonly string[];
  readonly later: readonly string[];
}

/**
 * Tells events by mail: resolves once the server has taken the mail for everybody, rejects where it has not, with
 * {@link PartlyTaken} where the recipients differ.
 */
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
    async send(event, { from = settings.from, to, language = 'en', timeZone = 'UTC', settled = [] }) {
      const mail = renderMail(event, settings, language, timeZone);
      const recipients = (to ?? addressesIn(settings.to)).filter((address) => !settled.includes(address));
      const options = {
        ...mail,
        from,
        to: recipients,
        // Not by the subscriber's own sender: that may have changed when a mail is repeated.
        messageId: messageIdOf(event, settings.from),
        // No out-of-office replies.
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.timeout(timeoutMs),
      };
      const answered: unknown = await transport.sendMail(options).catch((error: unknown) => {
        if (answersIn(error, recipients).refused.length > 0) return error;
        throw new Error(
          `The mail "${mail.subject}" was not sent: ${whatHappened(error, server, timeoutMs)} It is tried again.`,
          { cause: error },
        );
      });
      const answers = answersIn(answered, recipients);
      const { refused, later } = answers;
      if (refused.length + later.length === 0) return;
      const again =
        later.length === 0 ? 'It is not tried again.' : `It is tried again for ${later.join(', ')}.`;
      throw new PartlyTaken(
        `The mail "${mail.subject}" was not taken for ${[...refused, ...later].join(', ')} by the mail server ${server}. ` +
          `Check the addresses. ${again}`,
        answers,
      );
    },
    close: () => transport.close(),
  };
}

/** "Ana <ana@example.com>, ben@example.com": a comma within quotes parts nothing. */
function addressesIn(list: string): string[] {
  return (list.match(/(?:"[^"]*"|[^,])+/g) ?? [])
    .map((address) => address.trim())
    .filter((address) => address !== '');
}

/** Reads nodemailer's report, or the error that it throws where no recipient was taken. */
function answersIn(report: unknown, recipients: readonly string[]): RecipientAnswers {
  const { rejectedErrors = [] } = rejections.safeParse(report).data ?? {};
  const refusals = new Map(
    rejectedErrors.map(({ recipient, responseCode = 0 }) => [recipient, responseCode]),
  );
  const codeOf = (recipient: string) =>
    [...refusals].find(([address]) => recipient === address || recipient.includes(`<${address}>`))?.[1];
  return {
    taken: recipients.filter((each) => codeOf(each) === undefined),
    refused: recipients.filter((each) => (codeOf(each) ?? 0) >= 500),
    later: recipients.filter((each) => (codeOf(each) ?? 500) < 500),
  };
}

const rejections = z.object({
  rejectedErrors: z
    .array(z.object({ recipient: z.string(), responseCode: z.number().optional() }))
    .optional(),
});

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
