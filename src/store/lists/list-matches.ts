import { listKinds, listVerdicts } from '../../domain/list-entry.ts';

/** Where a query has what is looked up: SQL of ours, parameters as a rule. */
interface Asked {
  readonly subscriber: string;
  /** An array of kinds, and one of values in the same order. */
  readonly kinds: string;
  readonly values: string;
}

/**
 * The subscriber's live entries that match, as a query: an expired one does not count from the moment of its expiry,
 * whether or not anybody has cleared it away. An address matches the networks that it is in. Decisions and look-ups
 * are both made of this, so that they cannot come to differ.
 */
export function matching({ subscriber, kinds, values }: Asked): string {
  const live = `e.subscriber_id = ${subscriber} and e.removed_at is null
    and (e.expires_at is null or e.expires_at > now())`;
  const asked = `(select distinct kind, value from unnest(${kinds}::text[], ${values}::text[]) as a (kind, value)`;
  // "offset 0" has Postgres look each value up by itself: after an import it may take the table for an empty one, and
  // read all of it for every decision.
  return `
    select found.* from ${asked} where kind <> 'ip') as asked
      cross join lateral (select * from list_entries e
                           where e.kind = asked.kind and e.value = asked.value and ${live} offset 0) as found
    union all
    select found.* from ${asked} where kind = 'ip') as asked
      cross join lateral (select * from list_entries e
                           where e.kind = 'ip' and e.network >>= asked.value::inet and ${live} offset 0) as found`;
}

/** Strongest first: by what the entry says, by what it is about, the smaller network, and the one added last. */
export function bestFirst(entry: string): string {
  return [
    `array_position(array[${quoted(listVerdicts)}], ${entry}.verdict)`,
    `array_position(array[${quoted(listKinds)}], ${entry}.kind)`,
    `masklen(${entry}.network) desc nulls last`,
    `${entry}.id desc`,
  ].join(', ');
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}
