import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Stack } from './stack/stack.ts';

const issued = z.object({ token: z.string() });
const blockAnswer = z.object({ disposition: z.string(), paymentStatus: z.string() });

/**
 * Blocks a payment by the stack's API, as a payment service does. It is large enough for the default rules to hold it.
 * @param changes fields of kc-block's body that are not to be the sample's
 */
export async function blockByApi(
  stack: Stack,
  uniqueReference: string,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<z.infer<typeof blockAnswer>> {
  const now = new Date().toISOString();
  const body = {
    partnerReference: `block-${uniqueReference}`,
    customerAccno: '222123456',
    merchantAccno: '444123456',
    presentationAmount: 1250,
    presentationCurrCode: 'EUR',
    paymentOption: {
      token: `tok_${uniqueReference}`,
      ccType: 'VISA',
      ccLastFour: '4242',
      cardHolder: 'Erika Muster',
    },
    // One customer with one card, however often the stack is started: nothing for the velocity rules but the day's sum
    // by card, which from the second start on is one more reason to hold.
    customerUuid: 'sample-customer',
    invoiceGUID: randomUUID(),
    ipAddress: '203.0.113.7',
    customerFirstName: 'Erika',
    customerLastName: 'Muster',
    onlinePayment: true,
    threeDSAuthentication: true,
    localDate: now.slice(0, 10),
    localTime: now.slice(11, 19).replaceAll(':', ''),
    ...changes,
  };
  const path = `/payment/${uniqueReference}/kc-block`;
  return blockAnswer.parse(await post(stack.api + path, body, { 'x-auth-token': await token(stack) }));
}

/** Blocks a customer by the stack's API. @param body block-customer's own */
export async function blockCustomerByApi(
  stack: Stack,
  customerUuid: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const path = `/payment/kpayment/v1/customer/${customerUuid}/block`;
  await post(stack.api + path, body, { authorization: `Bearer ${await token(stack)}` });
}

async function token(stack: Stack): Promise<string> {
  const { userId, password } = stack.account;
  return issued.parse(await post(`${stack.api}/user/${userId}/issue`, { userId, password })).token;
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (response.ok) return response.json();
  throw new Error(`POST ${url} answered ${response.status}: ${await response.text()}`);
}
