import type { EventPayloads } from '../../events.ts';
import type { Block, Fact } from '../document.ts';
import { linkedToPayment, paymentFacts } from '../facts.ts';
import type { MailContext, Mails } from '../mails.ts';
import { inputToPaste } from '../paste.ts';
import { howToDecide, nameOf } from './deciding.ts';
import { words } from './words.ts';

export const refundMails: Mails<'refundCaptured' | 'refundDeclined' | 'refundFailed' | 'refundReversed'> = {
  refundCaptured: (payload, context) => ({
    subject: `Erstattet: ${nameOf(payload)}`,
    body: [
      { paragraph: 'Das Geld ist zurück auf dem Zahlungsmittel, von dem es kam. Sie müssen nichts tun.' },
      ...paymentFacts(words, payload, context),
    ],
  }),

  refundDeclined: (payload, context) => ({
    subject: `Bitte entscheiden: Erstattung abgelehnt, ${nameOf(payload)}`,
    body: [
      {
        paragraph:
          'Der Zahlungsdienstleister hat die Erstattung abgelehnt, es ist kein Geld geflossen. Die Zahlung wird wieder ' +
          'zurückgehalten, bis jemand entscheidet: neu erstatten, oder das Geld an den Händler freigeben.',
      },
      ...paymentFacts(words, payload, context, [why(payload)]),
      ...howToDecide(payload, context),
    ],
  }),

  refundFailed: (payload, context) => ({
    subject: payload.contested
      ? `Bitte klären: Geld auf anderem Weg zurück, ${nameOf(payload)}`
      : `Bitte klären: Ausgang der Erstattung unbekannt, ${nameOf(payload)}`,
    body: [
      ...(payload.contested ? wasNotSent : hasNoOutcome),
      ...paymentFacts(words, payload, context, [why(payload)]),
      ...howToSettle(payload, context),
    ],
  }),

  refundReversed: (payload, context) => ({
    subject: `Bitte entscheiden: Erstattung zurückgekommen, ${nameOf(payload)}`,
    body: [
      {
        paragraph:
          'Der Zahlungsdienstleister hatte diese Erstattung ausgezahlt und hat sie zurückgeholt. Der Kunde hat das Geld ' +
          'nicht. Es ist wieder gesperrt, und die Zahlung wird zurückgehalten, bis jemand entscheidet.',
      },
      ...paymentFacts(words, payload, context, [why(payload)]),
      ...howToDecide(payload, context),
    ],
  }),
};

const wasNotSent: readonly Block[] = [
  { paragraph: 'Diese Erstattung wurde nicht gesendet, weil das Geld auf anderem Weg zurückging.' },
  {
    paragraph:
      'Klären Sie zuerst, ob der Kunde schon den ganzen Betrag hat. Dann wäre eine Erstattung obendrein doppelt gezahlt.',
  },
];

const hasNoOutcome: readonly Block[] = [
  {
    paragraph:
      'Es ist nicht bekannt, ob diese Erstattung ausgezahlt wurde: Der Zahlungsdienstleister hat auch auf wiederholte ' +
      'Nachfrage keine klare Antwort gegeben.',
  },
  {
    paragraph:
      'Suchen Sie die Erstattung zuerst beim Zahlungsdienstleister, unter ihrer Referenz (siehe unten). Wer ungeprüft ' +
      'noch einmal zahlt, zahlt vielleicht doppelt.',
  },
];

function why({ refundStatusReason }: EventPayloads['refundDeclined']): Fact {
  return ['Was bekannt ist', { strong: refundStatusReason }];
}

function howToSettle(payload: EventPayloads['refundFailed'], context: MailContext): Block[] {
  const { operator, reason, gatewayReference } = words.placeholders;
  return [
    { heading: 'So klären Sie es' },
    {
      paragraph: [
        'Öffnen Sie ',
        linkedToPayment('den Vorgang', payload, context),
        '. Wählen Sie unter „More Actions“ „Send an Update“ (es antwortet sofort) oder „Send a Signal“. Geben Sie einen ' +
          'dieser Namen ein und fügen Sie den Text darunter ein, mit Ihrem Namen und Ihrer Begründung darin.',
      ],
    },
    { paragraph: ['Das Geld ist zurück, durch diese Erstattung oder anders: ', { code: 'markRefundPaid' }] },
    { paste: inputToPaste({ gatewayReference, operator, reason }) },
    {
      paragraph: [
        'Sie kann noch ausgezahlt werden; mit demselben Schlüssel nachfragen: ',
        { code: 'retryRefund' },
      ],
    },
    { paste: inputToPaste({ operator, reason }) },
    { paragraph: ['Sie wird nicht ausgezahlt; zurück zur Prüfung: ', { code: 'giveUpRefund' }] },
    { paste: inputToPaste({ operator, reason }) },
  ];
}
