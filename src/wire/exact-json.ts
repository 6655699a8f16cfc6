/** A JSON number of more digits than a double holds: sums are written with all of them. */
export class ExactNumber {
  readonly digits: string;

  /** @param digits as JSON writes a number: "-1234567890123456789.05" */
  constructor(digits: string) {
    this.digits = digits;
  }

  toJSON(): string {
    return MARK + this.digits;
  }
}

/** The value as JSON; a bigint, and an {@link ExactNumber}, as a number with all its digits. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? new ExactNumber(String(inner)).toJSON() : inner,
  );
  return json.replaceAll(MARKED, '$1');
}

// Nobody outside of this process can guess it and have a text of theirs become a number.
const MARK = `exact-number ${crypto.randomUUID()} `;
const MARKED = new RegExp(`"${MARK}(-?\\d+(?:\\.\\d+)?)"`, 'g');
