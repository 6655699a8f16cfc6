// The Temporal UI (2.42) cuts the last lines of what it renders off: nothing is lost if they are empty.
const CUT_OFF = ['\u00a0', '\u00a0'];

/** Parts of a text, apart from each other: the Temporal UI shows a list or a code block only after an empty line. */
export function markdown(parts: readonly string[]): string {
  return [...parts, ...CUT_OFF].join('\n\n');
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/**
 * JSON to copy, over several lines: a long one is cut off at the edge of the details, and one that is pasted as a single
 * line is broken up by the dialog during the click on "Submit", which moves away under the click.
 */
export function codeBlock(json: string): string {
  return `\`\`\`json\n${JSON.stringify(JSON.parse(json), undefined, 2)}\n\`\`\``;
}

/** A text that may end with JSON: outside of code its quotes would become curly, and it could not be pasted. */
export function jsonAsCode(text: string): string {
  const json = /\{.*\}$/.exec(text)?.[0] ?? '';
  return json === '' ? plain(text) : `${plain(text.slice(0, -json.length))} ${code(json)}`;
}

/** A text from outside as it is: nothing in it is a heading, a link, an image or code. On one line. */
export function plain(text: string): string {
  return (
    onOneLine(text)
      .replace(/[\\`*_[\]<>|~#!&]/g, '\\$&')
      .replace(/^(\d+)([.)])/, '$1\\$2')
      .replace(/^[-+=]/, '\\$&')
      // Addresses become links also where they are escaped; a space that is not seen keeps them from it.
      .replace(/(:\/\/|www\.|@)/gi, '$1\u200b')
  );
}

/** A value from outside as code, whatever backticks it holds (CommonMark, 6.1). */
export function code(text: string): string {
  const value = onOneLine(text);
  const longest = Math.max(0, ...(value.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const pad = value.startsWith('`') || value.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${value}${pad}${fence}`;
}

function onOneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
