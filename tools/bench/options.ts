import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { stateFolderFromEnvironment } from '../stack/state.ts';

const parts = ['rules', 'lifecycles', 'waiting'] as const;

export type BenchPart = (typeof parts)[number];

export interface BenchOptions {
  readonly parts: readonly BenchPart[];
  readonly jsonFile: string;
  readonly rules: {
    readonly evaluationMs: number;
    readonly attempts: number;
    readonly decisions: number;
    readonly rounds: number;
    readonly roundMs: number;
  };
  /** How many lifecycles a measure has, how many of them are under way at once, and how often it is taken. */
  readonly lifecycles: { readonly count: number; readonly atOnce: number; readonly rounds: number };
  /** How many payments wait when it is measured, ascending. */
  readonly waiting: readonly number[];
}

const usage = `npm run bench -- [options]
  --only PART        ${parts.join(', ')}; may be repeated
  --lifecycles N     lifecycles a measure (200)
  --rounds N         how often each measure of lifecycles is taken, its warm-up not counted (3)
  --growth           also with 50,000 waiting, which takes long
  --json FILE        where the figures go (bench.json in the state folder)
  --quick            seconds, to see that it works; its figures mean nothing`;

const given = z.object({
  only: z.array(z.enum(parts)).default([...parts]),
  lifecycles: z.coerce.number().int().positive().optional(),
  rounds: z.coerce.number().int().positive().optional(),
  growth: z.boolean().default(false),
  json: z.string().optional(),
  quick: z.boolean().default(false),
});

const FULL_RULES = {
  evaluationMs: 2_000,
  attempts: 1_000_000,
  decisions: 100_000,
  rounds: 3,
  roundMs: 5_000,
};
const QUICK_RULES = { evaluationMs: 50, attempts: 5_000, decisions: 500, rounds: 1, roundMs: 200 };

/** @throws with the usage where an option is wrong */
export function readOptions(args: string[], environment: NodeJS.ProcessEnv): BenchOptions {
  const { only, quick, growth, ...asked } = parse(args);
  const { count, atOnce, rounds } = quick
    ? { count: 6, atOnce: 3, rounds: 1 }
    : { count: 200, atOnce: 50, rounds: 3 };
  return {
    parts: only,
    jsonFile: path.resolve(
      asked.json ?? path.join(stateFolderFromEnvironment(environment).folder, 'bench.json'),
    ),
    rules: quick ? QUICK_RULES : FULL_RULES,
    lifecycles: { count: asked.lifecycles ?? count, atOnce, rounds: asked.rounds ?? rounds },
    waiting: quick ? [4, 8] : [100, 1_000, 10_000, ...(growth ? [50_000] : [])],
  };
}

function parse(args: string[]): z.infer<typeof given> {
  try {
    const { values } = parseArgs({
      args,
      options: {
        only: { type: 'string', multiple: true },
        lifecycles: { type: 'string' },
        rounds: { type: 'string' },
        growth: { type: 'boolean' },
        json: { type: 'string' },
        quick: { type: 'boolean' },
      },
    });
    return given.parse(values);
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${why}\n\n${usage}`, { cause: error });
  }
}
