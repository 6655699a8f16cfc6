import type { Disposition, PayislandResponse, RuleEffect, RuleResult } from '../domain/decision.ts';

/** What would have been otherwise had another rule set decided. */
export interface Difference {
  /** `disposition`, and the fields of the response. */
  readonly fields: readonly DifferingField[];
  /** None where the rule sets differ outside their rules, such as in the card types. */
  readonly rules: readonly RuleDifference[];
}

type DifferingField = (typeof differingFields)[number];

/** A rule that contributes otherwise, and by that to what differs. */
export interface RuleDifference {
  readonly ruleId: string;
  /** What only the other rule set's rule of this id contributes. */
  readonly adds: readonly RuleEffect[];
  /** What only the deciding rule set's rule of this id contributed. */
  readonly drops: readonly RuleEffect[];
}

/** A decision's result, and what each rule with a say added to it: what two decisions are compared by. */
export interface Outcome {
  readonly response: PayislandResponse;
  readonly disposition: Disposition;
  readonly results: readonly Pick<RuleResult, 'ruleId' | 'contributed'>[];
}

/** How `other` differs from what was `decided` on the same payment, and by which rules; null where it does not. */
export function differenceBetween(decided: Outcome, other: Outcome): Difference | null {
  const fields = differingFields.filter((field) => valueOf(decided, field) !== valueOf(other, field));
  if (fields.length === 0) return null;
  const before = contributionsOf(decided);
  const after = contributionsOf(other);
  const isTold = (effect: RuleEffect): boolean => fields.some((field) => DECIDED_BY[field](effect));
  const rules = [...new Set([...before.keys(), ...after.keys()])].flatMap((ruleId) => {
    const was = before.get(ruleId) ?? [];
    const is = after.get(ruleId) ?? [];
    const adds = is.filter((effect) => !was.includes(effect) && isTold(effect));
    const drops = was.filter((effect) => !is.includes(effect) && isTold(effect));
    return adds.length + drops.length === 0 ? [] : [{ ruleId, adds, drops }];
  });
  return { fields, rules: rules.toSorted((a, b) => (a.ruleId < b.ruleId ? -1 : 1)) };
}

/** What an answer is compared by: the disposition, and every field of the response. */
export const differingFields = [
  'disposition',
  'cardTypeAvailableOnline',
  'blockOnlinePayment',
  'runPayislandRules',
  'customerBlocked',
  'declinePayment',
  'sendToGateway',
  'sendNotification',
] as const satisfies readonly ('disposition' | keyof PayislandResponse)[];

const declines = (effect: RuleEffect): boolean => effect === 'decline' || effect === 'customerBlocked';

/** Which effects a field is composed from (compose.ts). */
const DECIDED_BY: Readonly<Record<DifferingField, (effect: RuleEffect) => boolean>> = {
  disposition: (effect) => declines(effect) || effect === 'hold',
  cardTypeAvailableOnline: (effect) => effect.startsWith('removeCardType:'),
  blockOnlinePayment: (effect) => effect === 'blockOnlinePayment',
  runPayislandRules: () => false,
  customerBlocked: (effect) => effect === 'customerBlocked',
  declinePayment: declines,
  sendToGateway: declines,
  sendNotification: (effect) => effect === 'notify',
};

function valueOf({ disposition, response }: Outcome, field: DifferingField): string {
  return String(field === 'disposition' ? disposition : response[field]);
}

function contributionsOf({ results }: Outcome): ReadonlyMap<string, readonly RuleEffect[]> {
  return new Map(
    results
      .filter(({ contributed }) => contributed.length > 0)
      .map(({ ruleId, contributed }) => [ruleId, contributed]),
  );
}
