/** Names are what people type: blanks, letter case and Unicode form make no other person. */
export function isSamePerson(one: string, other: string): boolean {
  return comparable(one) === comparable(other);
}

function comparable(name: string): string {
  return name.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase();
}
