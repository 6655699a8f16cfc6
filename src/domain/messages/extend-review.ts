import type { ExtendReviewCommand } from '../commands.ts';
import { readMoment } from '../moment.ts';
import { define } from './define.ts';
import { BY, type Parsed, readSigned, readText, refuse } from './message.ts';

export const EXTEND_REVIEW_EXAMPLE = `{"hours": 24, ${BY}, "reason": "waiting for the bank"}`;

const MIN_REVIEW_MS = 60_000;
const MAX_REVIEW_MS = 365 * 24 * 3600 * 1000;

/**
 * Reads what came with `extendReview`: `hours` from now, or `until` as a date, UTC where it has no zone.
 * @param now epoch milliseconds; the new end must lie a minute after it, and not beyond a year
 */
export function parseExtendReview(input: unknown, now: number): Parsed<ExtendReviewCommand> {
  return readSigned(input, EXTEND_REVIEW_EXAMPLE, (field, signed) => {
    const hours = readNumber(field('hours'));
    const until = Number.isFinite(hours)
      ? now + hours * 3600 * 1000
      : (readMoment(readText(field('until')) ?? '')?.getTime() ?? Number.NaN);
    if (Number.isNaN(until)) {
      return refuse(
        'say how long: hours as a number, or until as a date like 2026-12-01T12:00Z',
        EXTEND_REVIEW_EXAMPLE,
      );
    }
    if (until <= now) return refuse('the new end of the review lies in the past', EXTEND_REVIEW_EXAMPLE);
    if (until < now + MIN_REVIEW_MS)
      return refuse('a review goes on for a minute at least', EXTEND_REVIEW_EXAMPLE);
    if (until > now + MAX_REVIEW_MS)
      return refuse('a review can be extended by a year at most', EXTEND_REVIEW_EXAMPLE);
    return { ok: true, value: { until: new Date(until).toISOString(), ...signed } };
  });
}

/** A number, also as a text; NaN for anything else. An object has to be kept from Number(), which may throw. */
function readNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

export const extendReview = define({
  name: 'extendReview',
  effect: 'More time for the review',
  fields: [
    { name: 'hours', kind: 'number', isRequired: false, description: 'from now; or until' },
    { name: 'until', kind: 'text', isRequired: false, description: 'a date like 2026-12-01T12:00Z' },
  ],
  example: EXTEND_REVIEW_EXAMPLE,
  parse: parseExtendReview,
  refusal: (current, command) =>
    current.refusalOfReviewCommand() ??
    current.decisions.refusalOfClock() ??
    current.review.refusalOfExtend(command),
  accept: (current, command) => current.review.onExtend(command),
  part: 'review',
  isDone: (current) => !current.review.isQueued('extendReview'),
});
