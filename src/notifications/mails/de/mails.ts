import type { OutboxEvent } from '../../events.ts';
import type { Mails } from '../mails.ts';
import { customerMails } from './customers.ts';
import { operationsMails } from './operations.ts';
import { paymentMails } from './payments.ts';
import { refundMails } from './refunds.ts';

/** Every mail in German. */
export const german: Mails = { ...paymentMails, ...refundMails, ...customerMails, ...operationsMails };

export function germanFooter({ subscriberId, eventId }: OutboxEvent): string[] {
  return [`Gesendet vom Zahlungssperrdienst für ${subscriberId}.`, `Ereignis ${eventId}.`];
}
