import type { Facts } from '../domain/decision.ts';
import { isSameName } from './names.ts';
import { customerName, given, holderName, type RuleSubject } from './subject.ts';

/** A type of CEL, as a rule's condition is checked against. */
export type FactType = 'string' | 'int' | 'bool';

export interface FactDeclaration {
  readonly type: FactType;
  readonly means: string;
  /** Tells of a person: kept in the decision, never shown in an explanation. */
  readonly personal?: true;
}

/** What every rule set can ask about, beside the aggregates and lists that it declares itself. */
export const factCatalogue = {
  onlinePayment: { type: 'bool', means: 'the customer pays online' },
  threeDSAuthentication: {
    type: 'bool',
    means: 'the payer was authenticated by 3-D Secure; null on a rules call, which does not say',
  },
  invoiceGUID: { type: 'string', means: 'the invoice that is paid' },
  ccLastFour: { type: 'string', means: 'the last four digits of the card; null unless it is four digits' },
  ccType: { type: 'string', means: 'the type of card, as the caller names it, in capitals' },
  cardHolder: { type: 'string', means: 'the name on the card', personal: true },
  ipAddress: { type: 'string', means: "the shopper's address, as given", personal: true },
  customerUuid: { type: 'string', means: 'the customer; null on a rules call, which does not say' },
  customerFirstName: { type: 'string', means: "the customer's first name", personal: true },
  customerLastName: { type: 'string', means: "the customer's last name", personal: true },
  cardholderFirstName: { type: 'string', means: "the card holder's first name", personal: true },
  cardholderLastName: { type: 'string', means: "the card holder's last name", personal: true },
  cardholderIsCustomer: {
    type: 'bool',
    means: "the name on the card can be the customer's; null where one of them is not given",
  },
  amountMinor: {
    type: 'int',
    means: "the payment's amount in minor units (cents, yen); null on a rules call, which has none",
  },
  currency: { type: 'string', means: "the amount's ISO 4217 code; null on a rules call" },
  customerBlocked: { type: 'bool', means: 'the customer is blocked' },
  cardBlocked: { type: 'bool', means: 'last four and holder are those of a card of a blocked customer' },
  invoiceOfBlockedCustomer: { type: 'bool', means: 'the invoice is one of a blocked customer' },
  listVerdict: {
    type: 'string',
    means:
      'what the lists say: absoluteBlock, allow (which beats block), block, or none where nothing is listed',
  },
  listMatch: {
    type: 'string',
    means:
      'by what it is listed: customer, cardFingerprint, ip, or weakly by card (last four and holder) or name; or none',
  },
  listEntryId: { type: 'int', means: 'the entry that listVerdict comes from; null where nothing is listed' },
} as const satisfies Record<string, FactDeclaration>;

export type FactName = keyof typeof factCatalogue;

/** The facts that only the record of customer blocks has; never null, as a subject that matches none is not blocked. */
export type BlockFactName = 'customerBlocked' | 'cardBlocked' | 'invoiceOfBlockedCustomer';

/** The facts that only the subscriber's lists have. */
export type ListFactName = 'listVerdict' | 'listMatch' | 'listEntryId';

/** The facts that the subject itself has; null for what it lacks. */
export function factsOfSubject(
  subject: RuleSubject,
): Readonly<Record<Exclude<FactName, BlockFactName | ListFactName>, Facts[string]>> {
  return {
    onlinePayment: subject.onlinePayment,
    threeDSAuthentication: subject.threeDSAuthentication ?? null,
    invoiceGUID: asFact(subject.invoiceGUID),
    // Up to sixteen characters are let in, so this could be a whole card number: that is never kept.
    ccLastFour: /^\d{4}$/.test(subject.ccLastFour ?? '') ? (subject.ccLastFour ?? null) : null,
    ccType: asFact(subject.ccType)?.toUpperCase() ?? null,
    cardHolder: asFact(subject.cardHolder),
    ipAddress: asFact(subject.ipAddress),
    customerUuid: asFact(subject.customerUuid),
    customerFirstName: asFact(subject.customerFirstName),
    customerLastName: asFact(subject.customerLastName),
    cardholderFirstName: asFact(subject.cardholderFirstName),
    cardholderLastName: asFact(subject.cardholderLastName),
    cardholderIsCustomer: isSameName(holderName(subject) ?? '', customerName(subject) ?? ''),
    amountMinor: subject.amount?.minor ?? null,
    currency: subject.amount?.currency ?? null,
  };
}

/** A text as conditions compare it: in one Unicode form, without blanks around it. Letter case stays, and counts. */
function asFact(text: string | undefined): string | null {
  return given(text)?.normalize('NFC').trim() ?? null;
}
