import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { refusedCallIn } from '../temporal/refused-call.ts';

/** There is no such payment under this service subscriber. */
export class PaymentNotFound extends Error {
  override readonly name = 'PaymentNotFound';
}

/** The payment is on record under another partnerReference: it was blocked by another call. */
export class PaymentAlreadyBlocked extends Error {
  override readonly name = 'PaymentAlreadyBlocked';
}

/** The lifecycle does not take this message now; the text says why and what would be taken. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
}

/**
 * Temporal, or every worker, is out of reach. What was asked for may or may not have been taken in: repeat the call
 * with the same partnerReference, it is done once.
 */
export class LifecycleUnavailable extends Error {
  override readonly name: string = 'LifecycleUnavailable';
}

/** More calls than can be carried: this one was not taken. Repeat it a little later. */
export class Overloaded extends LifecycleUnavailable {
  override readonly name = 'Overloaded';
}

// What Temporal answers beyond its limits, as gRPC numbers it.
const RESOURCE_EXHAUSTED = 8;

/** Whether Temporal has refused a call because it is at its limit. */
export function isExhausted({ code }: { readonly code: number }): boolean {
  return code === RESOURCE_EXHAUSTED;
}

/** Whether Temporal has refused a call that it will refuse again: its arguments, its namespace, its credentials. */
function isMistake({ code }: { readonly code: number }): boolean {
  return MISTAKES.has(code);
}

/** INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED */
const MISTAKES = new Set([3, 5, 7, 12, 16]);

/** An error of Temporal's client as one of these; another error as it is. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof WorkflowNotFoundError)
    return new PaymentNotFound('there is no such payment', { cause: error });
  if (error instanceof WorkflowUpdateFailedError)
    return new MessageRefused(error.cause?.message ?? error.message);
  const refusedCall = refusedCallIn(error);
  if (refusedCall && isExhausted(refusedCall))
    return new Overloaded('Temporal is at its limit: repeat the call a little later', { cause: error });
  if (refusedCall && isMistake(refusedCall)) {
    const { code, details } = refusedCall;
    return new Error(`Temporal refuses the call for good: ${details} (gRPC ${code})`, { cause: error });
  }
  if (refusedCall || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return new LifecycleUnavailable(
      'Temporal or its workers cannot be reached: repeat the call with the same partnerReference, it is done once',
      { cause: error },
    );
  }
  return error;
}
