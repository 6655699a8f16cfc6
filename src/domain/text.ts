/**
 * Whether a text has more characters than that, as Postgres, JSON Schema and the documents count them: code points, and not
 * the halves of which JavaScript makes some.
 */
export function isLongerThan(text: string, most: number): boolean {
  return text.length > most && Array.from(text).length > most;
}

/** NUL and half of a surrogate pair are valid in JSON and in no Postgres text. */
export function canBeStored(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}
