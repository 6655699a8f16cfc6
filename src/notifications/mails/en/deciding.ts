import type { EventPayloads } from '../../events.ts';
import type { Block } from '../document.ts';
import { linkedToPayment } from '../facts.ts';
import type { MailContext } from '../mails.ts';
import { inputToPaste } from '../paste.ts';
import { words } from './words.ts';

type PaymentPayload = EventPayloads['paymentHeld'];

const { operator, reason } = words.placeholders;

/** "payment 53234567643 over 100.25 EUR" */
export function nameOf({
  uniqueReference,
  amount,
}: Pick<PaymentPayload, 'uniqueReference' | 'amount'>): string {
  return `payment ${uniqueReference} over ${words.amount(amount)}`;
}

/** What to paste to refund or to release a held payment. */
export function howToDecide(payload: PaymentPayload, context: MailContext): Block[] {
  return [
    { heading: 'How to decide' },
    {
      paragraph: [
        'Open ',
        linkedToPayment('the run', payload, context),
        '. Its tab “User Metadata” shows all that is known about the payment. Under “More Actions” choose ' +
          '“Send an Update” (it answers at once) or “Send a Signal”. Enter the name ',
        { code: 'unblock' },
        ' and paste one of these, with your own name and reason in it.',
      ],
    },
    { paragraph: 'Refund the money to the payment option that it came from:' },
    { paste: inputToPaste({ refundAmount: true, operator, reason }) },
    { paragraph: 'Release the money to the merchant:' },
    { paste: inputToPaste({ refundAmount: false, operator, reason }) },
  ];
}
