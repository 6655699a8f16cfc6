import { formatMoney, type Money } from '../../domain/money.ts';
import type { RuleSetChange, StoredRuleSet } from '../../store/rules/rule-set-record.ts';
import type { ShadowChange, ShadowReport } from '../../store/decisions/shadow-report.ts';
import { align, table } from './output.ts';

/** A version, a line a fact. */
export function describeRuleSet(ruleSet: StoredRuleSet): string {
  const { createdBy, createdAt, activatedBy, activatedAt } = ruleSet;
  return align([
    ['rule set', ruleSet.ruleSetId],
    ['name', ruleSet.name],
    ['version', String(ruleSet.version)],
    ['state', ruleSet.state],
    ['of', ruleSet.subscriberId],
    ['hash', ruleSet.hash],
    ['added', `${createdAt.toISOString()} by ${createdBy}`],
    ['activated', activatedAt ? `${activatedAt.toISOString()} by ${activatedBy}` : undefined],
  ]);
}

/** A version with its changes and its document. */
export function describeRuleSetInFull(
  ruleSet: StoredRuleSet & { readonly document: string; readonly changes: readonly RuleSetChange[] },
): string {
  const changes = ruleSet.changes.map(
    ({ at, action, actor, reason }) => `${at.toISOString()}  ${action} by ${actor}: ${reason}`,
  );
  return [describeRuleSet(ruleSet), changes.join('\n'), ruleSet.document.trimEnd()].join('\n\n');
}

/** Versions, one a line. */
export function listRuleSets(versions: readonly StoredRuleSet[]): string {
  const list = table(
    ['rule set', 'of', 'name', 'version', 'state', 'added by', 'added'],
    versions.map((version) => [
      version.ruleSetId.slice(0, 8),
      version.subscriberId,
      version.name,
      String(version.version),
      version.state,
      version.createdBy,
      version.createdAt.toISOString(),
    ]),
    ['version'],
  );
  const decides = versions.some(({ state }) => state === 'active');
  return decides ? list : `${list}\n\nNone is active: the rule set of RULES_FILE decides.`;
}

const LATEST_SHOWN = 10;

/** What a version in shadow would have done, in tables. */
export function describeReport(report: ShadowReport): string {
  const { ruleSet, decisions, differing, faults, firstAt, lastAt } = report;
  const head = align([
    ['in shadow', `${ruleSet.name}, version ${ruleSet.version} (${ruleSet.ruleSetId}, now ${ruleSet.state})`],
    ['from', firstAt?.toISOString()],
    ['to', lastAt?.toISOString()],
    ['decisions', String(decisions)],
    [
      'would differ',
      `${differing}${decisions === 0 ? '' : ` (${((100 * differing) / decisions).toFixed(2)} %)`}`,
    ],
    ['came to none', faults === 0 ? undefined : `${faults}, at last: ${report.lastFault ?? ''}`],
  ]);
  if (report.changes.length === 0) return head;
  const changes = table(
    ['decided', 'in shadow', 'decisions', 'amounts'],
    report.changes.map(({ decided, shadow, decisions: count, amounts }) => [
      outcome(decided),
      isSame(decided, shadow) ? 'the same, other fields differ' : outcome(shadow),
      String(count),
      money(amounts),
    ]),
    ['decisions'],
  );
  const rules = table(
    ['rule', 'would add', 'would drop', 'decisions', 'amounts', 'such as'],
    report.rules.map((rule) => [
      rule.ruleId,
      rule.adds.join(', '),
      rule.drops.join(', '),
      String(rule.decisions),
      money(rule.amounts),
      rule.examples
        .map(({ decisionId, uniqueReference }) =>
          uniqueReference === null ? `decision ${decisionId}` : `payment ${uniqueReference}`,
        )
        .join(', '),
    ]),
    ['decisions'],
  );
  const latest = table(
    ['at', 'payment or decision', 'decided', 'in shadow', 'amount'],
    report.latest
      .slice(0, LATEST_SHOWN)
      .map(({ at, decisionId, uniqueReference, decided, shadow, amount }) => [
        at.toISOString(),
        uniqueReference ?? `decision ${decisionId}`,
        outcome(decided),
        isSame(decided, shadow) ? 'the same, other fields differ' : outcome(shadow),
        amount ? money([amount]) : '-',
      ]),
    ['amount'],
  );
  return [head, changes, rules, `The latest (--json has more):\n\n${latest}`].join('\n\n');
}

function outcome({ disposition, declinePayment }: ShadowChange['decided']): string {
  return declinePayment ? `${disposition}, declined` : disposition;
}

function isSame(a: ShadowChange['decided'], b: ShadowChange['decided']): boolean {
  return a.disposition === b.disposition && a.declinePayment === b.declinePayment;
}

function money(amounts: readonly Money[]): string {
  return amounts.length === 0 ? '-' : amounts.map(formatMoney).join(', ');
}
