import { formatMoney } from '../../domain/money.ts';
import type { RuleChange } from '../../rules/compare.ts';
import type { BacktestReport } from '../../store/decisions/backtest.ts';
import { laterOutcomes } from '../../store/decisions/recorded-decisions.ts';
import { count } from './progress-bar.ts';
import { table } from './output.ts';

/** A backtest's report for people: what it compared, what would change, because of which rules, and examples. */
export function describeBacktest(report: BacktestReport, seconds: number): string {
  const { ruleSet, compared, recounted, changed, otherAnswers } = report;
  const parts = [
    `rule set ${ruleSet.name}, version ${ruleSet.version} (${ruleSet.hash.slice(0, 12)})`,
    `${count(compared)} decisions compared in ${seconds.toFixed(1)} s; for ${count(recounted)} of them aggregates were counted anew`,
    `${count(changed)} with another verdict; ${count(otherAnswers)} more with other card types, notification or request to block`,
    `\n${laterTable(report)}`,
  ];
  if (report.changes.length > 0) parts.push(`\n${changesTable(report)}`);
  if (report.rules.length > 0) parts.push(`\n${rulesTable(report)}`);
  if (report.examples.length > 0) parts.push(`\n${examplesTable(report)}`);
  return parts.join('\n');
}

function laterTable({ later }: BacktestReport): string {
  const rows = later
    .filter(({ compared }) => compared > 0)
    .map((each) => [each.later, count(each.compared), count(each.changed)]);
  return table(['what happened later', 'decisions', 'changed'], rows, ['decisions', 'changed']);
}

function changesTable({ changes }: BacktestReport): string {
  const rows = changes.map(({ from, to, later, decisions, amounts }) => [
    from,
    to,
    later,
    count(decisions),
    amounts.map(formatMoney).join(', '),
  ]);
  return table(['decided', 'would be', 'what happened later', 'decisions', 'amount'], rows, ['decisions']);
}

/** One column for each thing that happened later to any of them. */
function rulesTable({ rules }: BacktestReport): string {
  const shown = laterOutcomes.filter((later) => rules.some((rule) => rule.later[later] !== undefined));
  const rows = rules.map(({ ruleId, how, decisions, later }) => [
    ruleId,
    how,
    count(decisions),
    ...shown.map((each) => count(later[each] ?? 0)),
  ]);
  return table(['rule responsible', 'has a say', 'decisions', ...shown], rows, ['decisions', ...shown]);
}

function examplesTable({ examples }: BacktestReport): string {
  const rows = examples.map(({ about, decidedAt, from, to, later, rules }) => [
    about,
    decidedAt,
    `${from} → ${to}`,
    later,
    rules.map(describeRule).join(', '),
  ]);
  return table(['example', 'decided at', 'change', 'what happened later', 'rules'], rows);
}

function describeRule({ ruleId, how }: RuleChange): string {
  return `${ruleId} (${how})`;
}
