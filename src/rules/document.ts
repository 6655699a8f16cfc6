import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, type Scalar } from 'yaml';

/** What is wrong with a rule set's document, and where: line and column count from one. */
export interface RuleSetProblem {
  readonly line: number;
  readonly column: number;
  /** The rule that it is about, by id, or by its place ("rule 3") where it has none. */
  readonly rule?: string;
  readonly message: string;
}

/** A place in the document that problems are reported against. */
export type Place = ParsedNode | number;

/** The fields of a mapping by name. */
export type Fields = ReadonlyMap<string, ParsedNode>;

// One missing bracket can be a thousand faults further down.
const SYNTAX_FAULTS_TOLD = 10;
const FAULTS_TOLD = 100;

/**
 * The largest document of a rule set, in characters: some 1,000 rules. Reading it takes up to a fifth of a second, in which
 * nothing else happens. Long lists of addresses belong into the subscriber's lists, which have no such limit.
 */
export const LONGEST_DOCUMENT = 160_000;

/**
 * Reads a YAML (or JSON) document node by node, and notes down every problem with its place instead of stopping at
 * the first. A reader function that answers undefined has reported why.
 */
export class DocumentReader {
  readonly problems: RuleSetProblem[] = [];
  /** Named in the problems reported from now on. */
  rule: string | undefined;
  readonly root: ParsedNode | undefined;
  private readonly lines = new LineCounter();
  private readonly source: string;

  constructor(text: string) {
    this.source = text;
    if (text.length > LONGEST_DOCUMENT) {
      this.report(
        0,
        `the document has ${text.length} characters, more than the ${LONGEST_DOCUMENT} of a rule set`,
      );
      return;
    }
    const document = parseDocument(text, {
      lineCounter: this.lines,
      prettyErrors: false,
      // Fields are compared below: the library compares each key with every other one.
      uniqueKeys: false,
    });
    const faults = [...document.errors, ...document.warnings].slice(0, SYNTAX_FAULTS_TOLD);
    for (const { pos, message } of faults) this.report(pos[0], message);
    this.root = document.contents ?? undefined;
    if (this.root === undefined && this.problems.length === 0) this.report(0, 'the document is empty');
  }

  report(place: Place, message: string): void {
    if (this.problems.length >= FAULTS_TOLD) return;
    const { line, col } = this.lines.linePos(typeof place === 'number' ? place : place.range[0]);
    const at = { line: Math.max(line, 1), column: Math.max(col, 1), message };
    this.problems.push(this.rule === undefined ? at : { ...at, rule: this.rule });
  }

  /** The fields of a mapping; unknown ones, and required ones that are not there, are problems. */
  fields(node: ParsedNode, what: string, required: readonly string[], optional: readonly string[]): Fields {
    const fields = new Map<string, ParsedNode>();
    if (!isMap<ParsedNode, ParsedNode | null>(node)) {
      this.report(node, `${what} has to be a mapping with the fields ${required.join(', ')}`);
      return fields;
    }
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === undefined || ![...required, ...optional].includes(name)) {
        this.report(
          key,
          `${what} has no field "${name ?? '?'}"; it has ${[...required, ...optional].join(', ')}`,
        );
      } else if (fields.has(name)) {
        this.report(key, `there is another field "${name}"`);
      } else if (value === null) {
        this.report(key, `"${name}" has no value`);
      } else {
        fields.set(name, value);
      }
    }
    const named = node.items.map(({ key }) => (isScalar(key) ? key.value : undefined));
    for (const name of required)
      if (!named.includes(name)) this.report(node, `${what} lacks the field "${name}"`);
    return fields;
  }

  list(node: ParsedNode | undefined, what: string): readonly ParsedNode[] {
    if (node === undefined) return [];
    if (isSeq<ParsedNode>(node)) return node.items;
    this.report(node, `${what} has to be a list`);
    return [];
  }

  /** A text that is not blank. */
  text(node: ParsedNode | undefined, what: string): string | undefined {
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === 'string' && node.value.trim() !== '') return node.value;
    this.report(node, `${what} has to be a text`);
    return undefined;
  }

  wholeNumber(node: ParsedNode | undefined, what: string): number | undefined {
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === 'number' && Number.isSafeInteger(node.value))
      return node.value;
    this.report(node, `${what} has to be a whole number`);
    return undefined;
  }

  flag(node: ParsedNode | undefined, what: string): boolean | undefined {
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === 'boolean') return node.value;
    this.report(node, `${what} has to be true or false`);
    return undefined;
  }

  oneOf<T extends string>(node: ParsedNode | undefined, what: string, values: readonly T[]): T | undefined {
    if (node === undefined) return undefined;
    const value = values.find((candidate) => isScalar(node) && node.value === candidate);
    if (value === undefined) this.report(node, `${what} has to be one of ${values.join(', ')}`);
    return value;
  }

  /**
   * Where in the document the text's character at `offset` stands. Quoting, folding and indentation put characters
   * in between that are not the text's, so both are walked side by side.
   */
  placeInText(node: ParsedNode, offset: number): Place {
    const [start, end] = node.range;
    if (!isScalar(node) || typeof node.value !== 'string') return start;
    let place = start + contentOffset(node, this.source.slice(start, end));
    for (const character of node.value.slice(0, offset)) {
      if (/\s/.test(character)) continue;
      const found = this.source.indexOf(character, place);
      if (found < 0 || found >= end) return start;
      place = found + character.length;
    }
    while (/\s/.test(this.source.charAt(place))) place += 1;
    return Math.min(place, end);
  }
}

function contentOffset(node: Scalar, source: string): number {
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') return source.indexOf('\n') + 1;
  return node.type === 'PLAIN' ? 0 : 1;
}
