import { formatMoney, type Money } from './money.ts';
import type { PaymentRef } from './ids.ts';
import type { PaymentStatus } from './payment.ts';
import type { NewTask } from './task.ts';

/**
 * opened     the bank has taken the money back, and it may be contested
 * won        the money is back
 * lost       the money stays with the card holder
 * withdrawn  the bank has taken its claim back
 */
export const chargebackEnds = ['won', 'lost', 'withdrawn'] as const;
export type ChargebackEnd = (typeof chargebackEnds)[number];
export type ChargebackStatus = 'opened' | ChargebackEnd;

/** Whether the money is gone by it, as far as is known: a refund on top of that would be a second one. */
export function hasTakenMoney(status: ChargebackStatus): boolean {
  return status === 'opened' || status === 'lost';
}

/** A dispute as a gateway reports it. */
export interface ReportedDispute {
  /** The gateway's own. */
  readonly reference: string;
  /** What was paid there, by each of its names: one of them is the payment option's token. */
  readonly paymentOptionTokens: readonly string[];
  readonly amount: Money;
  readonly reason: string;
  /** opened: the bank has the money; lost: it keeps it; won or withdrawn: it is back. */
  readonly status: ChargebackStatus;
}

/** The task that a gateway's dispute is which cannot be recorded. */
export function unrecordedDisputeTask(
  { subscriberId, uniqueReference }: PaymentRef,
  dispute: Pick<ReportedDispute, 'reference' | 'amount' | 'status'> & { readonly why: string },
): NewTask {
  const { reference, amount, status, why } = dispute;
  const told = `The gateway reports dispute ${reference} over ${formatMoney(amount)} (${status}) of payment ${uniqueReference}`;
  return {
    subscriberId,
    kind: 'chargedBack',
    subject: `chargeback:${reference}`,
    summary: `${told}, and it is not on record: ${why}.`,
    details: { uniqueReference, chargebackReference: reference, status, why },
  };
}

/** What a chargeback means for where the payment's money is. */
export interface ChargedBackPayment extends PaymentRef {
  readonly status: PaymentStatus;
  /** The refund that was paid, or may be. */
  readonly refundReference: string | undefined;
  readonly chargeback: { readonly reference: string; readonly amount: Money };
}

/**
 * The task that a chargeback is where the money had left already: the customer has it twice, or the merchant has what the
 * bank took from us. Undefined while the money is still blocked: then nothing is refunded on top.
 */
export function chargedBackTask(payment: ChargedBackPayment): NewTask | undefined {
  const { subscriberId, uniqueReference, status, refundReference, chargeback } = payment;
  const told = `Payment ${uniqueReference} was charged back under ${chargeback.reference} over ${formatMoney(chargeback.amount)}`;
  const meaning = {
    refunded: `and its refund ${refundReference} is paid: the customer has the money twice`,
    refunding: `while its refund ${refundReference} is under way: the customer may get the money twice`,
    refundFailed: `and what became of its refund ${refundReference} is not known: the customer may have the money twice`,
    released: 'and it was released: the merchant has money that the bank has taken from us',
    blocked: undefined,
    held: undefined,
  }[status];
  if (meaning === undefined) return undefined;
  return {
    subscriberId,
    kind: 'chargedBack',
    subject: `chargeback:${chargeback.reference}`,
    summary: `${told}, ${meaning}.`,
    details: {
      uniqueReference,
      chargebackReference: chargeback.reference,
      refundReference: refundReference ?? null,
      paymentStatus: status,
    },
  };
}
