import { randomUUID } from 'node:crypto';

/** The sample calls of the three documents, as they stand there. */
export const BLOCK_CUSTOMER = `curl -L -X POST '/payment/kpayment/v1/customer/:customerUuid/block' \\
-H 'Content-Type: application/json' \\
-H 'Accept: application/json' \\
--data-raw '{
"invoiceGUID": "string",
"ccLastFour": "string",
"ccType": "string",
"cardHolder": "string",
"onlinePayment": true,
"sendBlockNotification": true,
"threeDSAuthentication": true
}'`;

export const RUN_PAYISLAND_RULES = `curl -L -X POST '/payment/kpayment/v1/firePayislandRules' \\
-H 'Content-Type: application/json' \\
-H 'Accept: application/json' \\
--data-raw '{
"invoiceGUID": "string",
"ccLastFour": "string",
"ipAddress": "string",
"onlinePayment": true,
"customerFirstName": "string",
"customerLastName": "string",
"cardholderFirstName": "string",
"cardholderLastName": "string"
}'`;

export const UNBLOCK_AMOUNT_BODY = `{
"partnerReference": "1234567",
"refundAmount": true,
"modifiedUsage": "Unblocked by the merchant.",
"localDate": "2019-01-11",
"localTime": "145752"
}`;

/** The uniqueReference of unblock-amount's sample answer. */
export const UNBLOCK_AMOUNT_REFERENCE = '53234567643';

/** What a sample's curl sends. */
export function readCurl(sample: string): { url: string; headers: Record<string, string>; body: string } {
  const [, url = ''] = /-X POST '([^']*)'/.exec(sample) ?? [];
  const headers = Object.fromEntries(
    [...sample.matchAll(/-H '([^:']*): ([^']*)'/g)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      value,
    ]),
  );
  const [, body = ''] = /--data-raw '([^']*)'/.exec(sample) ?? [];
  return { url, headers, body };
}

/** The body of a kc-block that no default rule minds; new references each time. */
export function blockBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const id = randomUUID();
  return {
    partnerReference: `block-${id}`,
    customerAccno: '222123456',
    merchantAccno: '444123456',
    presentationAmount: 100,
    presentationCurrCode: 'EUR',
    paymentOption: { token: `tok_${id}`, ccType: 'VISA', ccLastFour: '4242', cardHolder: `Mallory ${id}` },
    customerUuid: `customer-${id}`,
    invoiceGUID: `invoice-${id}`,
    ipAddress: `2001:db8:${id.slice(0, 4)}:${id.slice(4, 8)}::1`,
    onlinePayment: true,
    threeDSAuthentication: true,
    localDate: '2026-01-01',
    localTime: '120000',
    ...changes,
  };
}

/** The same, but the default rules hold it: 2,000 EUR. */
export function heldBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return blockBody({ presentationAmount: 2000, ...changes });
}

/** The body of a kc-unblock with refund; a new partnerReference each time. */
export function unblockBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    partnerReference: `unblock-${randomUUID()}`,
    refundAmount: true,
    modifiedUsage: 'Unblocked by the merchant.',
    localDate: '2019-01-11',
    localTime: '145752',
    ...changes,
  };
}
