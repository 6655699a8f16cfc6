/** A value as one text, whatever the order of its fields: what a signature covers. Fields that are not there are left out. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(ordered(value)) ?? '';
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return fields.map(([name, field]) => [name, ordered(field)]);
}
