/**
 * Reads a moment as people and programs write it (ISO 8601): a day, which is its midnight, or a day with a time; UTC where
 * no zone is given. Days and times that do not exist are none.
 * @returns undefined where it cannot be read
 */
export function readMoment(text: string): Date | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] =
    WRITTEN.exec(text.trim()) ?? [];
  const parts = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, m = 0, d = 0, h = 0, min = 0, s = 0] = parts;
  const local = new Date(Date.UTC(y, m - 1, d, h, min, s, Number(fraction.slice(0, 3).padEnd(3, '0'))));
  const offset = offsetMinutes(zone);
  const isThere =
    local.getUTCFullYear() === y &&
    local.getUTCMonth() === m - 1 &&
    local.getUTCDate() === d &&
    local.getUTCHours() === h &&
    local.getUTCMinutes() === min &&
    local.getUTCSeconds() === s;
  return isThere && offset !== undefined ? new Date(local.getTime() - offset * 60_000) : undefined;
}

/** Whether a moment is written with its zone. */
export function hasZone(text: string): boolean {
  return WRITTEN.exec(text.trim())?.[8] !== undefined;
}

const WRITTEN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?(Z|z|[+-]\d{2}(?::?\d{2})?))?)?$/;

/** Zones go from -12:00 to +14:00. */
function offsetMinutes(zone: string): number | undefined {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return offset >= -12 * 60 && offset <= 14 * 60 && Number(minutes) < 60 ? offset : undefined;
}
