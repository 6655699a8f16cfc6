import type { Command } from 'commander';
import { z } from 'zod';
import { backtest } from '../../store/decisions/backtest.ts';
import { countDecisions, type DecisionRange } from '../../store/decisions/recorded-decisions.ts';
import { pastRuleSets } from '../../store/rules/past-rule-sets.ts';
import { defaultRuleSetFile, loadRuleSet } from '../../store/rules/rule-set-file.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { describeBacktest } from '../output/backtest-text.ts';
import { withDatabase } from '../input/database.ts';
import { readDate } from '../input/options.ts';
import { EXIT, UsageError } from '../output/exit.ts';
import { print } from '../output/output.ts';
import { ProgressBar } from '../output/progress-bar.ts';
import { optionalSubscriberOf, wantsJson } from '../input/session.ts';

const options = z.object({
  rules: z.string(),
  from: z.string(),
  to: z.string().optional(),
  known: z.array(z.string()).default([]),
  failOnChange: z.boolean().default(false),
});

// A batch that counts anew over an address with a hundred thousand attempts takes minutes, and no call waits.
const STATEMENT_SECONDS = 600;

/** `rules backtest`: what a rule set would have made of the decisions on record. It changes nothing. */
export function addBacktestCommand(program: Command): void {
  const rules =
    program.commands.find((command) => command.name() === 'rules') ??
    program.command('rules').description('the rules that decide');
  rules
    .command('backtest')
    .description('decide recorded decisions anew by another rule set, and show what would change')
    .requiredOption('--rules <file>', 'the rule set to try')
    .requiredOption('--from <date>', 'from this time on, for example 2026-11-01 or 2026-11-01T08:00Z (UTC)')
    .option('--to <date>', 'up to this time, itself left out; else until now')
    .option(
      '--known <file...>',
      'rule sets that decided then: an aggregate that they define alike is taken as it was seen, any other is counted anew',
    )
    .option('--fail-on-change', 'end with exit code 1 if anything would change')
    .addHelpText(
      'after',
      '\nAll subscribers, unless --subscriber names one. RULES_FILE (or the default rule set) and every version on record are among the known ones.',
    )
    .action(async (_options: unknown, command: Command) => {
      const { rules: file, from, to, known, failOnChange } = options.parse(command.opts());
      const subscriberId = optionalSubscriberOf(command);
      const range: DecisionRange = {
        from: readDate('--from', from),
        to: to === undefined ? new Date() : readDate('--to', to),
        ...(subscriberId === undefined ? {} : { subscriberId }),
      };
      if (range.from >= range.to) throw new UsageError('--from has to lie before --to');
      const candidate = await loadRuleSet(file);
      const fromFiles = await loadByHash([process.env['RULES_FILE'] || defaultRuleSetFile, ...known]);
      const started = Date.now();
      const report = await withDatabase(async (pool) => {
        const onRecord = await pastRuleSets(pool);
        const progress = new ProgressBar('decisions', await countDecisions(pool, range));
        try {
          return await backtest(
            pool,
            candidate,
            range,
            (hash) => fromFiles.get(hash) ?? onRecord.get(hash),
            progress.show.bind(progress),
          );
        } finally {
          progress.end();
        }
      }, STATEMENT_SECONDS);
      const seconds = (Date.now() - started) / 1000;
      print(wantsJson(command), { ...report, seconds }, describeBacktest(report, seconds));
      if (failOnChange && report.changed + report.otherAnswers > 0) process.exitCode = EXIT.refused;
    });
}

async function loadByHash(files: readonly string[]): Promise<ReadonlyMap<string, RuleSet>> {
  const ruleSets = await Promise.all(files.map(loadRuleSet));
  return new Map(ruleSets.map((ruleSet) => [ruleSet.hash, ruleSet]));
}
