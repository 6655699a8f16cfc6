import { CARD_NUMBER, holdsCardNumber } from './card.ts';
import { isLongerThan } from './text.ts';

/** The subscriber of what holds for every subscriber that has none of its own: rule sets, settings, gateways. */
export const EVERYBODY = '*';

/** Who acts: a person or a service account, by name, or a part of this system. Of a mere name it is only known that it was typed. */
export type Actor = User | { readonly part: SystemPart };

/** A person or a service account. */
export type User = string | KnownActor;

/** A name, and how it is known that it is who acts. */
export interface KnownActor {
  readonly name: string;
  readonly known: Known;
}

/**
 * How it is known who acts.
 *
 * typed      the name was typed: every caller can type every name
 * service    a service account has signed in by its password, and says so
 * signedIn   the log-in provider vouches for the person
 * principal  Temporal stamps the message with the sender's principal
 */
export const waysKnown = ['typed', 'service', 'signedIn', 'principal'] as const;
export type HowKnown = (typeof waysKnown)[number];

/** By which door a message comes: Temporal is its UI, its command line and its clients. */
export const doors = ['temporal', 'desk', 'api', 'cli'] as const;
export type Door = (typeof doors)[number];

/** What is known of who acts. */
export interface Known {
  readonly by: HowKnown;
  readonly door: Door;
  /** The name in the message, where it is another than the one that counts. */
  readonly typedAs?: string;
}

/** Who changes something, and why: for the audit. */
export interface Signed<By extends Actor = User> {
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
  readonly known?: Known;
}

/** The actor that the record has; a name that is no part's is taken for a user's, whatever the record calls it. */
export function actorOnRecord({ name, kind, known }: RecordedActor): Actor {
  if (kind === 'part') return actorNamed(name);
  return known ? { name, known } : name;
}

/** An actor for people to read, with how it is known who it is. */
export function actorText(actor: Actor): string {
  if (typeof actor === 'string') return `${actor} (typed)`;
  if ('part' in actor) return `${actor.part} (part of the system)`;
  const { by, door, typedAs } = actor.known;
  const typed = typedAs === undefined ? '' : `, typed as ${typedAs}`;
  return `${actor.name} (${HOW_KNOWN[by]}, ${DOORS[door]}${typed})`;
}

const HOW_KNOWN: Readonly<Record<HowKnown, string>> = {
  typed: 'typed',
  service: 'service account',
  signedIn: 'signed in',
  principal: "Temporal's principal",
};

const DOORS: Readonly<Record<Door, string>> = {
  temporal: 'by Temporal',
  desk: 'at the desk',
  api: 'by the API',
  cli: 'on the command line',
};

/** The name that a user goes by. */
export function userName(user: User): string {
  return typeof user === 'string' ? user : user.name;
}

/** An actor as it is put on record. */
export function recordedActor(actor: Actor): RecordedActor {
  if (typeof actor === 'string') return { name: actor, kind: 'user' };
  if ('part' in actor) return { name: actor.part, kind: 'part' };
  return { ...actor, kind: 'user' };
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
