import type { EventPayloads } from '../../events.ts';
import type { Block, Fact } from '../document.ts';
import { linkedToPayment, paymentFacts } from '../facts.ts';
import type { MailContext, Mails } from '../mails.ts';
import { inputToPaste } from '../paste.ts';
import { howToDecide, nameOf } from './deciding.ts';
import { words } from './words.ts';

export const refundMails: Mails<'refundCaptured' | 'refundDeclined' | 'refundFailed' | 'refundReversed'> = {
  refundCaptured: (payload, context) => ({
    subject: `Refunded: ${nameOf(payload)}`,
    body: [
      {
        paragraph:
          'The money is back at the payment option that it came from. You do not have to do anything.',
      },
      ...paymentFacts(words, payload, context),
    ],
  }),

  refundDeclined: (payload, context) => ({
    subject: `Decide: the refund of ${nameOf(payload)} was declined`,
    body: [
      {
        paragraph:
          'The payment provider has declined the refund, and no money has moved. The payment is held again until ' +
          'an operator decides: try a new refund, or release the money to the merchant.',
      },
      ...paymentFacts(words, payload, context, [why(payload)]),
      ...howToDecide(payload, context),
    ],
  }),

  refundFailed: (payload, context) => ({
    subject: payload.contested
      ? `Find out: the money of ${nameOf(payload)} has gone back another way`
      : `Find out: the refund of ${nameOf(payload)} has no known outcome`,
    body: [
      ...(payload.contested ? wasNotSent : hasNoOutcome),
      ...paymentFacts(words, payload, context, [why(payload)]),
      ...howToSettle(payload, context),
    ],
  }),

  refundReversed: (payload, context) => ({
    subject: `Decide: the refund of ${nameOf(payload)} came back`,
    body: [
      {
        paragraph:
          'The payment provider had paid this refund and has taken it back. The customer does not have the money. It ' +
          'is blocked again, and the payment is held until an operator decides.',
      },
      ...paymentFacts(words, payload, context, [why(payload)]),
      ...howToDecide(payload, context),
    ],
  }),
};

const wasNotSent: readonly Block[] = [
  { paragraph: 'This refund was not sent, because the money has gone back another way.' },
  {
    paragraph:
      'First find out whether the customer already has the whole amount. If so, refunding it too would pay it twice.',
  },
];

const hasNoOutcome: readonly Block[] = [
  {
    paragraph:
      'It is not known whether this refund was paid: the payment provider was asked again and again, without a ' +
      'clear answer.',
  },
  {
    paragraph:
      'First look the refund up at the payment provider, by its reference below. Paying it again without looking ' +
      'could pay it twice.',
  },
];

function why({ refundStatusReason }: EventPayloads['refundDeclined']): Fact {
  return ['What is known', { strong: refundStatusReason }];
}

function howToSettle(payload: EventPayloads['refundFailed'], context: MailContext): Block[] {
  const { operator, reason, gatewayReference } = words.placeholders;
  return [
    { heading: 'How to settle it' },
    {
      paragraph: [
        'Open ',
        linkedToPayment('the run', payload, context),
        '. Under “More Actions” choose “Send an Update” (it answers at once) or “Send a Signal”. Enter one of these ' +
          'names and paste what is below it, with your own name and reason in it.',
      ],
    },
    { paragraph: ['It is paid, by this refund or another way: ', { code: 'markRefundPaid' }] },
    { paste: inputToPaste({ gatewayReference, operator, reason }) },
    { paragraph: ['It may still be paid; ask again with the same key: ', { code: 'retryRefund' }] },
    { paste: inputToPaste({ operator, reason }) },
    { paragraph: ['It will not be paid; back to review: ', { code: 'giveUpRefund' }] },
    { paste: inputToPaste({ operator, reason }) },
  ];
}
