// The Temporal UI (2.42) cuts the last lines of what it renders off: nothing is lost if they are empty.
const CUT_OFF = ['\u00a0', '\u00a0'];

/** Parts of a text, apart from each other: the Temporal UI shows a list or a code block only after an empty line. */
export function markdown(parts: readonly string[]): string {
  return [...parts, ...CUT_OFF].join('\n\n');
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

export function codeBlock(text: string): string {
  return `\`\`\`json\n${text}\n\`\`\``;
}
