import { z } from 'zod';
import type { Aggregate } from '../../rules/rule-set.ts';
import { type AttemptKey, attemptKeyNames } from '../../rules/subject.ts';

/** The columns of `attempts` that hold the keys. */
export const ATTEMPT_COLUMNS: Readonly<Record<AttemptKey, string>> = {
  card: 'card_key',
  customer: 'customer_key',
  ip: 'ip_address',
  invoice: 'invoice_guid',
};

/** The attempt that is counted for, and the moment it is counted at: all of it SQL that no author of rules wrote. */
export interface CountedFor {
  readonly subscriber: string;
  readonly keys: Readonly<Record<AttemptKey, string>>;
  /** Both null where the attempt has no amount. */
  readonly amount: { readonly minor: string; readonly currency: string };
  /** The moment of the attempt: windows end there. */
  readonly moment: string;
  /** An array of the aggregates' windows in seconds, in their order. */
  readonly windows: string;
  /** A condition more on the attempts of the past, for a moment that has passed. */
  readonly only?: string;
}

/**
 * What counts `aggregates` for one attempt: subqueries to cross join, one for each key that is counted over, and the
 * counts as one array in the order of the aggregates; sums among them are null where the attempt has no amount.
 * Counting live and counting as of a moment are both made of this, so that they cannot come to differ.
 */
export function countsSql(
  aggregates: readonly Aggregate[],
  countedFor: CountedFor,
): { readonly joins: string; readonly counts: string } {
  const overs = attemptKeyNames.filter((key) => aggregates.some(({ over }) => over === key));
  return {
    joins: overs
      .map((over) => `cross join lateral (${countsOver(over, aggregates, countedFor)}) as by_${over}`)
      .join('\n'),
    counts: `array[${aggregates.map((_, index) => `a${index}`).join(', ')}]::bigint[]`,
  };
}

/** The array of countsSql: pg gives the elements of a bigint[] as text. One beyond 2^53 is refused, never rounded. */
export const countsColumn = z.array(z.string().transform(Number).pipe(z.int()).nullable());

/** One scan of the attempts that share a key, as far back as the longest window over it, for all aggregates over it. */
function countsOver(over: AttemptKey, aggregates: readonly Aggregate[], countedFor: CountedFor): string {
  const { subscriber, keys, moment, windows, only } = countedFor;
  const own = aggregates.flatMap((aggregate, index) =>
    aggregate.over === over ? [{ aggregate, index }] : [],
  );
  const longest = own.reduce((one, other) =>
    other.aggregate.windowSeconds > one.aggregate.windowSeconds ? other : one,
  );
  const within = (index: number) =>
    `past.at > ${moment} - make_interval(secs => (${windows}::integer[])[${index + 1}])`;
  const counts = own.map(({ aggregate, index }) => {
    const isLongest = aggregate.windowSeconds === longest.aggregate.windowSeconds;
    return `${measureOf(aggregate, countedFor, isLongest ? [] : [within(index)])} as a${index}`;
  });
  return `
    select ${counts.join(', ')} from attempts past
     where past.subscriber_id = ${subscriber} and past.${ATTEMPT_COLUMNS[over]} = ${keys[over]}
       and ${within(longest.index)} ${only === undefined ? '' : `and ${only}`}`;
}

/**
 * Where a sum stops growing: the largest whole number that a fact can be. Ten payments of the largest amount come
 * close to it, and a decision must not fail by more of them: any limit that a rule can have is exceeded by then.
 */
const LARGEST_SUM = Number.MAX_SAFE_INTEGER;

/**
 * An aggregate over attempts of the past, and the attempt at hand beside them: it is stored later. Whether it will be
 * declined is not known, so what looks at that leaves it out.
 * @param conditions on the attempts of the past
 */
function measureOf(
  { measure, only }: Aggregate,
  { keys, amount }: CountedFor,
  conditions: readonly string[],
): string {
  const ended = { declined: 'past.declined', accepted: 'not past.declined' };
  const counted = only === null ? conditions : [...conditions, ended[only]];
  if (measure === 'attempts') return `count(*)${where(counted)}${only === null ? ' + 1' : ''}`;
  if (measure === 'amount') {
    const currency = `${amount.currency}::text`;
    const sum = `coalesce(sum(past.amount_minor)${where([...counted, `past.currency = ${currency}`])}, 0)`;
    const all = only === null ? `${sum} + ${amount.minor}::bigint` : sum;
    return `case when ${currency} is not null then least(${all}, ${LARGEST_SUM}) end`;
  }
  const column = `past.${ATTEMPT_COLUMNS[measure]}`;
  if (only !== null) return `count(distinct ${column})${where(counted)}`;
  const atHand = keys[measure];
  const others = where([...counted, `${column} is distinct from ${atHand}`]);
  return `count(distinct ${column})${others} + case when ${atHand} is null then 0 else 1 end`;
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` filter (where ${conditions.join(' and ')})`;
}
