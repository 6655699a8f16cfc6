import { randomUUID } from 'node:crypto';
import type { BlockedPayment } from '../src/domain/payment.ts';

/** An ordinary payment that no default rule minds; its references, card and address are new each time. */
export function samplePayment(changes: Partial<BlockedPayment> = {}): BlockedPayment {
  const id = randomUUID();
  return {
    subscriberId: 'demo',
    uniqueReference: id,
    partnerReference: `block-${id}`,
    customerAccno: '222123456',
    merchantAccno: '444123456',
    amount: { minor: 10_000, currency: 'EUR' },
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
