import type { EventPayloads } from '../../events.ts';
import type { Block, Span } from '../document.ts';
import { paymentFacts } from '../facts.ts';
import type { MailContext, Mails } from '../mails.ts';
import { howToDecide, nameOf } from './deciding.ts';
import { words } from './words.ts';

export const paymentMails: Mails<
  'paymentBlocked' | 'paymentHeld' | 'reviewReminder' | 'paymentEscalated' | 'paymentReleased'
> = {
  paymentBlocked: (payload, context) => ({
    subject: `Gesperrt: ${nameOf(payload)}`,
    body: [
      {
        paragraph:
          'Diese Zahlung ist gesperrt, jetzt entscheiden die Regeln über sie. Sie müssen nichts tun.',
      },
      ...paymentFacts(words, payload, context),
    ],
  }),

  paymentHeld: (payload, context) => ({
    subject: `Bitte entscheiden: ${nameOf(payload)} wartet auf Prüfung`,
    body: [
      {
        paragraph:
          'Diese Zahlung wartet auf Ihre Entscheidung: Erstatten Sie das Geld dem Kunden, oder geben Sie es an den ' +
          'Händler frei.',
      },
      ...withoutDecision(payload, context),
      ...paymentFacts(words, payload, context),
      ...howToDecide(payload, context),
    ],
  }),

  reviewReminder: (payload, context) => ({
    subject: `Erinnerung: ${nameOf(payload)} wartet auf eine Entscheidung`,
    body: [
      { paragraph: 'Diese Zahlung wird noch zurückgehalten, und bisher hat niemand über sie entschieden.' },
      ...withoutDecision(payload, context),
      ...paymentFacts(words, payload, context),
      ...howToDecide(payload, context),
    ],
  }),

  paymentEscalated: (payload, context) => ({
    subject: `Eskaliert: ${nameOf(payload)} wartet auf eine Entscheidung`,
    body: [
      {
        paragraph:
          'Diese Zahlung wird noch zurückgehalten, und auch nach der Erinnerung hat niemand entschieden. Jetzt ist ' +
          'die unten genannte Gruppe gefragt.',
      },
      ...withoutDecision(payload, context),
      ...paymentFacts(words, payload, context, [['Eskaliert an', { strong: payload.escalatedTo }]]),
      ...howToDecide(payload, context),
    ],
  }),

  paymentReleased: (payload, context) => ({
    subject: `Freigegeben: ${nameOf(payload)} geht an den Händler`,
    body: [
      { paragraph: 'Der Händler erhält das Geld. Sie müssen nichts tun.' },
      ...paymentFacts(words, payload, context),
    ],
  }),
};

const AT_THE_DEADLINE = {
  refund: ['wird das Geld ', { strong: 'dem Kunden erstattet' }, '.'],
  release: ['wird das Geld ', { strong: 'an den Händler freigegeben' }, '.'],
  stayHeld: [{ strong: 'bleibt sie zurückgehalten' }, ', bis jemand entscheidet.'],
} satisfies Readonly<Record<string, readonly Span[]>>;

/** What happens without a decision; nothing where no deadline is running. */
function withoutDecision(
  { reviewDueAt, deadlineAction }: EventPayloads['paymentHeld'],
  { timeZone }: MailContext,
): Block[] {
  if (reviewDueAt === undefined) return [];
  const start = `Ohne Entscheidung bis ${words.moment(reviewDueAt, timeZone)} `;
  const outcome = deadlineAction ? AT_THE_DEADLINE[deadlineAction] : ['gelten die Prüfeinstellungen.'];
  return [{ paragraph: [start, ...outcome] }];
}
