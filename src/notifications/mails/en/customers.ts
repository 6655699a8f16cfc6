import { linkToCustomer } from '../facts.ts';
import type { Mails } from '../mails.ts';
import { inputToPaste } from '../paste.ts';
import { words } from './words.ts';

export const customerMails: Mails<'customerBlocked' | 'customerUnblocked'> = {
  customerBlocked: (payload, context) => {
    const { operator, reason } = words.placeholders;
    const { customerUuid, expiresAt } = payload;
    const run = linkToCustomer(payload, context);
    return {
      subject: `Blocked: customer ${customerUuid}`,
      body: [
        {
          paragraph:
            'From now on this customer cannot pay online. Payments of theirs that are under way are held for review.',
        },
        {
          facts: [
            ['Customer', { strong: customerUuid }],
            [
              'Blocked until',
              expiresAt === undefined ? 'an operator unblocks' : words.moment(expiresAt, context.timeZone),
            ],
            [words.labels.run, { link: words.labels.openRun, to: run }],
          ],
        },
        { heading: 'How to end the block' },
        {
          paragraph: [
            'Open ',
            { link: 'the run', to: run },
            '. Under “More Actions” choose “Send an Update” or “Send a Signal”. Enter the name ',
            { code: 'unblock' },
            ' and paste this, with your own name and reason in it:',
          ],
        },
        { paste: inputToPaste({ operator, reason }) },
      ],
    };
  },

  customerUnblocked: (payload, context) => ({
    subject: `Unblocked: customer ${payload.customerUuid}`,
    body: [
      {
        paragraph:
          'This customer can pay online again. Payments that are held stay held until an operator decides.',
      },
      {
        facts: [
          ['Customer', { strong: payload.customerUuid }],
          ['Ended by', payload.expired ? 'the end that was set for the block' : payload.endedBy],
          [words.labels.reason, payload.expired ? undefined : payload.reason],
          [words.labels.run, { link: words.labels.openRun, to: linkToCustomer(payload, context) }],
        ],
      },
    ],
  }),
};
