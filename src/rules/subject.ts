import type { Money } from '../domain/money.ts';
import type { BlockedPayment } from '../domain/payment.ts';
import { cardKey } from '../domain/card.ts';
import { nameKey } from '../domain/names.ts';
import { connectionOf } from './ip.ts';

/** What the rules decide on: a rules call (run-payisland-rules) or a blocked payment. */
export interface RuleSubject {
  readonly subscriberId: string;
  /** The blocked payment; absent for a rules call, which decides on an invoice. */
  readonly uniqueReference?: string;
  readonly customerUuid?: string;
  readonly invoiceGUID: string;
  readonly ccLastFour?: string;
  readonly ccType?: string;
  readonly cardHolder?: string;
  /** Keyed hash of the payment option's token; a rules call has no token, so it has none. */
  readonly cardFingerprint?: string;
  readonly ipAddress?: string;
  readonly onlinePayment: boolean;
  readonly threeDSAuthentication?: boolean;
  readonly customerFirstName?: string;
  readonly customerLastName?: string;
  readonly cardholderFirstName?: string;
  readonly cardholderLastName?: string;
  /** Known for a payment only: the rules call has no amount. */
  readonly amount?: Money;
}

/**
 * A blocked payment as the rules see it; the payment option's token stays behind.
 * @param cardFingerprint what stands for the token, where the lists are asked about it
 */
export function subjectOfPayment(payment: BlockedPayment, cardFingerprint?: string): RuleSubject {
  const { paymentOption, ...rest } = payment;
  const { token: _stays, ...card } = paymentOption;
  return { ...rest, ...card, ...(cardFingerprint === undefined ? {} : { cardFingerprint }) };
}

/** What attempts are counted by. */
export type AttemptKey = 'card' | 'customer' | 'ip' | 'invoice';

export const attemptKeyNames = ['card', 'customer', 'ip', 'invoice'] as const satisfies readonly AttemptKey[];

/**
 * What identifies this attempt among others.
 * @returns null where the subject does not say, or says something that no two attempts can be compared by: a last
 *   four without four digits or holder, an address that is no IP address
 */
export function attemptKeys(subject: RuleSubject): Readonly<Record<AttemptKey, string | null>> {
  return {
    card: cardKeyOf(subject),
    customer: given(subject.customerUuid) ?? given(nameKey(customerName(subject) ?? '')),
    ip: connectionOf(subject.ipAddress ?? ''),
    invoice: given(subject.invoiceGUID),
  };
}

/** What the subject's card is compared by; null where it does not say enough. */
export function cardKeyOf(subject: RuleSubject): string | null {
  return cardKey(subject.ccLastFour, holderName(subject));
}

/** The customer's first and last name in one, as given. */
export function customerName(subject: RuleSubject): string | undefined {
  return fullName(subject.customerFirstName, subject.customerLastName);
}

/** The name on the card: the payment option's card holder, else the rules call's first and last name. */
export function holderName(subject: RuleSubject): string | undefined {
  return given(subject.cardHolder) ?? fullName(subject.cardholderFirstName, subject.cardholderLastName);
}

/** The text, or null where it is absent or blank: a caller's empty field says nothing. */
export function given(text: string | undefined): string | null {
  return text === undefined || text.trim() === '' ? null : text;
}

function fullName(first: string | undefined, last: string | undefined): string | undefined {
  const parts = [first, last].filter((part) => given(part) !== null);
  return parts.length === 0 ? undefined : parts.join(' ');
}
