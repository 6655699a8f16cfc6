/** A mail: its subject, what it says in order, and the small print below. Text and HTML are rendered from it. */
export interface MailDocument {
  readonly subject: string;
  readonly body: readonly Block[];
  readonly footer: readonly string[];
}

/**
 * One piece of a mail. Paragraphs and headings are our own words. Text from outside (names, reasons, addresses) goes
 * into facts or a list, which the text version indents, so that no line of the mail can be forged.
 */
export type Block =
  | { readonly heading: string }
  | { readonly paragraph: string | readonly Span[] }
  | { readonly facts: readonly Fact[] }
  | { readonly list: readonly string[] }
  /** Shown as it is, line by line, to be copied from the mail. */
  | { readonly paste: string };

/** A row of the facts; left out where there is no value. */
export type Fact = readonly [label: string, value: Span | undefined];

/** Plain text, or text shown in a way of its own. A link's address is shown in the facts only. */
export type Span =
  | string
  | { readonly strong: string }
  | { readonly code: string }
  | { readonly link: string; readonly to: string };

/** The rows of the facts that have a value. */
export function rowsOf(facts: readonly Fact[]): (readonly [label: string, value: Span])[] {
  return facts.flatMap(([label, value]) =>
    value === undefined || value === '' ? [] : [[label, value] as const],
  );
}

/** The words of a span, without the way they are shown in. */
export function wordsOf(span: Span): string {
  if (typeof span === 'string') return span;
  return 'strong' in span ? span.strong : 'code' in span ? span.code : span.link;
}

/** Without line breaks and other control characters, and without what reverses the direction of text. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}
