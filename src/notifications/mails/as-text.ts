import {
  type Block,
  type Fact,
  type MailDocument,
  onOneLine,
  rowsOf,
  type Span,
  wordsOf,
} from './document.ts';

const WIDTH = 76;

/** The mail as plain text, at most 76 columns wide but for addresses and commands. */
export function asText({ body, footer }: MailDocument): string {
  const small = footer.map((line) => wrap(line)).join('\n');
  return `${body.map(blockAsText).join('\n\n')}\n\n--\n${small}\n`;
}

function blockAsText(block: Block): string {
  if ('paste' in block) return block.paste;
  if ('facts' in block) return factsAsText(block.facts);
  if ('list' in block) return block.list.map((item) => wrap(item, '  - ', '    ')).join('\n');
  if ('heading' in block) return `${block.heading}\n${'-'.repeat(block.heading.length)}`;
  return wrap([block.paragraph].flat().map(wordsOf).join(''));
}

function factsAsText(facts: readonly Fact[]): string {
  const rows = rowsOf(facts);
  const column = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows
    .map(([label, value]) => wrap(valueAsText(value), `${label}:`.padEnd(column), ' '.repeat(column)))
    .join('\n');
}

function valueAsText(value: Span): string {
  return typeof value === 'object' && 'link' in value ? value.to : wordsOf(value);
}

/** Breaks a text between words; every line after the first starts with `indent`. */
function wrap(text: string, start = '', indent = ''): string {
  const lines: string[] = [];
  let line = start;
  let isEmpty = true;
  for (const word of onOneLine(text).trim().split(/ +/)) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
