import type { RuleSet } from './rule-set.ts';

/** Which rules apply to a subscriber's payments now. */
export interface RuleSets {
  of(subscriberId: string): Promise<RuleSetsInForce>;
}

export interface RuleSetsInForce {
  /** Decides. */
  readonly active: RuleSet;
  /** Is tried out beside it, and never acts. */
  readonly shadow?: ShadowRuleSet;
}

export interface ShadowRuleSet {
  readonly ruleSetId: string;
  readonly ruleSet: RuleSet;
}

/** The same for everybody, for ever: for tests and trials. */
export function fixedRuleSets(active: RuleSet, shadow?: ShadowRuleSet): RuleSets {
  const inForce = shadow === undefined ? { active } : { active, shadow };
  return { of: () => Promise.resolve(inForce) };
}
