import { toJson } from '../../wire/exact-json.ts';
import type { CustomerBlockView, PaymentState } from '../../client/index.ts';
import { formatMoney, without } from '../../domain/money.ts';
import { openProposal, type OpenProposal, outcomeText } from '../../domain/proposals.ts';
import { unansweredRisk } from '../../domain/refund.ts';
import type { OperatorMessage } from '../../domain/payment.ts';

/** Prints a result: as JSON on one line, or as text for people. */
export function print(json: boolean, result: unknown, text: string): void {
  process.stdout.write(`${json ? toJson(result) : text}\n`);
}

/** A payment, a line a fact, and what was said to it. */
export function describePayment(view: PaymentState, messages: readonly OperatorMessage[] = []): string {
  const proposal = openProposal(view);
  return align([
    ['payment', view.uniqueReference],
    ['status', view.status],
    ['amount', formatMoney(view.amount)],
    [
      'left',
      view.elsewhereMinor === undefined
        ? undefined
        : `${formatMoney(without(view.amount, view.elsewhereMinor))}: the rest went elsewhere`,
    ],
    ['disposition', view.disposition],
    ...view.reasons.map((reason): Row => ['why', reason]),
    ['review until', view.reviewDueAt],
    ['if undecided', view.deadlineAction && IF_UNDECIDED[view.deadlineAction]],
    ['proposed', proposal && describeProposal(proposal)],
    ['decided by', view.decidedBy],
    ['refund', describeRefund(view)],
    ['risk', view.unansweredRefund && unansweredRisk(view.unansweredRefund, view.amount)],
    ...messages.map((message): Row => {
      const { at, name, operator } = message;
      return ['message', `${at} ${name} by ${operator}: ${outcomeText(message, proposal)}`];
    }),
  ]);
}

const IF_UNDECIDED = {
  refund: 'it is refunded then',
  release: 'it is released to the merchant then',
  stayHeld: 'it stays held',
} as const;

/** What is proposed, by whom, and what comes next. */
export function describeProposal({ what, operator, reason, next }: OpenProposal): string {
  const why = reason === '' ? '' : ` (${reason})`;
  return `${what}, by ${operator}${why}; ${next}`;
}

/** A refund in one line: its reference, its status, and the reason where there is one. */
export function describeRefund({
  refundReference,
  refundStatus,
  refundStatusReason,
}: PaymentState): string | undefined {
  if (refundReference === undefined) return undefined;
  return [refundReference, refundStatus, refundStatusReason && `(${refundStatusReason})`]
    .filter(Boolean)
    .join(' ');
}

/** A customer's block, a line a fact. */
export function describeCustomer({ customerUuid, customerBlocked, expiresAt }: CustomerBlockView): string {
  return align([
    ['customer', customerUuid],
    ['blocked', customerBlocked ? 'yes' : 'no'],
    ['until', customerBlocked ? (expiresAt ?? 'an operator unblocks') : undefined],
  ]);
}

type Row = readonly [name: string, value: string | undefined];

/** Names and values in two columns; what has no value is left out, and a name is not repeated. */
export function align(rows: readonly Row[]): string {
  const shown = rows.filter(([, value]) => value !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length)) + 2;
  return shown
    .map(([name, value], index) => (shown[index - 1]?.[0] === name ? '' : name).padEnd(width) + value)
    .join('\n');
}

/** Columns under their headings; those named as numbers are set to the right. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly string[] = [],
): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return numbers.includes(headings[column] ?? '') ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
