import { onOneLine } from './document.ts';

const WIDTH = 76;

/**
 * JSON to paste into the Temporal UI, over several lines: with a single one, the dialog moves its "Submit" away under
 * the click.
 */
export function inputToPaste(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields, undefined, 2);
}

/** A command of ours to paste into a shell: quoted where it needs to be, continued on a new line where it gets long. */
export function commandToPaste(
  words: readonly string[],
  options: Readonly<Record<string, string>> = {},
): string {
  const lines: string[] = [];
  let line = ['npx payment-block', ...words.map(quote)].join(' ');
  for (const option of Object.entries(options).map(([name, value]) => `--${name} ${quote(value)}`)) {
    // With room for the backslash.
    if (line.length + option.length + 3 <= WIDTH) line += ` ${option}`;
    else {
      lines.push(`${line} \\`);
      line = `  ${option}`;
    }
  }
  return [...lines, line].join('\n');
}

function quote(argument: string): string {
  const word = onOneLine(argument);
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
