import { CARD_NUMBER, holdsCardNumber } from '../card.ts';
import type { SignedMessage } from '../commands.ts';
import { EXAMPLE_OPERATOR, problemOfName } from '../people.ts';
import { storable } from '../text.ts';

/** The result of reading an operator's input. Reading never throws: the workflow that reads must never be wedged. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** The operator: where it can be read who has sent it. */
  | { readonly ok: false; readonly problem: string; readonly operator?: string };

/** The operator's field in an example. */
export const BY = `"operator": "${EXAMPLE_OPERATOR}"`;

type FieldReader = (name: string) => unknown;

/**
 * Reads one JSON object with an operator's name, and a reason or none; letter case of the fields does not matter.
 * @param read reads the message's own fields
 */
export function readSigned<T>(
  input: unknown,
  example: string,
  read: (field: FieldReader, signed: SignedMessage) => Parsed<T>,
): Parsed<T> {
  if (input === undefined || input === null) return refuse('nothing came with it', example);
  if (typeof input !== 'object' || Array.isArray(input)) return refuse('it takes one JSON object', example);
  const fields = new Map(Object.entries(input).map(([name, value]) => [name.toLowerCase(), value]));
  const field: FieldReader = (name) => fields.get(name.toLowerCase());
  const operator = readText(field('operator')) ?? '';
  const problem = problemOfName(operator);
  if (problem !== undefined) return refuse(`operator ${problem}`, example);
  const reason = readText(field('reason')) ?? '';
  if (holdsCardNumber(reason)) return { ...refuse(`reason ${CARD_NUMBER}`, example), operator };
  const parsed = read(field, { operator, reason });
  return parsed.ok ? parsed : { ...parsed, operator };
}

/** The name that was typed into a message, if one was. */
export function typedOperator(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const typed = Object.entries(input).findLast(([name]) => name.toLowerCase() === 'operator');
  return typed && readText(typed[1]);
}

/** The message in the name of who is proven to have sent it: what was typed there does not count. */
export function inTheNameOf(name: string, input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const others = Object.entries(input).filter(([field]) => field.toLowerCase() !== 'operator');
  return { ...Object.fromEntries(others), operator: name };
}

const MAX_TEXT = 500;

/** On one line: a line break in a name or a reason would begin a paragraph, or a headline, of the details. */
export function readText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? storable(onOneLine(value).slice(0, MAX_TEXT)) : '';
  return text === '' ? undefined : text;
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** @param example what would be taken instead */
export function refuse(problem: string, example: string): { ok: false; problem: string } {
  return { ok: false, problem: `${problem}. Example: ${example}` };
}

/** A problem for a sender who types no JSON: without the example, and without a full stop. */
export function withoutExample(problem: string): string {
  return problem.replace(/\. Example: .*$/, '');
}

/** Reads a message that is no more than its signature. */
export function parserOfSignature(example: string): (input: unknown) => Parsed<SignedMessage> {
  return (input) => readSigned(input, example, (_field, signed) => ({ ok: true, value: signed }));
}
