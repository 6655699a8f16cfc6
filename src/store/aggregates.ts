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
  /** The moment of the attempt: windows end there. */
  readonly moment: string;
  /** The window of the aggregate at this index, in seconds. */
  readonly windowSeconds: (index: number) => string;
  /** A condition more on the attempts of the past, for a moment that has passed. */
  readonly only?: string;
}

/**
 * What counts `aggregates` for one attempt: subqueries to cross join, one for each key that is counted over, and the
 * counts as columns in the order of the aggregates. Counting live and counting as of a moment are both made of this,
 * so that they cannot come to differ.
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
    counts: `array[${aggregates.map((_, index) => `a${index}`).join(', ')}]::integer[]`,
  };
}

/** One scan of the attempts that share a key, as far back as the longest window over it, for all aggregates over it. */
function countsOver(over: AttemptKey, aggregates: readonly Aggregate[], countedFor: CountedFor): string {
  const { subscriber, keys, moment, windowSeconds, only } = countedFor;
  const own = aggregates.flatMap((aggregate, index) =>
    aggregate.over === over ? [{ aggregate, index }] : [],
  );
  const columns = attemptKeyNames.map((key) => `past.${ATTEMPT_COLUMNS[key]}`).join(', ');
  const counts = own.map(
    ({ aggregate, index }) => `${countOf(aggregate, moment, windowSeconds(index))} as a${index}`,
  );
  return `
    select ${counts.join(', ')}
      from (select ${columns}, past.declined, past.at from attempts past
             where past.subscriber_id = ${subscriber} and past.${ATTEMPT_COLUMNS[over]} = ${keys[over]}
               and past.at > ${moment} - make_interval(secs => greatest(${own.map(({ index }) => windowSeconds(index)).join(', ')}))
               ${only === undefined ? '' : `and ${only}`}
            union all
            -- The attempt at hand: whether it will be declined is not known.
            select ${attemptKeyNames.map((key) => `${keys[key]}::text`).join(', ')}, null, ${moment}) as attempt`;
}

function countOf({ distinct, only }: Aggregate, moment: string, windowSeconds: string): string {
  const inWindow = `attempt.at > ${moment} - make_interval(secs => ${windowSeconds})`;
  const ended = { declined: ' and attempt.declined', accepted: ' and not attempt.declined' };
  const counted = distinct === null ? 'count(*)' : `count(distinct attempt.${ATTEMPT_COLUMNS[distinct]})`;
  return `${counted} filter (where ${inWindow}${only === null ? '' : ended[only]})`;
}
