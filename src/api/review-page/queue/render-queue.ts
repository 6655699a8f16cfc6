import { casePath, customerPath } from '../../../domain/ids.ts';
import { formatMoney } from '../../../domain/money.ts';
import { writeCursor } from '../../../reviews/cursor.ts';
import { age, dueInWords, duration, utc } from '../../../reviews/words.ts';
import type { ReviewFigures, ReviewStatistics } from '../../../store/reviews/review-statistics.ts';
import type { Review, ReviewCounts, ReviewPage } from '../../../store/reviews/reviews.ts';
import type { FieldProblem } from '../../../wire/invalid-request.ts';
import { bulkDecisions } from '../../../reviews/bulk.ts';
import { notAllowed } from '../case/decide.ts';
import { renderDesk } from '../page/render.ts';
import type { SavedView } from '../../../store/reviews/saved-views.ts';
import { addressOfView } from './views-routes.ts';
import type { Visitor } from '../page/session.ts';

type Given = Readonly<Record<string, unknown>>;

/** What the queue's page is made of. Either the filters could not be read, or there is a page of reviews. */
export interface QueueView {
  readonly visitor: Visitor;
  readonly now: Date;
  /** The filters as they were typed. */
  readonly given: Given;
  /** Stands for what is shown. */
  readonly mark: string;
  readonly problems?: readonly FieldProblem[];
  readonly page?: ReviewPage;
  readonly matching?: ReviewCounts;
  /** Links to what was searched for and does not wait. */
  readonly elsewhere?: readonly { readonly href: string; readonly text: string }[];
  readonly waiting: ReviewCounts;
  readonly openTasks: number;
  /** Of the visitor; a service account keeps none. */
  readonly views: readonly SavedView[] | undefined;
  readonly statistics: ReviewStatistics;
}

export async function renderQueue(view: QueueView): Promise<string> {
  const {
    visitor,
    now,
    given,
    mark,
    problems = [],
    page,
    matching,
    elsewhere = [],
    waiting,
    openTasks,
    views,
    statistics,
  } = view;
  const { sort, after, ...filters } = given;
  const query = queryOf({ ...filters, sort });
  return renderDesk('./queue/queue.eta', {
    visitor,
    now: utc(now),
    typed: (name: string) => textOf(given[name]),
    order: selectOf(ORDER, given),
    selects: SELECTS.map((select) => selectOf(select, given)),
    problems: problems.map(({ field, text }) => `${LABELS[field] ?? field} ${text}`),
    elsewhere,
    isFiltered: Object.keys(filters).length > 0,
    hasMore: MORE_FILTERS.some((name) => given[name] !== undefined),
    isContinued: after !== undefined,
    keeps: views !== undefined,
    views:
      views?.map(({ name, query: kept }) => ({
        name,
        href: addressOfView(kept),
        isCurrent: kept === query,
      })) ?? [],
    query,
    tiles: tilesOf(waiting, openTasks, filters, sort),
    rows: page?.reviews.map((review) => rowOf(review, now, sort)),
    bulk: bulkDecisions.filter(({ message }) => notAllowed(message, visitor) === undefined),
    here: addressOf(given),
    changes: addressOf({ ...given, seen: mark }, '/reviews/changes'),
    matching: matching?.total,
    waiting: waiting.total,
    first: addressOf({ ...filters, sort }),
    csv: addressOf({ ...filters, sort }, '/reviews/queue.csv'),
    next: page?.next ? addressOf({ ...given, after: writeCursor(page.next) }) : undefined,
    statistics: await statisticsOf(statistics),
  });
}

const SELECTS: readonly Select[] = [
  {
    name: 'status',
    label: 'Status',
    choices: [
      ['', 'any'],
      ['held', 'held'],
      ['refundFailed', 'refund failed'],
    ],
  },
  {
    name: 'due',
    label: 'Due',
    choices: [
      ['', 'any time'],
      ['overdue', 'overdue'],
      ['today', 'today'],
      ['later', 'later'],
      ['undated', 'no deadline'],
    ],
  },
];

const ORDER: Select = {
  name: 'sort',
  label: 'Order',
  choices: [
    ['due', 'soonest due'],
    ['age', 'longest waiting'],
    ['amount', 'largest amount'],
  ],
};

interface Select {
  readonly name: string;
  readonly label: string;
  readonly choices: readonly (readonly [value: string, label: string])[];
}

function selectOf({ name, label, choices }: Select, given: Given) {
  const chosen = textOf(given[name]);
  const options = choices.map(([value, text]) => ({ value, label: text, isChosen: value === chosen }));
  return { name, label, options };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** As the form calls the fields that something can be wrong with. */
const LABELS: Readonly<Record<string, string>> = {
  search: 'Reference, customer or invoice',
  dueBefore: 'Due before',
  currCode: 'Currency',
  amountFrom: 'Amount from',
  amountTo: 'Amount to',
  assignedTo: 'Assigned to',
  rule: 'Rule',
};

/** The filters that are unfolded where they are used; the tiles show the others. */
const MORE_FILTERS = [
  'status',
  'due',
  'dueBefore',
  'currCode',
  'amountFrom',
  'amountTo',
  'assignedTo',
  'rule',
];

function tilesOf(waiting: ReviewCounts, openTasks: number, filters: Given, sort: unknown) {
  const tile = (label: string, count: number, filter: Readonly<Record<string, string>>, alarm = false) => ({
    label,
    count,
    href: addressOf({ ...filter, sort }),
    isCurrent: JSON.stringify(filter) === JSON.stringify(filters),
    isAlarm: alarm && count > 0,
  });
  return [
    tile('Waiting', waiting.total, {}),
    tile('Overdue', waiting.overdue, { due: 'overdue' }, true),
    tile('Due today', waiting.today, { due: 'today' }),
    tile('Due later', waiting.later, { due: 'later' }),
    tile('Refund needs a person', waiting.refundFailed, { status: 'refundFailed' }, true),
    {
      label: 'Open tasks',
      count: openTasks,
      href: '/reviews/tasks',
      isCurrent: false,
      isAlarm: openTasks > 0,
    },
  ];
}

function rowOf(review: Review, now: Date, sort: unknown) {
  const { dueAt, since, assignedTo, escalatedTo } = review;
  return {
    ...review,
    href: casePath(review.uniqueReference),
    customerHref: review.customerUuid === null ? undefined : customerPath(review.customerUuid),
    amount: formatMoney(review.amount),
    age: age(review, now),
    since: utc(since),
    due: dueInWords(review, now),
    dueAt: dueAt === null ? undefined : utc(dueAt),
    isOverdue: dueAt !== null && dueAt < now,
    why: whyOf(review).map(({ ruleId, text }) => ({
      ruleId,
      text,
      href: ruleId === undefined ? undefined : addressOf({ rule: ruleId, sort }),
    })),
    assignedTo: assignedTo ?? undefined,
    escalatedTo: escalatedTo ?? undefined,
  };
}

/** The reasons, each with the rule that it begins with; then the rules that no reason names. */
function whyOf({ reasons, rules }: Review): { readonly ruleId?: string; readonly text: string }[] {
  const told = reasons.map((reason) => {
    const rule = rules.find(({ ruleId }) => reason.startsWith(`${ruleId}: `));
    return rule ? { ruleId: rule.ruleId, text: reason.slice(rule.ruleId.length + 2) } : { text: reason };
  });
  const untold = rules.filter(({ ruleId }) => !told.some((reason) => reason.ruleId === ruleId));
  return [...told, ...untold.map(({ ruleId, description }) => ({ ruleId, text: description }))];
}

async function statisticsOf(statistics: ReviewStatistics) {
  // Loaded with the first page: charts are half of the memory that the API needs, and only this page has some.
  const { flowChart, timeChart } = await import('./charts.ts');
  const { days, total } = statistics;
  const most = days.reduce((a, b) => (b.held > a.held ? b : a));
  const figures = figuresOf(total);
  return {
    isEmpty: total.held + total.released + total.refunded === 0 && total.unblockedWithin === null,
    from: days[0]?.day,
    to: days.at(-1)?.day,
    total: figures,
    days: days.toReversed().map((day) => ({ day: day.day, ...figuresOf(day) })),
    flow: {
      src: flowChart(statistics),
      alt:
        `Chart by day: ${total.held} payments went into review, most of them (${most.held}) on ${most.day}; ` +
        `${total.released} were released and ${total.refunded} refunded.`,
    },
    time: {
      src: timeChart(statistics),
      alt: `Chart by day: half of the reviews were decided within ${figures.p50}, 95 % within ${figures.p95}.`,
    },
  };
}

function figuresOf({ held, released, refunded, unblockedWithin }: ReviewFigures) {
  return {
    held,
    released,
    refunded,
    p50: unblockedWithin === null ? '–' : duration(unblockedWithin.p50Seconds),
    p95: unblockedWithin === null ? '–' : duration(unblockedWithin.p95Seconds),
  };
}

/** The queue with these parameters; those without a value are left out. */
function addressOf(given: Given, page = '/reviews'): string {
  const query = queryOf(given);
  return query === '' ? page : `${page}?${query}`;
}

/** In one order, so that equal filters are equal texts. */
function queryOf(given: Given): string {
  const parameters = Object.entries(given).filter(
    (each): each is [string, string] => typeof each[1] === 'string',
  );
  const query = new URLSearchParams(parameters);
  query.sort();
  return query.toString();
}
