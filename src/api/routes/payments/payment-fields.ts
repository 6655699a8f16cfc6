import { z } from 'zod';
import { moneyToWire } from '../../../domain/money.ts';
import type { BlockedPayment } from '../../../domain/payment.ts';

/** What every answer about a payment holds of the payment itself, in unblock-amount's words. */
export const paymentFields = {
  uniqueReference: z.string(),
  customerAccno: z.string(),
  merchantAccno: z.string(),
  presentationAmount: z.number(),
  presentationCurrCode: z.string(),
};

/** The fields of {@link paymentFields}; amounts in major units. */
export function paymentFieldsOf({
  uniqueReference,
  customerAccno,
  merchantAccno,
  amount,
}: Pick<BlockedPayment, 'uniqueReference' | 'customerAccno' | 'merchantAccno' | 'amount'>) {
  return {
    uniqueReference,
    customerAccno,
    merchantAccno,
    presentationAmount: moneyToWire(amount),
    presentationCurrCode: amount.currency,
  };
}
