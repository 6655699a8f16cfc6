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
    subject: `Blocked: ${nameOf(payload)}`,
    body: [
      {
        paragraph: 'This payment is blocked, and the rules now decide on it. You do not have to do anything.',
      },
      ...paymentFacts(words, payload, context),
    ],
  }),

  paymentHeld: (payload, context) => ({
    subject: `Decide: ${nameOf(payload)} is held for review`,
    body: [
      {
        paragraph:
          'This payment waits for your decision: refund it to the customer, or release it to the merchant.',
      },
      ...withoutDecision(payload, context),
      ...paymentFacts(words, payload, context),
      ...howToDecide(payload, context),
    ],
  }),

  reviewReminder: (payload, context) => ({
    subject: `Reminder: ${nameOf(payload)} waits for a decision`,
    body: [
      { paragraph: 'This payment is still held, and no operator has decided on it yet.' },
      ...withoutDecision(payload, context),
      ...paymentFacts(words, payload, context),
      ...howToDecide(payload, context),
    ],
  }),

  paymentEscalated: (payload, context) => ({
    subject: `Escalated: ${nameOf(payload)} waits for a decision`,
    body: [
      {
        paragraph:
          'This payment is still held, and no operator has decided on it. The reminder did not help, so the ' +
          'decision is now up to the group named below.',
      },
      ...withoutDecision(payload, context),
      ...paymentFacts(words, payload, context, [['Escalated to', { strong: payload.escalatedTo }]]),
      ...howToDecide(payload, context),
    ],
  }),

  paymentReleased: (payload, context) => ({
    subject: `Released: ${nameOf(payload)} goes to the merchant`,
    body: [
      { paragraph: 'The merchant gets the money. You do not have to do anything.' },
      ...paymentFacts(words, payload, context),
    ],
  }),
};

const AT_THE_DEADLINE = {
  refund: ['it is ', { strong: 'refunded to the customer' }, '.'],
  release: ['it is ', { strong: 'released to the merchant' }, '.'],
  stayHeld: ['it ', { strong: 'stays held' }, ' until an operator decides.'],
} satisfies Readonly<Record<string, readonly Span[]>>;

/** What happens without a decision; nothing where no deadline is running. */
function withoutDecision(
  { reviewDueAt, deadlineAction }: EventPayloads['paymentHeld'],
  { timeZone }: MailContext,
): Block[] {
  if (reviewDueAt === undefined) return [];
  const start = `Not decided by ${words.moment(reviewDueAt, timeZone)}: `;
  const outcome = deadlineAction ? AT_THE_DEADLINE[deadlineAction] : ['the review settings decide.'];
  return [{ paragraph: [start, ...outcome] }];
}
