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
      subject: `Gesperrt: Kunde ${customerUuid}`,
      body: [
        {
          paragraph:
            'Dieser Kunde kann ab sofort nicht mehr online bezahlen. Seine laufenden Zahlungen werden zur Prüfung ' +
            'zurückgehalten.',
        },
        {
          facts: [
            ['Kunde', { strong: customerUuid }],
            [
              'Gesperrt bis',
              expiresAt === undefined ? 'jemand ihn entsperrt' : words.moment(expiresAt, context.timeZone),
            ],
            [words.labels.run, { link: words.labels.openRun, to: run }],
          ],
        },
        { heading: 'So heben Sie die Sperre auf' },
        {
          paragraph: [
            'Öffnen Sie ',
            { link: 'den Vorgang', to: run },
            '. Wählen Sie unter „More Actions“ „Send an Update“ oder „Send a Signal“. Geben Sie den Namen ',
            { code: 'unblock' },
            ' ein und fügen Sie diesen Text ein, mit Ihrem Namen und Ihrer Begründung darin:',
          ],
        },
        { paste: inputToPaste({ operator, reason }) },
      ],
    };
  },

  customerUnblocked: (payload, context) => ({
    subject: `Entsperrt: Kunde ${payload.customerUuid}`,
    body: [
      {
        paragraph:
          'Dieser Kunde kann wieder online bezahlen. Zurückgehaltene Zahlungen bleiben zurückgehalten, bis jemand über ' +
          'sie entscheidet.',
      },
      {
        facts: [
          ['Kunde', { strong: payload.customerUuid }],
          ['Aufgehoben durch', payload.expired ? 'das vorgesehene Ende der Sperre' : payload.endedBy],
          [words.labels.reason, payload.expired ? undefined : payload.reason],
          [words.labels.run, { link: words.labels.openRun, to: linkToCustomer(payload, context) }],
        ],
      },
    ],
  }),
};
