import type { PaymentRef } from '../../../domain/ids.ts';
import { actorText } from '../../../domain/people.ts';
import { lastOfTrails } from '../../../store/books/trail.ts';
import { customerSubject } from '../../../store/customers/customer-blocks.ts';
import { auditSubject, paymentByReference } from '../../../store/payments/payment-record.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import type { Mark } from '../page/mark.ts';

/** What a case shows: its last entry in the audit, or its customer's. */
export async function markOfCase({ pool }: RouteDeps, ref: PaymentRef): Promise<Mark> {
  const payment = await paymentByReference(pool, ref);
  const { subscriberId } = ref;
  const customerUuid = payment?.customerUuid;
  const subjects = [
    auditSubject(ref).subject,
    ...(customerUuid === undefined ? [] : [customerSubject({ subscriberId, customerUuid }).subject]),
  ];
  const last = await lastOfTrails(pool, subscriberId, subjects);
  if (!last) return { value: '', text: 'The case has changed.' };
  return {
    value: String(last.id),
    text: `The case has changed: ${last.action} by ${actorText(last.actor)}.`,
  };
}
