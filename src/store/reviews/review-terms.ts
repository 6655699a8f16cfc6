import type { PaymentRef } from '../../domain/ids.ts';
import type { BlockedPayment } from '../../domain/payment.ts';
import {
  aroundTheClock,
  type Calendar,
  type ReviewPolicy,
  type ReviewTerms,
  type ReviewTimes,
  timesOf,
} from '../../domain/review.ts';
import { calendarOf, needsFourEyes, reviewTimesOf } from '../../settings/review.ts';
import type { Queryable } from '../db/postgres.ts';
import { paymentByReference } from '../payments/payment-record.ts';
import { settingsInForce, settingsOfVersion } from '../settings/settings.ts';

/** The terms of a payment's review from now on: the settings in force, or the worker's own policy beneath them. */
export async function reviewTerms(
  db: Queryable,
  { subscriberId, amount }: Pick<BlockedPayment, 'subscriberId' | 'amount'>,
  { deadlineAction, operatorIdentity }: ReviewPolicy,
): Promise<ReviewTerms> {
  const inForce = await settingsInForce(db, 'review', subscriberId);
  const proven = operatorIdentity === 'principal' ? ({ sendersAreProven: true } as const) : {};
  if (!inForce) return { deadlineAction, fourEyes: false, ...proven };
  const { settings, version, subscriberId: setBy } = inForce;
  const fourEyes = needsFourEyes(settings, amount);
  return {
    // What takes two operators the deadline does not do alone.
    deadlineAction: fourEyes ? 'stayHeld' : settings.deadlineAction,
    ...(settings.escalation ? { escalateTo: settings.escalation.to } : {}),
    fourEyes,
    ...proven,
    ...(fourEyes && settings.kcUnblock === 'proposes' ? { callProposes: true } : {}),
    settings: { subscriberId: setBy, version },
  };
}

/** When the steps of a review under these terms come, and how its time passes. */
export async function reviewTime(
  db: Queryable,
  { settings: version }: ReviewTerms,
  policy: ReviewPolicy,
): Promise<{ readonly times: ReviewTimes; readonly calendar: Calendar }> {
  if (!version) return { times: timesOf(policy), calendar: aroundTheClock };
  const settings = await settingsOfVersion(db, 'review', version);
  return { times: reviewTimesOf(settings), calendar: calendarOf(settings) };
}

/** Whether a payment's amount takes two operators, by the settings in force. */
export async function takesTwo(db: Queryable, ref: PaymentRef): Promise<boolean> {
  const [payment, inForce] = await Promise.all([
    paymentByReference(db, ref),
    settingsInForce(db, 'review', ref.subscriberId),
  ]);
  return payment !== undefined && inForce !== undefined && needsFourEyes(inForce.settings, payment.amount);
}
