import { differenceBetween, type Outcome, type RuleDifference as Contributions } from './difference.ts';

/** How a decision would be otherwise, in a few words. */
export interface DecisionChange {
  /** `verdict`: disposition or decline differ. `answer`: only card types, notification or the request to block do. */
  readonly kind: 'verdict' | 'answer';
  readonly from: string;
  readonly to: string;
  /** The rules that are responsible for it. */
  readonly rules: readonly RuleChange[];
}

export interface RuleChange {
  readonly ruleId: string;
  readonly how: 'only before' | 'only now' | 'says something else';
}

/** Compares what was decided with what another rule set decides; undefined where the answer would be the same. */
export function compareDecisions(before: Outcome, now: Outcome): DecisionChange | undefined {
  const difference = differenceBetween(before, now);
  if (difference === null) return undefined;
  const [from, to] = [verdictOf(before), verdictOf(now)];
  return { kind: from === to ? 'answer' : 'verdict', from, to, rules: difference.rules.map(changeOf) };
}

/** The verdict in words: "RELEASE", "HOLD and decline". */
function verdictOf({ disposition, response }: Outcome): string {
  return response.declinePayment ? `${disposition} and decline` : disposition;
}

function changeOf({ ruleId, adds, drops }: Contributions): RuleChange {
  if (adds.length === 0) return { ruleId, how: 'only before' };
  return { ruleId, how: drops.length === 0 ? 'only now' : 'says something else' };
}
