import { type ASTNode, type Environment, serialize } from '@marcbachmann/cel-js';
import type { FactValue, Facts } from '../domain/decision.ts';

/** A condition's result with facts missing; undefined where only the evaluator itself can find it. */
export type PartVerdict = boolean | 'missingFact' | undefined;

export type ConditionPart = (values: ConditionValues) => PartVerdict;

/**
 * Takes a condition apart at its `&&`, `||`, `!` and `?:`, down to parts about one fact, and puts their verdicts
 * together as CEL does. The evaluator reports a missing fact by an error with its stack and an excerpt of the
 * source, which takes many times as long as a comparison; a part whose one fact is missing needs no evaluator.
 */
export function partOf(environment: Environment, facts: ReadonlySet<string>, node: ASTNode): ConditionPart {
  const part = (inner: ASTNode) => partOf(environment, facts, inner);
  if (node.op === '&&') return both(part(node.args[0]), part(node.args[1]), false);
  if (node.op === '||') return both(part(node.args[0]), part(node.args[1]), true);
  if (node.op === '!_') return not(part(node.args));
  if (node.op === '?:') return choice(part(node.args[0]), part(node.args[1]), part(node.args[2]));
  return aboutOneFact(environment, facts, node);
}

/** `&&` ends where one side is false, whatever the other is, and `||` where one is true. */
function both(left: ConditionPart, right: ConditionPart, end: boolean): ConditionPart {
  return (values) => {
    const first = left(values);
    if (first === end || first === undefined) return first;
    const second = right(values);
    return second === !end ? first : second;
  };
}

function not(part: ConditionPart): ConditionPart {
  return (values) => {
    const verdict = part(values);
    return typeof verdict === 'boolean' ? !verdict : verdict;
  };
}

function choice(condition: ConditionPart, yes: ConditionPart, no: ConditionPart): ConditionPart {
  return (values) => {
    const verdict = condition(values);
    if (typeof verdict !== 'boolean') return verdict;
    return verdict ? yes(values) : no(values);
  };
}

function aboutOneFact(environment: Environment, facts: ReadonlySet<string>, node: ASTNode): ConditionPart {
  const fact = soleFact(node);
  if (fact === undefined || !facts.has(fact)) return () => undefined;
  const expression = environment.parse(serialize(node));
  if (!expression.check().valid) return () => undefined;
  return (values) => {
    if (!values.has(fact)) return 'missingFact';
    try {
      const answer: unknown = expression(values);
      return typeof answer === 'boolean' ? answer : undefined;
    } catch {
      return undefined;
    }
  };
}

/**
 * The one fact of a fact alone, of a comparison with literals, or of a call on it with literals: where it is missing,
 * nothing else can go wrong before.
 */
function soleFact(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args;
  if (isComparison(node)) {
    const [left, right] = node.args;
    if (left.op === 'id' && isLiteral(right)) return left.args;
    return right.op === 'id' && isLiteral(left) ? right.args : undefined;
  }
  if (node.op !== 'rcall') return undefined;
  const [, receiver, given] = node.args;
  return receiver.op === 'id' && given.every(isLiteral) ? receiver.args : undefined;
}

type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in';

function isComparison(node: ASTNode): node is Extract<ASTNode, { op: Comparison }> {
  return ['==', '!=', '<', '<=', '>', '>=', 'in'].includes(node.op);
}

function isLiteral(node: ASTNode): boolean {
  return node.op === 'value' || (node.op === 'list' && node.args.every(isLiteral));
}

/** The facts that were given, in CEL's own types. */
export type ConditionValues = ReadonlyMap<string, FactValue | bigint>;

/** The facts as conditions read them: whole numbers as CEL ints, and without those that were not given. */
export function conditionValues(facts: Facts): ConditionValues {
  const values = new Map<string, FactValue | bigint>();
  for (const [name, value] of Object.entries(facts)) {
    if (value !== null) values.set(name, Number.isSafeInteger(value) ? BigInt(Number(value)) : value);
  }
  return values;
}
