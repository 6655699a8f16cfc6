/** A record of a CSV file: its fields, or why it cannot be read. `line` is where it begins, counted from one. */
export type CsvRecord =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly problem: string };

/**
 * Reads CSV as RFC 4180 has it: commas, fields in double quotes where they hold a comma, a quote or a line break, two
 * quotes for one. A file of a spreadsheet may part its fields with semicolons or tabs instead, and say so in a first line
 * "sep=;". Lines may end with CRLF or LF, and blank ones are skipped. A record that cannot be read costs its
 * first line and no more: a quote that is never closed does not swallow the rest of the file.
 */
export function* readCsv(text: string): Generator<CsvRecord, undefined> {
  let line = 1;
  // What Excel puts before UTF-8.
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const said = /^sep=([,;\t])(\r\n|\r|\n|$)/.exec(text.slice(at, at + 8));
  if (said) {
    at += said[0].length;
    line += 1;
  }
  const separator = said?.[1] ?? separatorOf(text.slice(at, at + LONGEST_FIELD));
  while (at < text.length) {
    const record = readRecord(text, at, separator);
    const next = 'problem' in record ? afterLine(text, at) : record.next;
    if ('problem' in record) yield { line, problem: record.problem };
    else if (record.fields.length > 1 || record.fields[0] !== '') yield { line, fields: record.fields };
    line += lineBreaks(text, at, next);
    at = next;
  }
  return undefined;
}

/** The first line has the names of the columns: what parts them parts every record. */
function separatorOf(start: string): string {
  const [header = ''] = start.replaceAll(/"[^"]*"/g, '').split(/[\r\n]/);
  if (header.includes(',')) return ',';
  return header.includes(';') ? ';' : header.includes('\t') ? '\t' : ',';
}

/**
 * One record as a line of CSV, with its line break. A field that a spreadsheet would take for a formula gets an apostrophe in
 * front, which {@link withoutApostrophe} takes away.
 */
export function writeCsvRecord(fields: readonly string[]): string {
  const written = fields.map((field) => {
    const neutral = /^'*[=+\-@\t\r]/.test(field) ? `'${field}` : field;
    return /[",;\t\r\n]/.test(neutral) ? `"${neutral.replaceAll('"', '""')}"` : neutral;
  });
  return `${written.join(',')}\r\n`;
}

/** A field as it was before it was written so that no spreadsheet runs it. */
export function withoutApostrophe(field: string): string {
  return /^'+[=+\-@\t\r]/.test(field) ? field.slice(1) : field;
}

/** Far longer than any field that is meant: a quote that is open for longer was never meant to be one. */
const LONGEST_FIELD = 4096;

function readRecord(
  text: string,
  start: number,
  separator: string,
): { readonly fields: readonly string[]; readonly next: number } | { readonly problem: string } {
  const fields: string[] = [];
  let at = start;
  for (;;) {
    const field = text[at] === '"' ? readQuoted(text, at, separator) : readPlain(text, at, separator);
    if ('problem' in field) return field;
    fields.push(field.value);
    at = field.end;
    if (text[at] !== separator) break;
    at += 1;
  }
  return { fields, next: afterLine(text, at) };
}

type Field = { readonly value: string; readonly end: number } | { readonly problem: string };

function readPlain(text: string, start: number, separator: string): Field {
  let end = start;
  while (end < text.length && !isEnd(text.charAt(end), separator)) end += 1;
  const value = text.slice(start, end);
  return value.includes('"')
    ? { problem: 'has a quote inside a field that does not begin with one' }
    : { value, end: start + value.length };
}

function readQuoted(text: string, start: number, separator: string): Field {
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1 || quote - start > LONGEST_FIELD) return { problem: 'has a quote that is not closed' };
    if (text[quote + 1] === '"') {
      from = quote + 2;
      continue;
    }
    if (quote + 1 < text.length && !isEnd(text.charAt(quote + 1), separator))
      return { problem: 'has text after a closing quote' };
    return { value: text.slice(start + 1, quote).replaceAll('""', '"'), end: quote + 1 };
  }
}

function isEnd(character: string, separator: string): boolean {
  return character === separator || character === '\r' || character === '\n';
}

/** Where the line after the one at this place begins. */
function afterLine(text: string, at: number): number {
  LINE_END.lastIndex = at;
  const found = LINE_END.exec(text);
  return found === null ? text.length : found.index + found[0].length;
}

const LINE_END = /\r\n|\r|\n/g;

function lineBreaks(text: string, from: number, to: number): number {
  return (text.slice(from, to).match(LINE_END) ?? []).length;
}
