import type { RuleSetProblem } from '../../rules/document.ts';
import { formatProblem } from '../../rules/parse-rule-set.ts';

/** A change that is not made. The message says why, and what can be done instead. */
export class RuleSetRefused extends Error {
  override readonly name = 'RuleSetRefused';
  readonly kind: 'unknown' | 'invalid' | 'taken' | 'state' | 'fourEyes';
  /** What is wrong with the document; only for `invalid`. */
  readonly problems: readonly RuleSetProblem[];

  constructor(kind: RuleSetRefused['kind'], message: string, problems: readonly RuleSetProblem[] = []) {
    super(message);
    this.kind = kind;
    this.problems = problems;
  }
}

/** The refusal of a document, with everything that is wrong with it. */
export function refusedFor(problems: readonly RuleSetProblem[]): RuleSetRefused {
  const list = problems.map(formatProblem).join('\n');
  return new RuleSetRefused(
    'invalid',
    `the rule set cannot be used until this is put right:\n${list}`,
    problems,
  );
}
