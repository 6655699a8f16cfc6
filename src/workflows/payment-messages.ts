import { CancellationScope, condition, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { EXTEND_REVIEW_EXAMPLE, HOLD_EXAMPLE, UNBLOCK_EXAMPLE } from '../domain/operator-commands.ts';
import type { PaymentCase } from '../domain/payment-case.ts';
import {
  decisionUpdate,
  extendReviewSignal,
  holdSignal,
  paymentQuery,
  unblockSignal,
  unblockUpdate,
} from '../messages/payment-lifecycle.ts';
import { showDetails } from './payment-visibility.ts';

/** Sets every handler, before the first await: a message may come before the first line of the lifecycle has run. */
export function listenToOperators(current: PaymentCase): void {
  const hear = (message: () => void) => {
    message();
    showDetails(current);
  };

  setHandler(paymentQuery, () => current.view(), { description: 'Where the payment stands' });

  setHandler(
    decisionUpdate,
    async () => {
      await reached(() => current.status !== 'blocked');
      return current.view();
    },
    { description: 'Waits until the rules have decided' },
  );

  setHandler(
    unblockUpdate,
    async (input) => {
      hear(() => current.onUnblock(input, Date.now()));
      await reached(() => current.status !== 'blocked' && current.status !== 'held');
      return current.view();
    },
    {
      // Synchronous by necessity: an async validator accepts everything and wedges the run on its rejection.
      validator: (input) => {
        const refusal = current.refusalOfUnblock(input);
        if (refusal !== undefined) throw new Error(refusal);
      },
      description: `Refund (true) or release (false). Paste: ${UNBLOCK_EXAMPLE}`,
    },
  );
  setHandler(unblockSignal, (input) => hear(() => current.onUnblock(input, Date.now())), {
    description: `Refund (true) or release (false). Paste: ${UNBLOCK_EXAMPLE}`,
  });
  setHandler(holdSignal, (input) => hear(() => current.onHold(input, Date.now())), {
    description: `Keep for review. Paste: ${HOLD_EXAMPLE}`,
  });
  setHandler(extendReviewSignal, (input) => hear(() => current.onExtendReview(input, Date.now())), {
    description: `More time for the review. Paste: ${EXTEND_REVIEW_EXAMPLE}`,
  });
  setDefaultSignalHandler((name) => hear(() => current.onUnknownMessage(name, Date.now())));

  CancellationScope.current().cancelRequested.catch(() => hear(() => current.onCancel(Date.now())));
}

/** Waits as the lifecycle does: a cancelled run goes on, and so do those who wait for it. */
function reached(happened: () => boolean): Promise<void> {
  return CancellationScope.nonCancellable(() => condition(happened));
}
