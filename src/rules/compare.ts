import type { Decision, Disposition, PayislandResponse, RuleResult } from '../domain/decision.ts';

/** What a decision comes to, and what each rule with a say added to it: what two decisions are compared by. */
export interface Outcome {
  readonly response: PayislandResponse;
  readonly disposition: Disposition;
  readonly results: readonly Pick<RuleResult, 'ruleId' | 'contributed'>[];
}

/** How two decisions on the same payment or invoice differ. */
export interface Difference {
  /** `verdict`: disposition or decline differ. `answer`: only card types, notification or the request to block do. */
  readonly kind: 'verdict' | 'answer';
  readonly from: string;
  readonly to: string;
  /** The rules that had their say in one of the two only, or said something else. */
  readonly rules: readonly RuleDifference[];
}

export interface RuleDifference {
  readonly ruleId: string;
  readonly how: 'only before' | 'only now' | 'says something else';
}

/** Compares what was decided with what another rule set decides; undefined where the answer would be the same. */
export function compareDecisions(before: Outcome, now: Decision): Difference | undefined {
  const [from, to] = [verdictOf(before), verdictOf(now)];
  if (from === to && answerOf(before) === answerOf(now)) return undefined;
  return { kind: from === to ? 'answer' : 'verdict', from, to, rules: rulesThatDiffer(before, now) };
}

/** The verdict in words: "RELEASE", "HOLD and decline". */
function verdictOf({ disposition, response }: Outcome): string {
  return response.declinePayment ? `${disposition} and decline` : disposition;
}

function answerOf({ response }: Outcome): string {
  const { cardTypeAvailableOnline, ...flags } = response;
  const { blockOnlinePayment, runPayislandRules, customerBlocked, sendToGateway, sendNotification } = flags;
  return [
    ...[blockOnlinePayment, runPayislandRules, customerBlocked, sendToGateway, sendNotification],
    ...cardTypeAvailableOnline,
  ].join();
}

function rulesThatDiffer(before: Outcome, now: Outcome): RuleDifference[] {
  const [earlier, later] = [saysOf(before), saysOf(now)];
  const ids = [...new Set([...earlier.keys(), ...later.keys()])].toSorted();
  return ids.flatMap((ruleId): RuleDifference[] => {
    const [was, is] = [earlier.get(ruleId), later.get(ruleId)];
    if (was === is) return [];
    if (is === undefined) return [{ ruleId, how: 'only before' }];
    return [{ ruleId, how: was === undefined ? 'only now' : 'says something else' }];
  });
}

function saysOf({ results }: Outcome): Map<string, string> {
  const withSay = results.filter(({ contributed }) => contributed.length > 0);
  return new Map(withSay.map(({ ruleId, contributed }) => [ruleId, contributed.toSorted().join()]));
}
