import {
  type Block,
  type Fact,
  type MailDocument,
  onOneLine,
  rowsOf,
  type Span,
  wordsOf,
} from './document.ts';

const LABEL =
  'padding: 3px 20px 3px 0; text-align: left; vertical-align: top; white-space: nowrap; font-weight: normal; color: #57606a;';
const VALUE = 'padding: 3px 0; vertical-align: top; overflow-wrap: anywhere;';
const PASTE =
  'margin: 0 0 16px; padding: 10px 12px; background: #f4f5f7; border: 1px solid #d8dce1; border-radius: 4px; ' +
  'font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere;';

/** The mail as HTML. Styles are inline: mail programs drop all others. */
export function asHtml({ subject, body, footer }: MailDocument, language: string): string {
  const title = escape(subject);
  return `<!doctype html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
</head>
<body style="margin: 0; padding: 24px 12px; background: #f4f5f7; color: #1c1e21; font: 15px/1.5 system-ui, sans-serif;">
<div style="max-width: 640px; margin: 0 auto; padding: 24px; background: #ffffff; border-radius: 6px;">
<h1 style="margin: 0 0 16px; font-size: 20px; line-height: 1.3; overflow-wrap: anywhere;">${title}</h1>
${body.map(blockAsHtml).join('\n')}
</div>
<p style="max-width: 640px; margin: 12px auto 0; color: #57606a; font-size: 12px;">${footer.map(escape).join('<br>\n')}</p>
</body>
</html>
`;
}

function blockAsHtml(block: Block): string {
  if ('paste' in block) return `<pre style="${PASTE}">${escapeLines(block.paste)}</pre>`;
  if ('facts' in block) return factsAsHtml(block.facts);
  if ('list' in block) {
    const items = block.list.map((item) => `<li style="overflow-wrap: anywhere;">${escape(item)}</li>`);
    return `<ul style="margin: 0 0 16px; padding-left: 20px;">\n${items.join('\n')}\n</ul>`;
  }
  if ('heading' in block) {
    return `<h2 style="margin: 24px 0 8px; font-size: 16px;">${escape(block.heading)}</h2>`;
  }
  return `<p style="margin: 0 0 8px;">${[block.paragraph].flat().map(spanAsHtml).join('')}</p>`;
}

function factsAsHtml(facts: readonly Fact[]): string {
  const rows = rowsOf(facts).map(
    ([label, value]) =>
      `<tr><th scope="row" style="${LABEL}">${escape(label)}</th><td style="${VALUE}">${spanAsHtml(value)}</td></tr>`,
  );
  return `<table style="margin: 16px 0; border-collapse: collapse;">\n${rows.join('\n')}\n</table>`;
}

function spanAsHtml(span: Span): string {
  const words = escape(wordsOf(span));
  if (typeof span === 'string') return words;
  if ('strong' in span) return `<strong>${words}</strong>`;
  if ('code' in span) return `<code>${words}</code>`;
  return `<a href="${escape(span.to)}" target="_blank">${words}</a>`;
}

function escape(text: string): string {
  return escapeLines(onOneLine(text));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeLines(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
