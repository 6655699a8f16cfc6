import type { ASTNode } from '@marcbachmann/cel-js';
import { RE2JS, RE2JSException } from 're2js';

/**
 * The patterns of `matches`, in RE2's dialect as CEL defines it, each compiled once. Matching takes time in proportion
 * to text and pattern, whatever they are; JavaScript's own patterns can take for ever.
 */
export class Patterns {
  private readonly compiled = new Map<string, RE2JS>();

  /** @returns what is wrong with a pattern, if anything */
  add(pattern: string): string | undefined {
    try {
      this.compiled.set(pattern, RE2JS.compile(pattern));
      return undefined;
    } catch (error) {
      if (error instanceof RE2JSException) return error.message;
      throw error;
    }
  }

  /** Whether a part of the text matches. */
  matches(text: string, pattern: string): boolean {
    return this.known(pattern).test(text);
  }

  /** Instructions of the compiled pattern. */
  sizeOf(pattern: string): number {
    return this.known(pattern).programSize();
  }

  private known(pattern: string): RE2JS {
    const known = this.compiled.get(pattern);
    if (known === undefined) throw new Error(`the pattern ${pattern} was not added`);
    return known;
  }
}

/**
 * The evaluator's own `matches` cannot be replaced, so that its calls are given this name, which is as long: places in
 * the text stay where they are.
 */
export const LINEAR_MATCHES = 'matched';

/** The calls of `matches` in a condition. */
export function callsOfMatches(node: ASTNode): MatchesCall[] {
  const inner = nodesIn(node.args).flatMap(callsOfMatches);
  if (node.op !== 'rcall' || node.args[0] !== 'matches') return inner;
  return [...inner, { receiver: node.args[1], pattern: node.args[2][0] }];
}

export interface MatchesCall {
  readonly receiver: ASTNode;
  readonly pattern: ASTNode | undefined;
}

/** The condition with the calls of `matches` renamed. */
export function withLinearMatches(source: string, calls: readonly MatchesCall[]): string {
  return calls.reduce((text, { receiver }) => {
    const at = source.indexOf('matches', receiver.range.end);
    return text.slice(0, at) + LINEAR_MATCHES + text.slice(at + LINEAR_MATCHES.length);
  }, source);
}

function nodesIn(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
