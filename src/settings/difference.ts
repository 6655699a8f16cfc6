/** A field of a document that is not as it was: "fourEyesAbove.EUR". Undefined where it is in one of them only. */
export interface FieldChange {
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

/** Every field in which two documents differ, in the order of their names. */
export function differenceOf(before: unknown, after: unknown): readonly FieldChange[] {
  const [old, fresh] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].toSorted().flatMap((field) => {
    const [was, is] = [old.get(field), fresh.get(field)];
    if (was === is) return [];
    return [
      { field, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) },
    ];
  });
}

/** The values of a document by their paths; a list is one value. */
function fieldsOf(value: unknown, path: readonly string[] = []): Map<string, string> {
  if (value === undefined || value === null) return new Map();
  if (typeof value !== 'object' || Array.isArray(value))
    return new Map([[path.join('.'), JSON.stringify(value)]]);
  return new Map(Object.entries(value).flatMap(([name, inner]) => [...fieldsOf(inner, [...path, name])]));
}
