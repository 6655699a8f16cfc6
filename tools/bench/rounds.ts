import { performance } from 'node:perf_hooks';
import { ProgressBar } from '../../src/cli/output/progress-bar.ts';
import { Samples } from './samples.ts';

/** How long each step of one life took, in milliseconds. */
export type Steps = Readonly<Record<string, number>>;

/** One way to live a life; it is told which one of the round it is. */
export type Way = (index: number) => Promise<Steps>;

/** One measure. */
export interface Round {
  readonly perSecond: number;
  /** By the name of the step, and `life` for all of it. */
  readonly samples: ReadonlyMap<string, Samples>;
  readonly failures: readonly string[];
}

/** Lives so many lives, so many of them at once. One that fails is counted, and the others go on. */
export async function measure(way: Way, count: number, atOnce: number): Promise<Round> {
  const samples = new Map<string, Samples>();
  const failures: string[] = [];
  const note = (step: string, milliseconds: number) => {
    const known = samples.get(step) ?? new Samples();
    known.add(milliseconds);
    samples.set(step, known);
  };
  let next = 0;
  const live = async () => {
    while (next < count) {
      const began = performance.now();
      try {
        const steps = await way(next++);
        note('life', performance.now() - began);
        for (const [step, milliseconds] of Object.entries(steps)) note(step, milliseconds);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: atOnce }, live));
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: (count - failures.length) / seconds, samples, failures };
}

/** The measures of one way over all rounds. */
export class Rounds {
  readonly name: string;
  /** Why calls failed, those of the warm-up included. */
  readonly failures: string[] = [];
  private readonly rounds: Round[] = [];

  constructor(name: string) {
    this.name = name;
  }

  add(round: Round): void {
    this.rounds.push(round);
    this.failures.push(...round.failures);
  }

  addWarmUp({ failures }: Round): void {
    this.failures.push(...failures);
  }

  get perSecond(): number {
    return median(this.rounds.map(({ perSecond }) => perSecond));
  }

  /** The median of the rounds' quantiles, in milliseconds; undefined where no life has that step. */
  quantile(step: string, share: number): number | undefined {
    const quantiles = this.rounds.flatMap(({ samples }) => samples.get(step)?.quantile(share) ?? []);
    return quantiles.length === 0 ? undefined : median(quantiles);
  }

  /** How many lives a second for each of the other's: each round's own, for the machine is not always as fast. */
  perSecondTo(other: Rounds): number {
    return median(
      this.rounds.map(({ perSecond }, index) => perSecond / (other.rounds[index]?.perSecond ?? Number.NaN)),
    );
  }
}

/**
 * Measures each way once a round, in turns, so that what else the machine does falls on all alike. A round before the
 * first only warms up.
 * @param afterEach waits until nothing of a measure is left to do; where it rejects, that is a failure of the measure
 */
export async function inTurns(
  turns: readonly { readonly into: Rounds; readonly take: () => Promise<Round> }[],
  rounds: number,
  afterEach: () => Promise<void>,
): Promise<void> {
  const bar = new ProgressBar('measures', (rounds + 1) * turns.length);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { into, take }] of turns.entries()) {
      const taken = await take();
      if (round === 0) into.addWarmUp(taken);
      else into.add(taken);
      await afterEach().catch((error: unknown) => into.failures.push(String(error)));
      bar.show(round * turns.length + index + 1);
    }
  }
  bar.end();
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[sorted.length % 2 === 0 ? middle - 1 : middle],
    sorted[middle],
  ];
  return (low + high) / 2;
}
