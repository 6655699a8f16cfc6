import type { OutboxEvent } from '../../events.ts';
import type { Mails } from '../mails.ts';
import { customerMails } from './customers.ts';
import { operationsMails } from './operations.ts';
import { paymentMails } from './payments.ts';
import { refundMails } from './refunds.ts';

/** Every mail in English. */
export const english: Mails = { ...paymentMails, ...refundMails, ...customerMails, ...operationsMails };

export function englishFooter({ subscriberId, eventId }: OutboxEvent): string[] {
  return [`Sent by the payment block service for ${subscriberId}.`, `Event ${eventId}.`];
}
