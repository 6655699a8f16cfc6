import { z } from 'zod';
import type { Queryable } from '../db/postgres.ts';
import { endOfDay } from './reviews.ts';

const DAYS = 30;

/** What became of reviews in a time. */
export interface ReviewFigures {
  /** Payments by when they last went into review. */
  readonly held: number;
  /** Payments that had been in review, by when they ended. */
  readonly released: number;
  readonly refunded: number;
  /** From the hold to the decision, by a person or not; null where nothing was decided. */
  readonly unblockedWithin: { readonly p50Seconds: number; readonly p95Seconds: number } | null;
}

export interface ReviewStatistics {
  /** Oldest first, each day (UTC, YYYY-MM-DD) once, the last of them today. */
  readonly days: readonly ({ readonly day: string } & ReviewFigures)[];
  readonly total: ReviewFigures;
}

/** The subscriber's last thirty days, today included. */
export async function reviewStatistics(
  db: Queryable,
  subscriberId: string,
  now: Date,
): Promise<ReviewStatistics> {
  const to = endOfDay(now);
  const from = new Date(to);
  from.setUTCDate(to.getUTCDate() - DAYS);
  // The row of the day null is that of all days.
  const { rows } = await db.query<Record<string, unknown>>(
    `with held as (
       select day, count(*) as held
         from (select (held_at at time zone 'UTC')::date as day from payments
                where subscriber_id = $1 and held_at >= $2 and held_at < $3) h
        group by grouping sets ((day), ())),
     ended as (
       select day, count(*) filter (where status = 'released') as released,
              count(*) filter (where status = 'refunded') as refunded
         from (select (ended_at at time zone 'UTC')::date as day, status from payments
                where subscriber_id = $1 and ended_at >= $2 and ended_at < $3 and held_at is not null) e
        group by grouping sets ((day), ())),
     decided as (
       select day, percentile_cont(array[0.5, 0.95]) within group (order by seconds) as percentiles
         from (select (u.at at time zone 'UTC')::date as day,
                      extract(epoch from u.at - p.held_at)::float8 as seconds
                 from unblocks u join payments p using (subscriber_id, unique_reference)
                where u.subscriber_id = $1 and u.at >= $2 and u.at < $3 and u.at >= p.held_at) u
        group by grouping sets ((day), ()))
     select days.day::text, coalesce(held, 0) as held, coalesce(released, 0) as released,
            coalesce(refunded, 0) as refunded, percentiles
       from (select ($2 at time zone 'UTC')::date + number as day from generate_series(0, ${DAYS - 1}) as number
             union all select null) days
       left join held on held.day is not distinct from days.day
       left join ended on ended.day is not distinct from days.day
       left join decided on decided.day is not distinct from days.day
      order by days.day nulls last`,
    [subscriberId, from, to],
  );
  const figures = z.array(figuresRow).parse(rows);
  const total = figures.find(({ day }) => day === null);
  if (!total) throw new Error('the statistics of all days are missing');
  return {
    days: figures.flatMap((row) => (row.day === null ? [] : [{ day: row.day, ...figuresOf(row) }])),
    total: figuresOf(total),
  };
}

const figuresRow = z.object({
  day: z.string().nullable(),
  held: z.int(),
  released: z.int(),
  refunded: z.int(),
  percentiles: z.tuple([z.number(), z.number()]).nullable(),
});

function figuresOf({ held, released, refunded, percentiles }: z.infer<typeof figuresRow>): ReviewFigures {
  const unblockedWithin =
    percentiles === null ? null : { p50Seconds: percentiles[0], p95Seconds: percentiles[1] };
  return { held, released, refunded, unblockedWithin };
}
