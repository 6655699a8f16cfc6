import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { guardedLookup, type Resolver } from './public-address.ts';
import { pauseAskedFor } from './retry-schedule.ts';
import { signatureHeaders } from './webhook-signature.ts';
import { problemOfUrl } from './webhook-url.ts';

/** A webhook message: the same id and body on every attempt. */
export interface WebhookMessage {
  readonly id: string;
  readonly type: string;
  /** When the event happened. */
  readonly timestamp: Date;
  readonly data: unknown;
}

/** Where to, and every secret that is good now. */
export interface WebhookTarget {
  readonly url: string;
  readonly secrets: readonly string[];
}

/** What came of one attempt. It was taken where there is no error. */
export interface WebhookAnswer {
  readonly error: string | null;
  readonly statusCode: number | null;
  /** The beginning of what was answered. */
  readonly answer: string | null;
  /** How long the receiver asks to be left alone. */
  readonly pauseMs: number;
  /** The receiver wants nothing more, ever (410). */
  readonly gone: boolean;
}

export interface WebhookChannel {
  /** What is wrong with an address, to be read after the word "url"; undefined where messages can be sent there. */
  problemOf(url: string): string | undefined;
  /** Sends a message once. It never rejects: what went wrong is in the answer. */
  send(message: WebhookMessage, target: WebhookTarget): Promise<WebhookAnswer>;
  close(): Promise<void>;
}

export interface WebhookSettings {
  /** For development only: also plain http and this machine's own addresses. */
  readonly allowLoopback: boolean;
  /** What finds the addresses of a name, where it is not to be the system. */
  readonly resolve?: Resolver;
  /** An attempt that has no answer after so long has failed. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const KEPT_CHARACTERS = 500;
const LARGEST_ANSWER_BYTES = 64 * 1024;

/** Sends signed messages over connections of its own: to public addresses only, never through a redirect. */
export function createWebhookChannel(settings: WebhookSettings): WebhookChannel {
  const { allowLoopback, resolve, timeoutMs = DEFAULT_TIMEOUT_MS } = settings;
  const dispatcher = new Agent({
    connect: { lookup: guardedLookup(allowLoopback, resolve), timeout: timeoutMs },
  });

  const problemOf = (url: string) => problemOfUrl(url, allowLoopback);

  return {
    problemOf,
    async send(message, { url, secrets }) {
      const problem = problemOf(url);
      if (problem) return notSent(`the address ${problem}`);
      const body = JSON.stringify({
        type: message.type,
        timestamp: message.timestamp.toISOString(),
        data: message.data,
      });
      const now = new Date();
      try {
        const response = await request(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'payment-block',
            ...signatureHeaders(message.id, body, secrets, now),
          },
          body,
          dispatcher,
          signal: AbortSignal.timeout(timeoutMs),
        });
        const { statusCode, headers } = response;
        const retryAfter = headers['retry-after'];
        return {
          error: problemOfStatus(statusCode),
          statusCode,
          answer: await beginningOf(response.body),
          pauseMs: pauseAskedFor(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, now.getTime()),
          gone: statusCode === 410,
        };
      } catch (error) {
        return notSent(whatHappened(error, timeoutMs));
      }
    },
    close: () => dispatcher.close(),
  };
}

/** What an endpoint is tried with; it reports nothing. */
export function testMessage(): WebhookMessage {
  return { id: `test_${randomUUID()}`, type: 'test', timestamp: new Date(), data: {} };
}

function notSent(error: string): WebhookAnswer {
  return { error, statusCode: null, answer: null, pauseMs: 0, gone: false };
}

function problemOfStatus(statusCode: number): string | null {
  if (statusCode >= 200 && statusCode < 300) return null;
  if (statusCode === 410) return 'the receiver says that it is gone for good (410)';
  if (statusCode >= 300 && statusCode < 400)
    return `the receiver redirects (${statusCode}), which is never followed: give its own address`;
  return `the receiver answered ${statusCode}`;
}

/** The status is known by now: a body that breaks off, stalls or never ends changes nothing about it. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LARGEST_ANSWER_BYTES) break;
    }
  } catch {
    // What came is what there is to keep.
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return Array.from(text.slice(0, 2 * KEPT_CHARACTERS))
    .slice(0, KEPT_CHARACTERS)
    .join('');
}

function whatHappened(error: unknown, timeoutMs: number): string {
  if (error instanceof AggregateError)
    return error.errors.map((each: unknown) => whatHappened(each, timeoutMs)).join('; ');
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  return error.message || error.name;
}
