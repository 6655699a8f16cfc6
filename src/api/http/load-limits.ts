import type pg from 'pg';
import { Overloaded } from '../../client/index.ts';
import { TooManyAttempts } from '../../failures/access.ts';

/** When a caller that was refused should try again, in seconds; undefined where it was not for too many calls. */
export function retryAfterSeconds(status: number, error: unknown): number | undefined {
  if (error instanceof TooManyAttempts) return error.retryAfterSeconds;
  return status === 503 ? 1 : undefined;
}

/** How many calls may wait for a connection: a fraction of a second of work. */
const MOST_WAITING_FOR_POSTGRES = 200;

/**
 * Refuses a call at once where so many wait for Postgres already that its own answer would come too late.
 * @throws Overloaded
 */
export function refuseBeyondPool(pool: pg.Pool): void {
  if (pool.waitingCount >= MOST_WAITING_FOR_POSTGRES)
    throw new Overloaded(`${pool.waitingCount} calls wait for a connection to Postgres`);
}

/** Lets so many be under way at once: their time is bounded by what it takes to work these off. */
export class LoadLimit {
  private readonly limit: number;
  private underWay = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get isReached(): boolean {
    return this.underWay >= this.limit;
  }

  /** @throws Overloaded, at once and with nothing done, where the limit is reached */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isReached) throw new Overloaded(`${this.limit} calls are under way`);
    this.underWay += 1;
    try {
      return await work();
    } finally {
      this.underWay -= 1;
    }
  }
}
