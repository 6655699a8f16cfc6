const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

// What the Standard Webhooks recommend: close together at first, for a restart, then over three days, for a weekend.
const WEBHOOK_DELAYS_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** At most so much is added to a delay, so that what failed together does not come back together. */
const JITTER = 0.05;

/** No receiver can ask for a longer pause. */
export const LONGEST_PAUSE_MS = 24 * HOUR;

// A mail is about a deadline of hours, and the server is our own: it is asked often.
const MAIL_LONGEST_DELAY_MS = 15 * MINUTE;
const MAIL_ATTEMPTS = 294;

/**
 * How long to wait after an attempt that failed; undefined where that was the last, about three days after the first.
 * @param attempt which one it was, from 1
 * @param random from 0 to 1: how much of the jitter is added
 */
export function retryDelayMs(
  channel: 'email' | 'webhook',
  attempt: number,
  random: number,
): number | undefined {
  const delay = channel === 'webhook' ? WEBHOOK_DELAYS_MS[attempt - 1] : mailDelayMs(attempt);
  return delay === undefined ? undefined : Math.round(delay * (1 + JITTER * random));
}

function mailDelayMs(attempt: number): number | undefined {
  if (attempt >= MAIL_ATTEMPTS) return undefined;
  return Math.min(2 ** (attempt - 1) * MINUTE, MAIL_LONGEST_DELAY_MS);
}

/**
 * How long a Retry-After header asks to wait, at most LONGEST_PAUSE_MS.
 * @param header seconds, or an HTTP date
 * @returns 0 where it says neither, or a time that has passed
 */
export function pauseAskedFor(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const until = /^\s*\d+\s*$/.test(header) ? now + Number(header) * SECOND : Date.parse(header);
  return Number.isNaN(until) ? 0 : Math.min(Math.max(until - now, 0), LONGEST_PAUSE_MS);
}
