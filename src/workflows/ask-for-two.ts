import { patched } from '@temporalio/workflow';
import type { PaymentCase } from '../domain/payment-case.ts';

/**
 * Has two operators book what went elsewhere, and the clock stand while an unblock is proposed, where the case takes two.
 * Runs that began before go on as they began.
 */
export function askForTwo(current: PaymentCase): void {
  current.review.askForTwo(current.needsFourEyes && patched(BOOKING_TAKES_TWO));
}

const BOOKING_TAKES_TWO = 'a booking takes two, and a proposal stops the clock from being moved';
