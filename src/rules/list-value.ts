import { cardKey, holdsCardNumber } from '../domain/card.ts';
import { nameKey } from '../domain/names.ts';
import type { ListKey, ListKind } from '../domain/list-entry.ts';
import { canonicalIp, parseNetwork, problemOfNetwork, spellNetwork } from './ip.ts';
import { customerName, given, holderName, type RuleSubject } from './subject.ts';

/** Makes the fingerprint of a gateway's card token; keyed, so that it cannot be made without the key. */
export type CardFingerprint = (token: string) => string;

/** What every fingerprint begins with, so that it is not taken for a token and hashed once more. */
export const FINGERPRINT_PREFIX = 'fp_';

/**
 * A value as a person writes it, made what entries are compared by; or what is wrong with it, to be read after "the
 * value". The value itself is not repeated: it may be personal.
 * @param fingerprint makes fingerprints of the card tokens among the values
 */
export function listValue(
  kind: ListKind,
  text: string,
  fingerprint: CardFingerprint,
): { readonly value: string } | { readonly problem: string } {
  const written = text.trim();
  if (written === '') return { problem: 'is empty' };
  if (/[\0\p{Surrogate}\uFFFD]/u.test(written)) {
    return { problem: 'holds a character that cannot be read: is the text UTF-8?' };
  }
  // A customer's own id, or the digits of a network, may happen to end like one.
  if (kind !== 'customer' && kind !== 'ip' && holdsCardNumber(written))
    return { problem: 'is the whole number of a card, which must never be kept' };
  const [value, problem] = READERS[kind](written, fingerprint);
  if (value === null) return { problem };
  return value.length > LONGEST ? { problem: `is longer than ${LONGEST} characters` } : { value };
}

/** What the subject of a decision is looked up by; each name once. */
export function listKeys(subject: RuleSubject): readonly ListKey[] {
  const names = [customerName(subject), holderName(subject)].map((name) => given(nameKey(name ?? '')));
  const keys: readonly (readonly [ListKind, string | null])[] = [
    ['customer', given(subject.customerUuid)],
    ['cardFingerprint', given(subject.cardFingerprint)],
    ['ip', canonicalIp(subject.ipAddress ?? '')],
    ['card', cardKey(subject.ccLastFour, holderName(subject))],
    ...[...new Set(names)].map((name) => ['name', name] as const),
  ];
  return keys.flatMap(([kind, value]) => (value === null ? [] : [{ kind, value }]));
}

const LONGEST = 320;

type Reading = readonly [value: string | null, problem: string];

const READERS: Readonly<Record<ListKind, (text: string, fingerprint: CardFingerprint) => Reading>> = {
  customer: (text) => [text.length > 64 ? null : text, 'is longer than a customer UUID, 64 characters'],
  cardFingerprint: readFingerprint,
  ip: readNetwork,
  card: readCard,
  name: (text) => [given(nameKey(text)), 'has no letter or digit to compare'],
};

function readFingerprint(text: string, fingerprint: CardFingerprint): Reading {
  if (!text.startsWith(FINGERPRINT_PREFIX)) return [fingerprint(text), ''];
  const isWhole = /^fp_[0-9a-f]{64}$/.test(text);
  return [
    isWhole ? text : null,
    `begins with ${FINGERPRINT_PREFIX} but is no fingerprint (64 digits of hex)`,
  ];
}

function readNetwork(text: string): Reading {
  const problem = problemOfNetwork(text);
  const network = parseNetwork(text);
  return [problem === undefined && network ? spellNetwork(network) : null, problem ?? ''];
}

function readCard(text: string): Reading {
  const [, lastFour, holder] = /^(\d{4})[\s:,;]+(\S.*)$/su.exec(text) ?? [];
  return [cardKey(lastFour, holder), 'has to be the last four digits and the card holder: 4242:Ana Lima'];
}
