import type { EventPayloads } from '../../events.ts';
import type { Block } from '../document.ts';
import { linkedToPayment } from '../facts.ts';
import type { MailContext } from '../mails.ts';
import { inputToPaste } from '../paste.ts';
import { words } from './words.ts';

type PaymentPayload = EventPayloads['paymentHeld'];

const { operator, reason } = words.placeholders;

/** "Zahlung 53234567643 über 100,25 EUR" */
export function nameOf({
  uniqueReference,
  amount,
}: Pick<PaymentPayload, 'uniqueReference' | 'amount'>): string {
  return `Zahlung ${uniqueReference} über ${words.amount(amount)}`;
}

/** What to paste to refund or to release a held payment. */
export function howToDecide(payload: PaymentPayload, context: MailContext): Block[] {
  return [
    { heading: 'So entscheiden Sie' },
    {
      paragraph: [
        'Öffnen Sie ',
        linkedToPayment('den Vorgang', payload, context),
        '. Sein Reiter „User Metadata“ zeigt alles, was über die Zahlung bekannt ist. Wählen Sie unter „More Actions“ ' +
          '„Send an Update“ (es antwortet sofort) oder „Send a Signal“. Geben Sie den Namen ',
        { code: 'unblock' },
        ' ein und fügen Sie einen der beiden Texte ein, mit Ihrem Namen und Ihrer Begründung darin.',
      ],
    },
    { paragraph: 'Das Geld auf das Zahlungsmittel erstatten, von dem es kam:' },
    { paste: inputToPaste({ refundAmount: true, operator, reason }) },
    { paragraph: 'Das Geld an den Händler freigeben:' },
    { paste: inputToPaste({ refundAmount: false, operator, reason }) },
  ];
}
