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
  return text.replace(/\{.*\}$/, '`$&`');
}
