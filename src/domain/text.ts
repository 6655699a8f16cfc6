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

/** A text without what no Postgres text takes: NUL, and half of a surrogate pair. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '');
}

/** A time as a person reads it, to the second: 2026-01-01 09:00:00. @param iso ISO 8601, UTC */
export function timeText(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
