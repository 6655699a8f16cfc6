import { CARD_NUMBER, holdsCardNumber } from './card.ts';
import { isLongerThan } from './text.ts';

/** The subscriber of what holds for every subscriber that has none of its own: rule sets, settings, gateways. */
export const EVERYBODY = '*';

/** Who acts: a person or a service account, by name, or a part of this system. */
export type Actor = string | { readonly part: SystemPart };

/** Who changes something, and why: for the audit. */
export interface Signed<By extends Actor = string> {
  readonly actor: By;
  readonly reason: string;
}

/**
 * Names are what people type: blanks, letter case, Unicode form, characters that are not seen, and letters of other
 * alphabets that look the same make no other person.
 */
export function isSamePerson(one: string, other: string): boolean {
  return comparableName(one) === comparableName(other);
}

/** What a name is compared as; the record keeps it beside the name. */
export function comparableName(name: string): string {
  const seen = name
    .normalize('NFKC')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu, (character) =>
      /[\t-\r\u0085]/.test(character) ? ' ' : '',
    )
    .toLowerCase()
    .normalize('NFKC');
  return Array.from(seen, (letter) => LOOKS_LIKE[letter] ?? letter)
    .join('')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Small letters of Cyrillic, Greek and Armenian that look like a Latin one (UTS #39, confusables). */
const LOOKS_LIKE: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['a', 'а α ɑ'],
    ['b', 'ь в'],
    ['c', 'с ϲ'],
    ['d', 'ԁ'],
    ['e', 'е ҽ'],
    ['g', 'ɡ ց'],
    ['h', 'һ н հ'],
    ['i', 'і ι ı ɩ'],
    ['j', 'ј ϳ'],
    ['k', 'к κ'],
    ['l', 'ӏ ⅼ'],
    ['m', 'м'],
    ['n', 'ո η'],
    ['o', 'о ο σ օ'],
    ['p', 'р ρ'],
    ['q', 'ԛ զ'],
    ['r', 'г'],
    ['s', 'ѕ'],
    ['t', 'т τ'],
    ['u', 'υ ս'],
    ['v', 'ν ѵ'],
    ['w', 'ԝ ω ѡ'],
    ['x', 'х χ'],
    ['y', 'у γ ү'],
    ['z', 'ᴢ'],
  ].flatMap(([latin = '', others = '']) => others.split(' ').map((other) => [other, latin])),
);

/** The parts of the system that decide and record; each is its own actor in the audit. */
export const systemParts = [
  'rules',
  'gateway',
  'deadline',
  'expiry',
  'customer block',
  'lifecycle',
  'worker',
  'delivery',
  'reconciliation',
  'consistency check',
] as const;

export type SystemPart = (typeof systemParts)[number];

/** The actor of what the gateway itself says of a refund. */
export const THE_GATEWAY: Actor = { part: 'gateway' };

/** Who a message names. A part of the system goes by its name there, which no person can have. */
export function actorNamed(name: string): Actor {
  const part = systemParts.find((each) => each === name);
  return part === undefined ? name : { part };
}

/** An actor as the record has it. */
interface RecordedActor {
  readonly name: string;
  readonly kind: 'user' | 'part';
}

/** The actor that the record has; a name that is no part's is taken for a user's, whatever the record calls it. */
export function actorOnRecord({ name, kind }: RecordedActor): Actor {
  return kind === 'part' ? actorNamed(name) : name;
}

/** An actor for people to read. */
export function actorText(actor: Actor): string {
  return typeof actor === 'string' ? actor : `${actor.part} (part of the system)`;
}

/** An actor as it is put on record. */
export function recordedActor(actor: Actor): RecordedActor {
  return typeof actor === 'string' ? { name: actor, kind: 'user' } : { name: actor.part, kind: 'part' };
}

/** Names that are nobody's own, beside the parts of this system. */
const NOBODY = ['unknown', 'system', 'operator', 'api', 'temporal', 'payment-block', 'everybody', EVERYBODY];

const RESERVED = new Set([...systemParts, ...NOBODY].map(comparableName));

/**
 * Why a name cannot be a person's who acts, if it cannot.
 * @returns the reason, to be read after what holds the name: "operator …"
 */
export function problemOfName(name: string): string | undefined {
  const comparable = comparableName(name);
  if (comparable === '') return 'is missing: say who you are';
  if (comparable === EXAMPLE_OPERATOR) return 'is still the example: put your own name in';
  if (RESERVED.has(comparable)) {
    return `cannot be "${name.trim()}": that is a part of the system, not a person`;
  }
  if (isLongerThan(name, LONGEST_NAME)) return `is longer than ${LONGEST_NAME} characters`;
  return holdsCardNumber(name) ? CARD_NUMBER : undefined;
}

/** Stands in examples where a person's own name goes. It is refused: two who leave it in would count as one. */
export const EXAMPLE_OPERATOR = 'your name';

const LONGEST_NAME = 100;
