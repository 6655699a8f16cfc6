import type { Review } from '../store/reviews/reviews.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time span in one unit that fits it: "45 s", "20 min", "2.5 h", "12 days". */
export function duration(seconds: number): string {
  if (seconds < MINUTE) return `${Math.floor(seconds)} s`;
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${rounded(seconds / HOUR)} h`;
  return `${rounded(seconds / DAY)} days`;
}

/** When the deadline acts, seen from now: "in 3 h", "overdue by 20 min". */
export function dueInWords({ dueAt, pausedAt, status }: Review, now: Date): string {
  if (dueAt !== null) {
    const seconds = (dueAt.getTime() - now.getTime()) / 1000;
    return seconds >= 0 ? `in ${duration(seconds)}` : `overdue by ${duration(-seconds)}`;
  }
  if (status === 'refundFailed') return 'no deadline: the refund needs a person';
  return pausedAt === null ? 'no deadline' : 'paused';
}

/** How long it has been waiting. */
export function age({ since }: Review, now: Date): string {
  return duration(Math.max(0, now.getTime() - since.getTime()) / 1000);
}

/** A time for people: "2026-01-31 12:00 UTC". */
export function utc(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Below ten with one decimal, where there is one. */
function rounded(value: number): string {
  return String(value < 10 ? Math.floor(value * 10) / 10 : Math.floor(value));
}
