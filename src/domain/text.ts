/**
 * Whether a text has more characters than that, as Postgres, JSON Schema and the documents count them: code points, and not
 * the halves of which JavaScript makes some.
 */
export function isLongerThan(text: string, most: number): boolean {
  return text.length > most && Array.from(text).length > most;
}
