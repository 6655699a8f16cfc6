import { count } from '../../src/cli/output/progress-bar.ts';
import { type Print, withProgress } from '../progress.ts';
import { benchBacktests } from './backtests.ts';
import { benchEvaluation } from './evaluation.ts';
import type { BenchOptions } from './options.ts';
import { storeAttempts } from './past.ts';
import { benchRulesCall, writeRuleSet } from './rules-call.ts';
import type { Measured } from './tables.ts';

/**
 * Evaluation alone, backtests, and the whole rules call beside its floor.
 * @param found given each table as soon as it is measured
 */
export async function benchRules(
  databaseUrl: string,
  folder: string,
  { evaluationMs, attempts, decisions, rounds, roundMs }: BenchOptions['rules'],
  print: Print,
  found: (table: Measured) => void,
): Promise<void> {
  found(benchEvaluation(evaluationMs));
  const rulesFile = writeRuleSet(folder);
  print('');
  await withProgress(print, `Storing ${count(attempts)} attempts`, () =>
    storeAttempts(databaseUrl, attempts),
  );
  found(
    await withProgress(print, 'Storing decisions and backtesting them', () =>
      benchBacktests(databaseUrl, rulesFile, decisions),
    ),
  );
  print('');
  found(
    await withProgress(print, 'Calling', () =>
      benchRulesCall({ databaseUrl, rulesFile, folder, attempts, rounds, millisecondsEach: roundMs }),
    ),
  );
}
