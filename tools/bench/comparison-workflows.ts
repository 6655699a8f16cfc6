// What the lifecycle is compared with.
import {
  condition,
  defineSignal,
  proxyActivities,
  proxySinks,
  setHandler,
  type Sinks,
} from '@temporalio/workflow';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import type { TextbookActivities } from './comparison-worker.ts';

const unblockSignal = defineSignal('unblock');

/** The least that waits for a decision durably. */
export async function floor(): Promise<void> {
  let unblocked = false;
  setHandler(unblockSignal, () => {
    unblocked = true;
  });
  await condition(() => unblocked);
}

/** How the textbook writes it: an activity a step, and a timer beside the signal. It promises much less. */
export async function textbook(payment: BlockedPayment): Promise<void> {
  let unblocked = false;
  setHandler(unblockSignal, () => {
    unblocked = true;
  });
  await steps.block(payment);
  await steps.evaluate(payment);
  caller.held();
  await condition(() => unblocked, '24 hours');
  await steps.refund(payment);
}

/** Lets the caller know when to unblock, at no cost to the run. */
export interface CallerSinks extends Sinks {
  caller: { held(): void };
}

const { caller } = proxySinks<CallerSinks>();
const steps = proxyActivities<TextbookActivities>({ startToCloseTimeout: '30 seconds' });
