import { count } from '../../src/cli/progress-bar.ts';
import { table } from '../../src/cli/table.ts';
import { evaluate } from '../../src/rules/evaluate.ts';
import { backtest } from '../../src/store/backtest.ts';
import { gatherFacts } from '../../src/store/facts.ts';
import { createPool } from '../../src/store/postgres.ts';
import { defaultRuleSetFile, loadRuleSet } from '../../src/store/rule-set-file.ts';
import { someRulesCall, storeDecisions, SUBSCRIBER } from './past.ts';

/**
 * Backtests over so many decisions of the default rule set: by itself, where every fact is taken as it was seen, and
 * by one with ten aggregates of which none is known to have been seen, so that all are counted anew.
 */
export async function benchBacktests(
  databaseUrl: string,
  rulesFile: string,
  decisions: number,
): Promise<string> {
  const pool = createPool(databaseUrl, 'payment-block bench', () => {});
  try {
    const recorded = await loadRuleSet(defaultRuleSetFile);
    const subject = {
      ...{ subscriberId: SUBSCRIBER, invoiceGUID: 'invoice', onlinePayment: true },
      ...someRulesCall(),
    };
    const decision = evaluate(recorded, await gatherFacts(pool, recorded, subject));
    await storeDecisions(databaseUrl, decisions, decision);
    const range = { from: new Date(0), to: new Date(Date.now() + 60_000) };
    const row = async (what: string, file: string) => {
      const ruleSet = await loadRuleSet(file);
      const started = Date.now();
      const { compared, recounted, changed } = await backtest(pool, ruleSet, range);
      const seconds = (Date.now() - started) / 1000;
      if (ruleSet.hash === recorded.hash && changed > 0)
        throw new Error(`${changed} decisions come out otherwise by the very rule set that made them`);
      return [
        what,
        count(compared),
        count(recounted),
        seconds.toFixed(1),
        count(Math.round(compared / seconds)),
      ];
    };
    const rows = [
      await row('facts as they were seen', defaultRuleSetFile),
      await row('ten aggregates counted anew', rulesFile),
    ];
    const headings = ['backtest', 'decisions', 'counted anew', 'seconds', 'decisions/s'];
    return table(headings, rows, headings.slice(1));
  } finally {
    await pool.end();
  }
}
