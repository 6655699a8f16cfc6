import type { ParsedNode } from 'yaml';
import type { RuleEffect } from '../domain/decision.ts';
import { conditionCompiler, type ConditionCompiler } from './condition.ts';
import { DocumentReader, type RuleSetProblem } from './document.ts';
import { HIGHEST_COST } from './cost.ts';
import { factCatalogue } from './facts.ts';
import { readAggregate, readList } from './declared-facts.ts';
import { thresholdEffects, type Rule, type RuleSet, type ScoreThreshold } from './rule-set.ts';
import { pointsOf } from './score.ts';

/**
 * Reads a rule set and checks all of it: syntax, conditions and their types, unknown facts and effects, duplicate
 * names, windows. rules/default.yaml is an example with every field.
 * @param text a YAML or JSON document
 * @param hash digest of the text, made by the caller: nothing here reaches for node:crypto
 * @returns the rule set ready to be evaluated, or everything that is wrong with the document
 */
export function parseRuleSet(
  text: string,
  hash: string,
): { readonly ruleSet: RuleSet } | { readonly problems: readonly RuleSetProblem[] } {
  const reader = new DocumentReader(text);
  const { root, problems } = reader;
  if (root === undefined || problems.length > 0) return { problems };
  const ruleSet = readRuleSet(reader, root, hash);
  return ruleSet === undefined || problems.length > 0 ? { problems } : { ruleSet };
}

/** A problem in one line: "line 12, column 9, rule cards-per-ip: there is no fact …". */
export function formatProblem({ line, column, rule, message }: RuleSetProblem): string {
  return `line ${line}, column ${column}${rule === undefined ? '' : `, rule ${rule}`}: ${message}`;
}

function readRuleSet(reader: DocumentReader, root: ParsedNode, hash: string): RuleSet | undefined {
  const fields = reader.fields(
    root,
    'the rule set',
    ['name', 'version', 'cardTypesAvailableOnline', 'rules'],
    ['enforce', 'aggregates', 'lists', 'scoreThresholds'],
  );
  const name = reader.text(fields.get('name'), '"name"');
  const version = positive(reader, fields.get('version'), '"version"');
  const enforce = reader.flag(fields.get('enforce'), '"enforce"') ?? false;
  const cardTypesAvailableOnline = reader
    .list(fields.get('cardTypesAvailableOnline'), '"cardTypesAvailableOnline"')
    .flatMap((node) => reader.text(node, 'a card type') ?? []);

  const compiler = conditionCompiler();
  for (const [fact, { type }] of Object.entries(factCatalogue)) compiler.declare(fact, type);
  const aggregates = reader
    .list(fields.get('aggregates'), '"aggregates"')
    .flatMap((node) => readAggregate(reader, compiler, node) ?? []);
  const lists = reader
    .list(fields.get('lists'), '"lists"')
    .flatMap((node) => readList(reader, compiler, node) ?? []);
  const rules = readRules(reader, compiler, fields.get('rules'), cardTypesAvailableOnline);

  const scoreThresholds = readThresholds(reader, fields.get('scoreThresholds'), rules);
  const cost = rules.reduce((sum, { when }) => sum + when.cost, 0);
  if (cost > HIGHEST_COST.ruleSet) {
    const dearest = rules
      .toSorted((a, b) => b.when.cost - a.when.cost)
      .slice(0, 3)
      .map(({ id, when }) => `${id} (${when.cost})`);
    reader.report(
      fields.get('rules') ?? root,
      `the rules may take ${cost} steps together, more than the ${HIGHEST_COST.ruleSet} of a rule set; ` +
        `the dearest are ${dearest.join(', ')}`,
    );
  }

  if (name === undefined || version === undefined) return undefined;
  return {
    name,
    version,
    hash,
    enforce,
    cardTypesAvailableOnline,
    aggregates,
    lists,
    scoreThresholds,
    rules,
  };
}

function readRules(
  reader: DocumentReader,
  compiler: ConditionCompiler,
  node: ParsedNode | undefined,
  cardTypes: readonly string[],
): Rule[] {
  const ids = new Set<string>();
  const rules = reader.list(node, '"rules"').flatMap((ruleNode, index) => {
    reader.rule = `rule ${index + 1}`;
    return readRule(reader, compiler, ruleNode, cardTypes, ids) ?? [];
  });
  reader.rule = undefined;
  return rules.toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
}

function readRule(
  reader: DocumentReader,
  compiler: ConditionCompiler,
  node: ParsedNode,
  cardTypes: readonly string[],
  ids: Set<string>,
): Rule | undefined {
  const id = idOf(node);
  if (id !== undefined) reader.rule = id;
  const fields = reader.fields(
    node,
    'a rule',
    ['id', 'description', 'when', 'then'],
    ['priority', 'ifMissing'],
  );
  const idNode = fields.get('id');
  if (idNode !== undefined && id === undefined) {
    reader.report(idNode, 'an id is up to 64 small letters, digits and hyphens');
  } else if (idNode !== undefined && thresholdEffects.some((effect) => id === `score-${effect}`)) {
    reader.report(idNode, 'results use this id for a score threshold: choose another');
  } else if (idNode !== undefined && id !== undefined && ids.has(id)) {
    reader.report(idNode, 'there is another rule with this id');
  }
  if (id !== undefined) ids.add(id);
  const description = reader.text(fields.get('description'), '"description"');
  const when = readCondition(reader, compiler, fields.get('when'));
  const then = reader
    .list(fields.get('then'), '"then"')
    .flatMap((effect) => readEffect(reader, effect, cardTypes) ?? []);
  const priority = reader.wholeNumber(fields.get('priority'), '"priority"') ?? 0;
  const ifMissing = reader.oneOf(fields.get('ifMissing'), '"ifMissing"', ['hold', 'skip']) ?? 'hold';
  if (id === undefined || description === undefined || when === undefined) return undefined;
  return { id, description: description.trim(), when, then: [...new Set(then)], priority, ifMissing };
}

function idOf(node: ParsedNode): string | undefined {
  const id: unknown = 'get' in node ? node.get('id') : undefined;
  return typeof id === 'string' && /^[a-z0-9][a-z0-9-]{0,63}$/.test(id) ? id : undefined;
}

function readCondition(reader: DocumentReader, compiler: ConditionCompiler, node: ParsedNode | undefined) {
  const source = reader.text(node, '"when"');
  if (node === undefined || source === undefined) return undefined;
  const condition = compiler.compile(source);
  if ('test' in condition) return condition;
  reader.report(reader.placeInText(node, condition.offset), condition.message);
  return undefined;
}

const PLAIN_EFFECTS = ['decline', 'hold', 'blockOnlinePayment', 'customerBlocked', 'notify'] as const;
const REMOVE_CARD_TYPE = 'removeCardType:';
const SCORE = 'score:';
const MAX_SCORE = 1000;

function readEffect(
  reader: DocumentReader,
  node: ParsedNode,
  cardTypes: readonly string[],
): RuleEffect | undefined {
  const text = reader.text(node, 'an effect');
  if (text === undefined) return undefined;
  const plain = PLAIN_EFFECTS.find((effect) => effect === text);
  if (plain !== undefined) return plain;
  if (text.startsWith(SCORE)) return readScore(reader, node, text);
  if (!text.startsWith(REMOVE_CARD_TYPE)) {
    reader.report(
      node,
      `there is no effect "${text}"; the effects are ${PLAIN_EFFECTS.join(', ')}, ${SCORE}…, ${REMOVE_CARD_TYPE}…`,
    );
    return undefined;
  }
  const cardType = text.slice(REMOVE_CARD_TYPE.length);
  if (cardTypes.includes(cardType)) return `removeCardType:${cardType}`;
  reader.report(node, `"${cardType}" is not one of "cardTypesAvailableOnline"`);
  return undefined;
}

function readScore(reader: DocumentReader, node: ParsedNode, text: string): RuleEffect | undefined {
  const score = Number(/^score:(-?[1-9]\d{0,3})$/.exec(text)?.[1] ?? Number.NaN);
  if (Math.abs(score) <= MAX_SCORE) return `score:${score}`;
  reader.report(node, `a score is a whole number up to ${MAX_SCORE}, such as score:20 or score:-10`);
  return undefined;
}

/** Thresholds that no rules could ever reach together are a mistake: an author relies on them. */
function readThresholds(
  reader: DocumentReader,
  node: ParsedNode | undefined,
  rules: readonly Rule[],
): ScoreThreshold[] {
  if (node === undefined) return [];
  const points = rules.flatMap(({ then }) => then.map((effect) => pointsOf(effect) ?? 0));
  const highest = points.filter((score) => score > 0).reduce((sum, score) => sum + score, 0);
  const fields = reader.fields(node, '"scoreThresholds"', [], thresholdEffects);
  return thresholdEffects.flatMap((effect) => {
    const threshold = fields.get(effect);
    const score = positive(reader, threshold, `the threshold for ${effect}`);
    if (threshold === undefined || score === undefined) return [];
    if (score > highest) {
      reader.report(threshold, `${score} is never reached: the scores of all rules add up to ${highest}`);
    }
    return { effect, score };
  });
}

function positive(reader: DocumentReader, node: ParsedNode | undefined, what: string): number | undefined {
  const value = reader.wholeNumber(node, what);
  // The version is stored as a Postgres integer.
  if (node === undefined || value === undefined || (value > 0 && value <= 2_147_483_647)) return value;
  reader.report(node, `${what} counts from 1`);
  return undefined;
}
