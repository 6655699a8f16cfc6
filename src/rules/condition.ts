import {
  type ASTNode,
  Environment,
  EvaluationError,
  ParseError,
  type ParseResult,
  TypeError as CelTypeError,
} from '@marcbachmann/cel-js';
import { type ConditionPart, partOf, type ConditionValues } from './condition-parts.ts';
import { costOf, HIGHEST_COST } from './cost.ts';
import { callsOfMatches, LINEAR_MATCHES, Patterns, withLinearMatches } from './patterns.ts';
import type { FactType } from './facts.ts';

/** A rule's condition, compiled. */
export interface Condition {
  readonly source: string;
  /** The facts that it names, in alphabetical order. */
  readonly facts: readonly string[];
  /** The most steps that it can take, whatever the facts are. */
  readonly cost: number;
  /** Never throws: what goes wrong is a verdict. */
  readonly test: (values: ConditionValues) => Verdict;
  /** The same, and always by the evaluator: slow where facts are missing. */
  readonly testByEvaluator: (values: ConditionValues) => Verdict;
}

type Verdict =
  | { readonly outcome: 'matched' | 'notMatched' | 'missingFact' }
  | { readonly outcome: 'error'; readonly error: string };

/** What is wrong with a condition, and from which of its characters on. */
interface ConditionProblem {
  readonly message: string;
  readonly offset: number;
}

/** Compiles conditions over one rule set's facts. */
export interface ConditionCompiler {
  /** Declares a fact; the reason in words where its name cannot be one. */
  declare(name: string, type: FactType): string | undefined;
  compile(source: string): Condition | ConditionProblem;
}

// Far beyond a condition that a person can still read, and small enough that a rule set cannot be a burden.
const LIMITS = { maxAstNodes: 1000, maxDepth: 32, maxListElements: 1000, maxMapEntries: 1000 };

/** A compiler that knows no fact yet. */
export function conditionCompiler(): ConditionCompiler {
  const environment = new Environment({ limits: LIMITS });
  const patterns = new Patterns();
  environment.registerFunction(`string.${LINEAR_MATCHES}(string): bool`, (text: string, pattern: string) =>
    patterns.matches(text, pattern),
  );
  const declared = new Set<string>();
  return {
    declare: (name, type) => {
      if (declared.has(name)) return `there is already a fact "${name}"`;
      try {
        environment.registerVariable(name, type);
        if (environment.parse(name).ast.op !== 'id') return `"${name}" is a word of CEL`;
      } catch {
        return `"${name}" is a word of CEL`;
      }
      declared.add(name);
      return undefined;
    },
    compile: (source) => compile(environment, patterns, declared, source),
  };
}

function compile(
  environment: Environment,
  patterns: Patterns,
  declared: ReadonlySet<string>,
  source: string,
): Condition | ConditionProblem {
  try {
    const expression = checked(environment, source);
    const calls = callsOfMatches(expression.ast);
    for (const { receiver, pattern } of calls) {
      const problem = problemOfPattern(patterns, pattern);
      if (problem !== undefined) throw new Problem(problem, (pattern ?? receiver).range.start);
    }
    const cost = costOf(expression.ast, declared, (pattern) => patterns.sizeOf(pattern));
    if (typeof cost === 'object') throw new Problem(cost.message, cost.node.range.start);
    if (cost > HIGHEST_COST.rule) {
      throw new Problem(
        `the condition may take ${cost} steps, more than the ${HIGHEST_COST.rule} of a rule: use fewer or shorter ` +
          'lists, comprehensions and patterns',
        0,
      );
    }
    const linear = calls.length === 0 ? expression : checked(environment, withLinearMatches(source, calls));
    if (callsOfMatches(linear.ast).length > 0) {
      throw new Problem('write the call of matches() without a comment between text and name', 0);
    }
    const facts = [...new Set(identifiers(expression.ast))].filter((name) => declared.has(name)).toSorted();
    const parts = partOf(environment, declared, linear.ast);
    return {
      source,
      facts,
      cost,
      test: (values) => test(linear, parts, facts, values),
      testByEvaluator: (values) => evaluated(linear, values),
    };
  } catch (error) {
    return problemOf(error, source, declared);
  }
}

/** A condition as its author wrote it: its syntax, its types, and that it comes out true or false. */
function checked(environment: Environment, source: string): ParseResult {
  const expression = environment.parse(source);
  const { type, error } = expression.check();
  if (error !== undefined) throw error;
  if (type === 'bool') return expression;
  throw new Problem(`the condition has to come out true or false, but it is of type ${type}`, 0);
}

function problemOfPattern(patterns: Patterns, pattern: ASTNode | undefined): string | undefined {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
    return 'the pattern of matches() has to be a text in quotes, so that it can be checked';
  }
  const problem = patterns.add(pattern.args);
  return problem === undefined ? undefined : `the pattern cannot be read: ${problem}`;
}

/** What is wrong with a condition beyond its syntax and types. */
class Problem extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Evaluates, unless a fact is missing and the parts can find the result. */
function test(
  expression: ParseResult,
  parts: ConditionPart,
  facts: readonly string[],
  values: ConditionValues,
): Verdict {
  if (facts.every((name) => values.has(name))) return evaluated(expression, values);
  const verdict = parts(values);
  if (verdict === undefined) return evaluated(expression, values);
  if (verdict === 'missingFact') return { outcome: verdict };
  return { outcome: verdict ? 'matched' : 'notMatched' };
}

/** What the evaluator makes of it, missing facts included. */
function evaluated(expression: ParseResult, values: ConditionValues): Verdict {
  try {
    const answer: unknown = expression(values);
    return { outcome: answer === true ? 'matched' : 'notMatched' };
  } catch (error) {
    if (!(error instanceof EvaluationError)) return { outcome: 'error', error: String(error) };
    if (error.code === 'unknown_variable') return { outcome: 'missingFact' };
    return { outcome: 'error', error: error.summary };
  }
}

function problemOf(error: unknown, source: string, declared: ReadonlySet<string>): ConditionProblem {
  if (error instanceof Problem) return { message: error.message, offset: error.offset };
  if (!(error instanceof ParseError || error instanceof CelTypeError)) {
    return { message: `the condition cannot be read: ${String(error)}`, offset: 0 };
  }
  const { start = 0, end = start } = error.range ?? {};
  if (error.code === 'unknown_variable') {
    const facts = [...declared].toSorted().join(', ');
    return {
      message: `there is no fact "${source.slice(start, end)}"; the facts are ${facts}`,
      offset: start,
    };
  }
  return { message: `the condition cannot be read: ${error.summary}`, offset: start };
}

function identifiers(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(identifiers);
  if (typeof node !== 'object' || node === null || !('op' in node) || !('args' in node)) return [];
  return node.op === 'id' && typeof node.args === 'string' ? [node.args] : identifiers(node.args);
}
