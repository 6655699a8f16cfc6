import { readMoment } from '../domain/moment.ts';
import { type ListEntry, listKinds, listVerdicts, type NewListEntry } from '../domain/list-entry.ts';
import { type CardFingerprint, listValue } from '../rules/list-value.ts';

/** An entry as a person writes it: in a file, a call, or on a command line. */
export interface WrittenEntry {
  readonly kind: string;
  readonly value: string;
  readonly verdict: string;
  readonly reason: string;
  /** Empty: until it is removed. */
  readonly expiresAt: string;
}

/** The columns of a file of entries, in the order that they are written in. */
export const entryColumns = ['kind', 'value', 'verdict', 'reason', 'expiresAt'] as const;

/**
 * The entry that is meant; or everything that is wrong with it, by field and to be read after its name. What was
 * written is not repeated where it could be personal.
 */
export function readEntry(
  written: WrittenEntry,
  fingerprint: CardFingerprint,
  now: Date,
): { readonly entry: NewListEntry } | { readonly problems: readonly EntryProblem[] } {
  const problems: EntryProblem[] = [];
  const no = (field: keyof WrittenEntry, text: string): null => {
    problems.push({ field, text });
    return null;
  };
  const kind =
    listKinds.find((each) => each === written.kind.trim()) ??
    no('kind', `is none of ${listKinds.join(', ')}`);
  const verdict =
    listVerdicts.find((each) => each === written.verdict.trim()) ??
    no('verdict', `is none of ${listVerdicts.join(', ')}`);
  const read = kind === null ? null : listValue(kind, written.value, fingerprint);
  if (read !== null && 'problem' in read) no('value', read.problem);
  const reason = written.reason.trim();
  if (reason === '') no('reason', 'is empty: say why, for the person who has to answer for it later');
  if (reason.length > LONGEST_REASON) no('reason', `is longer than ${LONGEST_REASON} characters`);
  if (/[\0\p{Surrogate}\uFFFD]/u.test(reason))
    no('reason', 'holds a character that cannot be read: is it UTF-8?');
  const expiresAt = written.expiresAt.trim() === '' ? null : readMoment(written.expiresAt);
  if (expiresAt === undefined)
    no('expiresAt', 'is no moment: write 2026-12-31T12:00Z, or nothing for no end');
  else if (expiresAt !== null && expiresAt <= now) no('expiresAt', 'has passed');

  if (problems.length > 0 || kind === null || verdict === null || read === null || 'problem' in read)
    return { problems };
  return { entry: { kind, value: read.value, verdict, reason, expiresAt: expiresAt ?? null } };
}

export interface EntryProblem {
  readonly field: keyof WrittenEntry;
  readonly text: string;
}

/** An entry as a person could have written it: read again, it is the same one. */
export function writeEntry({ kind, value, verdict, reason, expiresAt }: ListEntry): WrittenEntry {
  return { kind, value, verdict, reason, expiresAt: expiresAt?.toISOString() ?? '' };
}

const LONGEST_REASON = 500;
