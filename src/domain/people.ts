/** The subscriber of what holds for every subscriber that has none of its own: rule sets, settings, gateways. */
export const EVERYBODY = '*';

/** Who changes something, and why: for the audit. */
export interface Signed {
  readonly actor: string;
  readonly reason: string;
}

/** Names are what people type: blanks, letter case and Unicode form make no other person. */
export function isSamePerson(one: string, other: string): boolean {
  return comparableName(one) === comparableName(other);
}

/** What a name is compared as; the record keeps it beside the name. */
export function comparableName(name: string): string {
  return name.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase();
}
