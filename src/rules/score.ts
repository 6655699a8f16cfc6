import type { RuleEffect, RuleResult } from '../domain/decision.ts';
import type { ScoreThreshold } from './rule-set.ts';

const SCORE = 'score:';

/** The points of an effect; undefined for one that is no score. */
export function pointsOf(effect: RuleEffect): number | undefined {
  return effect.startsWith(SCORE) ? Number(effect.slice(SCORE.length)) : undefined;
}

/** The id under which a threshold stands among the results; no rule may be called so. */
export function thresholdId({ effect }: ScoreThreshold): string {
  return `score-${effect}`;
}

/**
 * The sum of the rules' scores, a result for each threshold, in the form of a rule's result. The sum is taken once
 * all rules have been tried, so their order does not matter.
 */
export function scoreResults(
  thresholds: readonly ScoreThreshold[],
  results: readonly RuleResult[],
): RuleResult[] {
  const score = results
    .flatMap(({ contributed }) => contributed)
    .reduce((sum, effect) => sum + (pointsOf(effect) ?? 0), 0);
  return thresholds.map((threshold) => {
    const isReached = score >= threshold.score;
    return {
      ruleId: thresholdId(threshold),
      description: `The rules' scores add up to ${threshold.score} or more`,
      outcome: isReached ? 'matched' : 'notMatched',
      saw: { score },
      contributed: isReached ? [threshold.effect] : [],
    };
  });
}
