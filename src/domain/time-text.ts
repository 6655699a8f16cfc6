/** A time as a person reads it, to the second: 2026-01-01 09:00:00. @param iso ISO 8601, UTC */
export function timeText(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
