import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { BlockedPayment } from '../domain/payment.ts';

/**
 * What a run can be found by in the Temporal UI. For finding only, never for a decision: visibility is eventually
 * consistent and not encrypted, so nothing personal of a customer is in it.
 */
export const searchAttributes = {
  serviceSubscriber: defineSearchAttributeKey('ServiceSubscriber', 'KEYWORD'),
  paymentStatus: defineSearchAttributeKey('PaymentStatus', 'KEYWORD'),
  disposition: defineSearchAttributeKey('Disposition', 'KEYWORD'),
  customerUuid: defineSearchAttributeKey('CustomerUuid', 'KEYWORD'),
  invoiceGuid: defineSearchAttributeKey('InvoiceGuid', 'KEYWORD'),
  currency: defineSearchAttributeKey('Currency', 'KEYWORD'),
  amountMinor: defineSearchAttributeKey('AmountMinor', 'INT'),
  reviewDueAt: defineSearchAttributeKey('ReviewDueAt', 'DATETIME'),
  assignedTo: defineSearchAttributeKey('AssignedTo', 'KEYWORD'),
  refundStatus: defineSearchAttributeKey('RefundStatus', 'KEYWORD'),
  needsAttention: defineSearchAttributeKey('NeedsAttention', 'BOOL'),
};

/** As Temporal's API numbers them (temporal.api.enums.v1.IndexedValueType). */
const INDEXED_VALUE_TYPES = {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
} as const;

/** As the temporal command names types. */
export const CLI_TYPES = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
} as const;

type Attribute = (typeof searchAttributes)[keyof typeof searchAttributes];

/** The types of attributes by their names, as Temporal's API lists and takes them. */
export function indexedTypes(
  attributes: readonly Attribute[] = Object.values(searchAttributes),
): Readonly<Record<string, number>> {
  return Object.fromEntries(attributes.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]]));
}

/** The command that creates attributes. */
export function commandToCreate(namespace: string, attributes: readonly Attribute[]): string {
  const flags = attributes.map(({ name, type }) => `--name ${name} --type ${CLI_TYPES[type]}`);
  return `temporal operator search-attribute create --namespace ${namespace} ${flags.join(' ')}`;
}

/** What a payment's run is found by from its start on. */
export function attributesOf({
  subscriberId,
  customerUuid,
  invoiceGUID,
  amount,
}: BlockedPayment): SearchAttributePair[] {
  return [
    { key: searchAttributes.serviceSubscriber, value: subscriberId },
    { key: searchAttributes.paymentStatus, value: 'blocked' },
    { key: searchAttributes.invoiceGuid, value: invoiceGUID },
    { key: searchAttributes.currency, value: amount.currency },
    { key: searchAttributes.amountMinor, value: amount.minor },
    ...(customerUuid === undefined ? [] : [{ key: searchAttributes.customerUuid, value: customerUuid }]),
  ];
}
