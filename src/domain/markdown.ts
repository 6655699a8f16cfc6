/** Parts of a text, apart from each other: the Temporal UI shows a list or a code block only after an empty line. */
export function markdown(parts: readonly string[]): string {
  return parts.join('\n\n');
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

export function codeBlock(text: string): string {
  return `\`\`\`json\n${text}\n\`\`\``;
}
