import { z } from 'zod';
import type { Aggregate } from '../rules/rule-set.ts';
import { type AttemptKey, attemptKeyNames } from '../rules/subject.ts';

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
  /** The window of the aggregate at this index, in seconds. */
  readonly windowSeconds: (index: number) => string;
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
  const { subscriber, keys, amount, moment, windowSeconds, only } = countedFor;
  const own = aggregates.flatMap((aggregate, index) =>
    aggregate.over === over ? [{ aggregate, index }] : [],
  );
  const columns = attemptKeyNames.map((key) => `past.${ATTEMPT_COLUMNS[key]}`).join(', ');
  const counts = own.map(
    ({ aggregate, index }) => `${measureOf(aggregate, countedFor, windowSeconds(index))} as a${index}`,
  );
  return `
    select ${counts.join(', ')}
      from (select ${columns}, past.amount_minor, past.currency, past.declined, past.at from attempts past
             where past.subscriber_id = ${subscriber} and past.${ATTEMPT_COLUMNS[over]} = ${keys[over]}
               and past.at > ${moment} - make_interval(secs => greatest(${own.map(({ index }) => windowSeconds(index)).join(', ')}))
               ${only === undefined ? '' : `and ${only}`}
            union all
            -- The attempt at hand: whether it will be declined is not known.
            select ${attemptKeyNames.map((key) => `${keys[key]}::text`).join(', ')}, ${amount.minor}::bigint,
                   ${amount.currency}::text, null, ${moment}) as attempt`;
}

/**
 * Where a sum stops growing: the largest whole number that a fact can be. Ten payments of the largest amount come
 * close to it, and a decision must not fail by more of them: any limit that a rule can have is exceeded by then.
 */
const LARGEST_SUM = Number.MAX_SAFE_INTEGER;

function measureOf({ measure, only }: Aggregate, countedFor: CountedFor, windowSeconds: string): string {
  const { moment, amount } = countedFor;
  const ended = { declined: ' and attempt.declined', accepted: ' and not attempt.declined' };
  const counted = `attempt.at > ${moment} - make_interval(secs => ${windowSeconds})${only === null ? '' : ended[only]}`;
  if (measure === 'attempts') return `count(*) filter (where ${counted})`;
  if (measure !== 'amount')
    return `count(distinct attempt.${ATTEMPT_COLUMNS[measure]}) filter (where ${counted})`;
  const currency = `${amount.currency}::text`;
  const sum = `sum(attempt.amount_minor) filter (where ${counted} and attempt.currency = ${currency})`;
  return `case when ${currency} is not null then least(coalesce(${sum}, 0), ${LARGEST_SUM}) end`;
}
