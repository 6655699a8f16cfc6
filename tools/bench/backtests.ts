import { count } from '../../src/cli/output/progress-bar.ts';
import { evaluate } from '../../src/rules/evaluate.ts';
import { backtest } from '../../src/store/decisions/backtest.ts';
import { gatherFacts } from '../../src/store/decisions/facts.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { defaultRuleSetFile, loadRuleSet } from '../../src/store/rules/rule-set-file.ts';
import { someRulesCall, storeDecisions, SUBSCRIBER } from './past.ts';
import { type Measured, numbers } from './tables.ts';

/**
 * Backtests over so many decisions of the default rule set: by itself, where every fact is taken as it was seen, and
 * by one with ten aggregates of which none is known to have been seen, so that all are counted anew.
 */
export async function benchBacktests(
  databaseUrl: string,
  rulesFile: string,
  decisions: number,
): Promise<Measured> {
  const pool = createPool(databaseUrl, 'payment-block bench', () => {});
  try {
    const recorded = await loadRuleSet(defaultRuleSetFile);
    const subject = {
      ...{ subscriberId: SUBSCRIBER, invoiceGUID: 'invoice', onlinePayment: true },
      ...someRulesCall(),
    };
    const decision = evaluate(recorded, (await gatherFacts(pool, recorded, subject)).facts);
    await storeDecisions(databaseUrl, decisions, decision);
    const range = { from: new Date(0), to: new Date(Date.now() + 60_000) };
    const row = async (what: string, file: string) => {
      const ruleSet = await loadRuleSet(file);
      const started = Date.now();
      const { compared, recounted, changed } = await backtest(pool, ruleSet, range);
      const seconds = (Date.now() - started) / 1000;
      if (ruleSet.hash === recorded.hash && changed > 0)
        throw new Error(`${changed} decisions come out otherwise by the very rule set that made them`);
      return [what, compared, recounted, seconds, compared / seconds];
    };
    const rows = [
      await row('facts as they were seen', defaultRuleSetFile),
      await row('ten aggregates counted anew', rulesFile),
    ];
    return {
      title: `Backtests over ${count(decisions)} decisions`,
      columns: [
        { name: 'backtest' },
        ...numbers(0, 'decisions', 'counted anew'),
        ...numbers(1, 'seconds'),
        ...numbers(0, 'decisions/s'),
      ],
      rows,
    };
  } finally {
    await pool.end();
  }
}
