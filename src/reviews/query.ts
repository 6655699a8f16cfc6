import { z } from 'zod';
import { readMoment } from '../domain/moment.ts';
import { canBeStored } from '../domain/text.ts';
import { moneyFromWire, type MoneyProblem } from '../domain/money.ts';
import {
  endOfDay,
  type ReviewFilter,
  reviewOrders,
  type ReviewsAsked,
  reviewStatuses,
} from '../store/reviews/reviews.ts';
import { readCursor } from './cursor.ts';

const LARGEST_PAGE = 200;
const NOBODY = 'nobody';

/** When a review is due, seen from now; days are UTC. */
const dueTimes = ['overdue', 'today', 'later', 'undated'] as const;

const words = z
  .string()
  .min(1, 'must not be empty')
  .max(255, 'must not be longer than 255 characters')
  .refine(canBeStored, 'holds a character that cannot be stored');

const moment = z
  .string()
  .refine((text) => readMoment(text) !== undefined, 'is not a time (2026-01-31T12:00Z)');

const amount = z
  .string()
  .regex(/^\d{1,13}(\.\d{1,3})?$/, 'is not an amount (1250 or 1250.50)')
  .transform(Number);

/** What can be asked of the queue, as text: the parameters of an address, or a command's options. */
export const reviewQuery = z.object({
  status: z.enum(reviewStatuses, `is none of ${reviewStatuses.join(', ')}`).exactOptional(),
  due: z
    .enum(dueTimes, `is none of ${dueTimes.join(', ')}`)
    .exactOptional()
    .describe('undated: the review is paused, or the refund has failed'),
  dueBefore: moment.exactOptional().describe('ISO 8601; UTC where no zone is given'),
  currCode: z
    .string()
    .regex(/^[A-Z]{3}$/, 'is no currency code (EUR)')
    .exactOptional(),
  amountFrom: amount.exactOptional().describe('In major units of currCode'),
  amountTo: amount.exactOptional().describe('In major units of currCode'),
  assignedTo: words.exactOptional().describe(`An operator, or "${NOBODY}"`),
  rule: words.exactOptional().describe('The id of a rule that had a say'),
  search: words
    .exactOptional()
    .describe("A part of the unique reference, the customer's UUID or the invoice"),
  sort: z
    .enum(reviewOrders, `is none of ${reviewOrders.join(', ')}`)
    .default('due')
    .describe('Soonest due first, longest in review first, or largest first within each currency'),
  after: words.exactOptional().describe('The "next" of the page before'),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `is not a whole number from 1 to ${LARGEST_PAGE}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= LARGEST_PAGE, `is not a whole number from 1 to ${LARGEST_PAGE}`)
    .default(50),
});

export type ReviewQuery = z.infer<typeof reviewQuery>;

/** One thing that is wrong with a query, to be read after the field's name. */
export interface QueryProblem {
  readonly field: string;
  readonly text: string;
}

/** What the store is to be asked, or everything that is wrong with the query. */
export type ReadQuery = { readonly asked: ReviewsAsked } | { readonly problems: readonly QueryProblem[] };

/** Reads the fields of a form, or a command's options. */
export function readReviewFields(fields: Readonly<Record<string, unknown>>, now: Date): ReadQuery {
  const query = reviewQuery.safeParse(fields);
  if (query.success) return readReviewQuery(query.data, now);
  const problems = query.error.issues.map(({ path, message }) => ({ field: path.join('.'), text: message }));
  return { problems };
}

/** Reads a query whose fields have been checked one by one. */
export function readReviewQuery(query: ReviewQuery, now: Date): ReadQuery {
  const { status, assignedTo, rule, search, sort, currCode, limit } = query;
  const problems: QueryProblem[] = [];
  const minorOf = (field: 'amountFrom' | 'amountTo'): number | undefined => {
    const major = query[field];
    if (major === undefined) return undefined;
    if (currCode === undefined) {
      problems.push({ field, text: 'needs a currency: amounts of different currencies do not compare' });
      return undefined;
    }
    const money = moneyFromWire(major, currCode);
    if (typeof money !== 'string') return money.minor;
    problems.push({ field, text: AMOUNT_PROBLEMS[money] });
    return undefined;
  };
  const after = query.after === undefined ? undefined : readCursor(query.after);
  if (query.after !== undefined && after?.order !== sort)
    problems.push({ field: 'after', text: 'is not the "next" of a page in this order' });
  const asked = {
    filter: {
      ...dueFilter(query, now),
      status,
      currency: currCode,
      minorFrom: minorOf('amountFrom'),
      minorTo: minorOf('amountTo'),
      assignedTo: assignedTo === NOBODY ? null : assignedTo,
      ruleId: rule,
      search,
    },
    order: sort,
    after,
    limit,
  };
  return problems.length === 0 ? { asked } : { problems };
}

function dueFilter({ due, dueBefore }: ReviewQuery, now: Date): ReviewFilter {
  const before = dueBefore === undefined ? [] : [readMoment(dueBefore)?.getTime() ?? now.getTime()];
  if (due === 'overdue') before.push(now.getTime());
  if (due === 'today') before.push(endOfDay(now).getTime());
  return {
    dueFrom: due === 'today' ? now : due === 'later' ? endOfDay(now) : undefined,
    dueBefore: before.length === 0 ? undefined : new Date(Math.min(...before)),
    undated: due === 'undated' ? true : undefined,
  };
}

const AMOUNT_PROBLEMS: Readonly<Record<MoneyProblem, string>> = {
  unknownCurrency: 'cannot be read: the currency is none of ISO 4217',
  notPositive: 'must be more than 0',
  notAnAmount: 'has more than two decimals',
  notRepresentable: 'has more decimals than the currency',
  tooLarge: 'has more than 15 digits',
};
