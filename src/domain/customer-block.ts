import type { CustomerRef } from './ids.ts';
import { codeBlock, jsonAsCode, list, markdown } from './markdown.ts';
import { UNBLOCK_CUSTOMER_EXAMPLE } from './operator-commands.ts';
import { timeText } from './time-text.ts';

/** What a customer's block says; the body of block-customer, and when it ends by itself. */
export interface BlockCustomerRequest {
  readonly invoiceGUID?: string;
  readonly ccLastFour?: string;
  readonly ccType?: string;
  readonly cardHolder?: string;
  readonly onlinePayment: boolean;
  readonly sendBlockNotification: boolean;
  readonly threeDSAuthentication: boolean;
  /** ISO 8601, UTC; without it the block stays until somebody unblocks. */
  readonly expiresAt?: string;
  /** Who blocks: recorded in the audit. */
  readonly actor: string;
}

/** What became of a customer's block or unblock. */
export interface CustomerBlockView extends CustomerRef {
  readonly customerBlocked: boolean;
  readonly expiresAt?: string;
}

/** The block as short Markdown for the Temporal UI's current details. */
export function describeCustomerBlock(view: CustomerBlockView, refused: readonly string[]): string {
  const until =
    view.expiresAt === undefined ? 'until somebody unblocks' : `until ${timeText(view.expiresAt)} UTC`;
  const parts = [
    view.customerBlocked ? `**Blocked from online payment** ${until}` : '**Not blocked any more**',
    `Customer \`${view.customerUuid}\``,
  ];
  if (view.customerBlocked) {
    parts.push('To end the block send the Update or Signal `unblock`:', codeBlock(UNBLOCK_CUSTOMER_EXAMPLE));
  }
  if (refused.length > 0) parts.push('Refused:', list(refused.map(jsonAsCode)));
  return markdown(parts);
}
