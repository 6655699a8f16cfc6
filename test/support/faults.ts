import { Context } from '@temporalio/activity';
import type pg from 'pg';

/** What Postgres answers the transactions of an activity with, instead of committing them. */
export interface Fault {
  readonly activity: string;
  readonly sqlstate: string;
  /** How often; without it, until the fault is removed. */
  readonly times?: number;
}

/** Has the real Postgres refuse what activities ask of it through a pool. */
export class Faults {
  private fault: Fault | undefined;
  /** How often the fault has come up. */
  count = 0;

  /** @param pool one that has no connection yet */
  constructor(pool: pg.Pool) {
    pool.on('connect', (client) => this.watch(client));
  }

  inject(fault: Fault): void {
    this.fault = fault;
    this.count = 0;
  }

  remove(): void {
    this.fault = undefined;
  }

  private watch(client: pg.PoolClient): void {
    const query = client.query.bind(client);
    Object.assign(client, {
      query: (...args: unknown[]): unknown => {
        const fault = this.due(args[0]);
        if (fault === undefined) return Reflect.apply(query, client, args);
        const callback = args.filter((arg) => typeof arg === 'function');
        const refuse = `do $$ begin raise 'injected' using errcode = '${fault.sqlstate}'; end $$`;
        return Reflect.apply(query, client, [refuse, ...callback]);
      },
    });
  }

  private due(statement: unknown): Fault | undefined {
    const { fault } = this;
    if (fault === undefined || this.count >= (fault.times ?? Infinity)) return undefined;
    if (statement !== 'commit' && !READ_ONLY.has(fault.activity)) return undefined;
    if (currentActivity() !== fault.activity) return undefined;
    this.count += 1;
    return fault;
  }
}

/** Activities without a transaction: each of their statements is refused. */
const READ_ONLY = new Set(['paidRefund']);

function currentActivity(): string | undefined {
  try {
    return Context.current().info.activityType;
  } catch {
    return undefined;
  }
}
