/**
 * What an entry is about, most telling first. The last two are weak: last four digits and a holder can be two people's
 * card, and a name can be two people's.
 */
export const listKinds = ['customer', 'cardFingerprint', 'ip', 'card', 'name'] as const;

export type ListKind = (typeof listKinds)[number];

/** What an entry says, strongest first: an allow beats a block, and nothing beats an absolute block. */
export const listVerdicts = ['absoluteBlock', 'allow', 'block'] as const;

export type ListVerdict = (typeof listVerdicts)[number];

/** What an entry is found by: its kind, and its value as it is compared. */
export interface ListKey {
  readonly kind: ListKind;
  readonly value: string;
}

/** An entry as it is requested, its value as it is compared. */
export interface NewListEntry extends ListKey {
  readonly verdict: ListVerdict;
  readonly reason: string;
  /** Null: until it is removed. */
  readonly expiresAt: Date | null;
}

/** An entry on record. */
export interface ListEntry extends NewListEntry {
  readonly entryId: number;
  readonly addedBy: string;
  readonly addedAt: Date;
}

/** What is shown of an entry that matched: whether it can be another person's. */
export function isWeak(kind: ListKind): boolean {
  return kind === 'card' || kind === 'name';
}

/** What the lists hold of a person: the strongest match decides. */
export interface ListAnswer {
  readonly verdict: ListVerdict | 'none';
  /** The match that the verdict comes from; null where nothing matches. */
  readonly decidedBy: ListEntry | null;
  /** Every match, strongest first. */
  readonly matches: readonly ListEntry[];
}

/** What the matches come to. @param matches strongest first */
export function answerOf(matches: readonly ListEntry[]): ListAnswer {
  const [strongest = null] = matches;
  return { verdict: strongest?.verdict ?? 'none', decidedBy: strongest, matches };
}

/** The answer in one sentence, without the values. */
export function explainAnswer({ verdict, decidedBy, matches }: ListAnswer): string {
  if (verdict === 'none' || decidedBy === null) return 'not on the lists';
  const weak = isWeak(decidedBy.kind) ? ` (a weak match: ${WHY_WEAK[decidedBy.kind] ?? ''})` : '';
  const beaten = matches.filter((match) => match.verdict !== verdict).length;
  const overruled =
    beaten === 0 ? '' : `; it overrules ${beaten} ${beaten === 1 ? 'entry' : 'entries'} that say otherwise`;
  const { entryId, kind, reason, addedBy } = decidedBy;
  return `${SAID[verdict]} by entry ${entryId} on the ${kind}${weak}, added by ${addedBy}: ${reason}${overruled}`;
}

const SAID: Readonly<Record<ListVerdict, string>> = {
  absoluteBlock: 'blocked absolutely',
  allow: 'allowed',
  block: 'blocked',
};

const WHY_WEAK: Partial<Readonly<Record<ListKind, string>>> = {
  card: "last four and holder can be another card's",
  name: 'others can have the name',
};
