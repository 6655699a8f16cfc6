import type { ASTNode } from '@marcbachmann/cel-js';

/** The longest text that a fact may be, in characters; a longer one is an error of the rule that reads it. */
export const LONGEST_FACT = 255;

/**
 * The most steps that one evaluation may take: of a rule, and of all rules of a set together. A step takes about 50 ns,
 * so that a set is decided within a few milliseconds, whatever the facts are.
 */
export const HIGHEST_COST = { rule: 20_000, ruleSet: 100_000 } as const;

/** Why a condition has no cost: it uses what no bound is known for. */
export interface Unbounded {
  readonly message: string;
  readonly node: ASTNode;
}

/**
 * The most steps that a condition can take, whatever its facts are: from the longest text of a fact, the literals, and
 * how often each comprehension (all, exists, map, filter) goes round. The same approach as Kubernetes takes for its CEL
 * rules.
 * @param patternSize instructions of a pattern of `matches`
 */
export function costOf(
  node: ASTNode,
  facts: ReadonlySet<string>,
  patternSize: (pattern: string) => number,
): number | Unbounded {
  const scope = new Map([...facts].map((name): [string, Size] => [name, { length: LONGEST_FACT }]));
  try {
    return new Estimate(patternSize).of(node, scope).cost;
  } catch (error) {
    if (error instanceof NoBound) return { message: error.message, node: error.node };
    throw error;
  }
}

/** The largest that a value can be: characters of a text, or elements of a list and the largest of them. */
interface Size {
  readonly length: number;
  readonly element?: Size;
}
type Scope = ReadonlyMap<string, Size>;

interface Bound {
  readonly cost: number;
  readonly size: Size;
}

const SCALAR: Size = { length: 0 };
/** Numbers and moments as text. */
const NUMBER_TEXT: Size = { length: 40 };
/** A moment in a time zone has to be formatted. */
const TIME_ZONE_COST = 200;

const COMPREHENSIONS = ['all', 'exists', 'exists_one', 'map', 'filter'];
const LOOKS_THROUGH = ['contains', 'indexOf', 'lastIndexOf', 'size'];
const LOOKS_AT_AN_END = ['startsWith', 'endsWith'];
const PARTS_OF_TEXT = ['substring', 'trim', 'lowerAscii', 'upperAscii'];
const CONVERSIONS = ['int', 'uint', 'double', 'bool', 'timestamp', 'duration'];
const OF_A_MOMENT =
  /^get(Date|DayOfMonth|DayOfWeek|DayOfYear|FullYear|Hours|Milliseconds|Minutes|Month|Seconds)$/;

class NoBound extends Error {
  readonly node: ASTNode;

  constructor(message: string, node: ASTNode) {
    super(message);
    this.node = node;
  }
}

class Estimate {
  private readonly patternSize: (pattern: string) => number;

  constructor(patternSize: (pattern: string) => number) {
    this.patternSize = patternSize;
  }

  of(node: ASTNode, scope: Scope): Bound {
    switch (node.op) {
      case 'value':
        return { cost: 1, size: { length: typeof node.args === 'string' ? node.args.length : 0 } };
      case 'id':
        return { cost: 1, size: scope.get(node.args) ?? SCALAR };
      case 'list':
        return this.literal(node.args, scope);
      case 'map':
        return this.literal(node.args.flat(), scope);
      case 'call':
        return this.call(node, node.args[0], node.args[1], scope);
      case 'rcall':
        return this.method(node, ...node.args, scope);
      case '.':
      case '.?':
        return this.element(this.of(node.args[0], scope));
      case '[]':
      case '[?]': {
        const [container, index] = node.args.map((arg) => this.of(arg, scope));
        return this.element(plus(container, index));
      }
      case '!_':
      case '-_':
        return plus(this.of(node.args, scope));
      case '?:': {
        const [condition, ...ways] = node.args.map((arg) => this.of(arg, scope));
        return { ...plus(condition, ...ways), size: largest(ways.map(({ size }) => size)) };
      }
      case '+': {
        const sides = node.args.map((arg) => this.of(arg, scope));
        return plus(...sides, { cost: 0, size: joined(sides.map(({ size }) => size)) });
      }
      case '==':
      case '!=':
      case 'in':
      case '<':
      case '<=':
      case '>':
      case '>=':
      case '&&':
      case '||':
      case '-':
      case '*':
      case '/':
      case '%': {
        const sides = node.args.map((arg) => this.of(arg, scope));
        // Two texts are compared up to the end of the shorter one; a value is looked for in all of a list.
        const costs = sides.map(({ size }) => toCompare(size));
        const compared = node.op === 'in' ? Math.max(...costs) : Math.min(...costs);
        return plus(...sides, { cost: compared, size: SCALAR });
      }
    }
  }

  private literal(nodes: readonly ASTNode[], scope: Scope): Bound {
    const elements = nodes.map((each) => this.of(each, scope));
    const element = largest(elements.map(({ size }) => size));
    return plus(...elements, { cost: 0, size: { length: nodes.length, element } });
  }

  private element({ cost, size }: Bound): Bound {
    return { cost: cost + 1, size: size.element ?? SCALAR };
  }

  private call(node: ASTNode, name: string, nodes: readonly ASTNode[], scope: Scope): Bound {
    const given = nodes.map((each) => this.of(each, scope));
    const read = texts(given.reduce((sum, { size }) => sum + volume(size), 0));
    if (name === 'has' || name === 'size' || CONVERSIONS.includes(name)) {
      return plus(...given, { cost: read, size: SCALAR });
    }
    if (name === 'string') {
      return plus(...given, { cost: read, size: largest([NUMBER_TEXT, ...given.map(({ size }) => size)]) });
    }
    throw new NoBound(`a condition cannot call ${name}()`, node);
  }

  private method(
    node: ASTNode,
    name: string,
    receiverNode: ASTNode,
    nodes: readonly ASTNode[],
    scope: Scope,
  ): Bound {
    const receiver = this.of(receiverNode, scope);
    if (COMPREHENSIONS.includes(name)) return this.comprehension(name, receiver, nodes, scope);
    if (name === 'matches') return this.matches(receiver, nodes);
    const given = nodes.map((each) => this.of(each, scope));
    const ofText = texts(receiver.size.length);
    if (LOOKS_AT_AN_END.includes(name)) {
      const looked = texts(given.reduce((sum, { size }) => sum + size.length, 0));
      return plus(receiver, ...given, { cost: looked, size: SCALAR });
    }
    if (LOOKS_THROUGH.includes(name)) {
      const searched = texts(given.reduce((sum, { size }) => sum + size.length, 0));
      return plus(receiver, ...given, { cost: ofText * Math.max(searched, 1), size: SCALAR });
    }
    if (PARTS_OF_TEXT.includes(name)) return plus(receiver, ...given, { cost: ofText, size: receiver.size });
    if (name === 'split') {
      const { length } = receiver.size;
      return plus(receiver, ...given, { cost: length, size: { length: length + 1, element: { length } } });
    }
    if (name === 'join') {
      const between = given.reduce((sum, { size }) => sum + size.length, 0);
      const length = receiver.size.length * (volume(receiver.size.element ?? SCALAR) + between);
      return plus(receiver, ...given, { cost: texts(length) + receiver.size.length, size: { length } });
    }
    if (OF_A_MOMENT.test(name)) {
      return plus(receiver, ...given, { cost: given.length * TIME_ZONE_COST, size: SCALAR });
    }
    throw new NoBound(`a condition cannot call ${name}()`, node);
  }

  /** Its body once for every element of the list. */
  private comprehension(name: string, list: Bound, nodes: readonly ASTNode[], scope: Scope): Bound {
    const [variable, ...bodies] = nodes;
    const element = list.size.element ?? SCALAR;
    const inner = new Map(scope);
    if (variable?.op === 'id') inner.set(variable.args, element);
    const round = plus(...bodies.map((body) => this.of(body, inner)));
    const result = { map: round.size, filter: element }[name];
    return {
      cost: list.cost + 1 + list.size.length * round.cost,
      size: result ? { length: list.size.length, element: result } : SCALAR,
    };
  }

  /** Linear in text and pattern. */
  private matches(receiver: Bound, [pattern]: readonly ASTNode[]): Bound {
    const size = pattern?.op === 'value' ? this.patternSize(String(pattern.args)) : 0;
    return plus(receiver, { cost: 1 + texts(receiver.size.length * size), size: SCALAR });
  }
}

/** One step more than its parts, and the last one's size. */
function plus(...parts: readonly (Bound | undefined)[]): Bound {
  const cost = parts.reduce((sum, part) => sum + (part?.cost ?? 0), 1);
  return { cost, size: parts.at(-1)?.size ?? SCALAR };
}

function largest(sizes: readonly Size[]): Size {
  const elements = sizes.flatMap(({ element }) => element ?? []);
  return {
    length: Math.max(0, ...sizes.map(({ length }) => length)),
    ...(elements.length === 0 ? {} : { element: largest(elements) }),
  };
}

function joined(sizes: readonly Size[]): Size {
  return { ...largest(sizes), length: sizes.reduce((sum, { length }) => sum + length, 0) };
}

/** How many characters and elements a value has, at most. */
function volume({ length, element }: Size): number {
  return element === undefined ? length : length * (1 + volume(element));
}

/** A step for each element, and for ten characters of a text. */
function toCompare({ length, element }: Size): number {
  return element === undefined ? texts(length) : length * (1 + toCompare(element));
}

/** Going through a text costs a step for every ten characters. */
function texts(characters: number): number {
  return Math.ceil(characters / 10);
}
