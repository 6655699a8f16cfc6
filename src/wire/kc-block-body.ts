import { z } from 'zod';
import type { PaymentRef } from '../domain/ids.ts';
import { type Money, moneyFromWire, type MoneyProblem } from '../domain/money.ts';
import type { BlockedPayment } from '../domain/payment.ts';
import {
  ccLastFour,
  freeText,
  ipAddress,
  localDate,
  localTime,
  paymentOptionToken,
  requiredText,
  text,
} from './fields.ts';
import { invalidParameter, Refusal } from './response-codes.ts';

/** The body of kc-block (docs/contract.md, "who creates a blocked payment"). */
export const kcBlockBody = z
  .object({
    partnerReference: requiredText(64).describe('Identifies the call: repeated, it is done once'),
    uniqueReference: text(36).exactOptional().describe('As in the path, where it is given'),
    customerAccno: requiredText(255).describe("The customer's e-wallet account"),
    merchantAccno: requiredText(255).describe("The merchant's account"),
    presentationAmount: z.number().describe('At most two decimals'),
    presentationCurrCode: requiredText(3).describe('ISO 4217'),
    paymentOption: z
      .object({
        token: paymentOptionToken,
        ccType: freeText(32).exactOptional(),
        ccLastFour: ccLastFour.exactOptional(),
        cardHolder: freeText(255).exactOptional(),
      })
      .describe('The stored payment option that a refund goes back to. Never a card number'),
    customerUuid: requiredText(64).exactOptional(),
    invoiceGUID: requiredText(64),
    ipAddress: ipAddress.exactOptional(),
    customerFirstName: freeText(255).exactOptional(),
    customerLastName: freeText(255).exactOptional(),
    cardholderFirstName: freeText(255).exactOptional(),
    cardholderLastName: freeText(255).exactOptional(),
    // Left out, it must not switch off the rules that are for online payments only.
    onlinePayment: z.boolean().default(true),
    threeDSAuthentication: z.boolean().default(false),
    localDate,
    localTime,
  })
  .meta({
    examples: [
      {
        partnerReference: '1234566',
        customerAccno: '222123456',
        merchantAccno: '444123456',
        presentationAmount: 100,
        presentationCurrCode: 'EUR',
        paymentOption: { token: 'tok_visa', ccType: 'VISA', ccLastFour: '4242', cardHolder: 'Ana Lima' },
        customerUuid: '5f3b6a52-8f0e-4a55-9c9e-1b7f6f2d7a10',
        invoiceGUID: '0f0f7c8e-2d0b-4c59-9d4e-6a5d1a0f8b11',
        ipAddress: '203.0.113.7',
        customerFirstName: 'Ana',
        customerLastName: 'Lima',
        onlinePayment: true,
        threeDSAuthentication: true,
        localDate: '2019-01-11',
        localTime: '145752',
      },
    ],
  });

export type KcBlockBody = z.infer<typeof kcBlockBody>;

/**
 * The payment that a body asks to block.
 * @throws Refusal 0002, 0003 or 0023 where the amount is none that the currency can hold
 */
export function paymentOf({ subscriberId, uniqueReference }: PaymentRef, body: KcBlockBody): BlockedPayment {
  const { presentationAmount: _amount, presentationCurrCode: _currency, ...fields } = body;
  return { ...fields, subscriberId, uniqueReference, amount: amountOf(body) };
}

type Amount = Pick<KcBlockBody, 'presentationAmount' | 'presentationCurrCode'>;

/** The amount of a body. @throws Refusal 0002, 0003 or 0023 where the currency cannot hold it */
export function amountOf({ presentationAmount, presentationCurrCode }: Amount): Money {
  const amount = moneyFromWire(presentationAmount, presentationCurrCode);
  if (typeof amount === 'string') throw refusalOf(amount, presentationCurrCode);
  return amount;
}

/** Why a body's amount is none that the currency can hold: 0002, 0003 or 0023; undefined where it is one. */
export function amountRefused({ presentationAmount, presentationCurrCode }: Amount): Refusal | undefined {
  const amount = moneyFromWire(presentationAmount, presentationCurrCode);
  return typeof amount === 'string' ? refusalOf(amount, presentationCurrCode) : undefined;
}

function refusalOf(problem: MoneyProblem, currency: string): Refusal {
  if (problem === 'unknownCurrency') {
    return new Refusal(400, '0023', `Unknown currency code '${currency}': it is none of ISO 4217.`);
  }
  if (problem === 'notPositive') {
    return new Refusal(400, '0003', "Amount must be greater than 0.00: 'presentationAmount' is not.");
  }
  const why = {
    notAnAmount: 'it has more than two decimals',
    notRepresentable: `it has more decimals than ${currency} has`,
    tooLarge: 'it has more than 15 digits',
  };
  return invalidParameter(400, 'presentationAmount', why[problem]);
}
