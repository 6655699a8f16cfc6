import { type Measured, numbers } from './tables.ts';

/** A ratio that is aimed at, and what it was. */
export interface Target {
  readonly what: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly reached: number;
}

export function targetTable(targets: readonly Target[]): Measured {
  return {
    title: 'What is aimed at, as ratios within this run',
    columns: [{ name: 'target' }, { name: 'aim' }, ...numbers(2, 'reached'), { name: 'met' }],
    rows: targets.map(({ what, atLeast, atMost, reached }) => [
      what,
      atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`,
      reached,
      reached >= (atLeast ?? 0) && reached <= (atMost ?? Infinity) ? 'yes' : 'no',
    ]),
  };
}
