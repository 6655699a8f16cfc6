import type { CustomerBlockView } from '../domain/customer-block.ts';
import { UNBLOCK_CUSTOMER_EXAMPLE } from '../domain/messages/unblock-customer.ts';
import { timeText } from '../domain/text.ts';
import { code, codeBlock, jsonAsCode, list, markdown } from './markdown.ts';

/** The block as short Markdown for the Temporal UI's current details. */
export function describeCustomerBlock(view: CustomerBlockView, refused: readonly string[]): string {
  const until =
    view.expiresAt === undefined ? 'until an operator unblocks' : `until ${timeText(view.expiresAt)} UTC`;
  const parts = [
    view.customerBlocked ? `**Blocked from online payment** ${until}` : '**Not blocked any more**',
    `Customer ${code(view.customerUuid)}`,
  ];
  if (view.customerBlocked) {
    parts.push('To end the block send the Update or Signal `unblock`:', codeBlock(UNBLOCK_CUSTOMER_EXAMPLE));
  }
  if (refused.length > 0) parts.push('Refused:', list(refused.map(jsonAsCode)));
  return markdown(parts);
}
