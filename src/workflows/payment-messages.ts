import {
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import { NO_SUCH_SIGNAL, operatorMessages } from '../domain/operator-messages.ts';
import type { PaymentView } from '../domain/payment.ts';
import type { PaymentCase } from '../domain/payment-case.ts';
import { decisionUpdate, paymentQuery, refundNewsSignal } from '../messages/payment-lifecycle.ts';
import { showDetails } from './payment-visibility.ts';
import { RecordedFirst } from './recorded-first.ts';
import { refused } from './refused.ts';

/** Sets every handler, before the first await: a message may come before the first line of the lifecycle has run. */
export function listenToOperators(current: PaymentCase): void {
  setHandler(paymentQuery, () => current.view(), { description: 'Where the payment stands' });
  setHandler(
    decisionUpdate,
    async () => {
      await reached(() => current.status !== 'blocked');
      return current.view();
    },
    { description: 'Waits until the rules have decided' },
  );

  setHandler(refundNewsSignal, () => void (current.refundNews = true), {
    description: 'Has the refund looked up at the gateway now; never pays',
  });

  const recordedFirst = new RecordedFirst();
  for (const { name, description, refusal, take, isDone } of operatorMessages) {
    const hear = (input: unknown) => {
      take(current, input, Date.now());
      showDetails(current);
    };
    setHandler(defineSignal<[unknown]>(name), hear, { description });
    setHandler(
      defineUpdate<PaymentView, [unknown]>(name),
      async (input) => {
        await recordedFirst.next();
        // Somebody else may have been faster meanwhile.
        const problem = refusal(current, input, Date.now());
        hear(input);
        if (problem !== undefined) throw refused(problem);
        await reached(() => isDone(current));
        return current.view();
      },
      {
        // Synchronous by necessity: an async validator accepts everything and wedges the run on its rejection.
        validator: (input) => {
          const problem = refusal(current, input, Date.now());
          if (problem !== undefined) throw refused(problem);
        },
        description,
      },
    );
  }

  setDefaultSignalHandler((name) => {
    current.record(Date.now(), name, 'unknown', 'refused', NO_SUCH_SIGNAL);
    showDetails(current);
  });
  CancellationScope.current().cancelRequested.catch(() => {
    current.onCancel(Date.now());
    showDetails(current);
  });
}

/** Waits as the lifecycle does: a cancelled run goes on, and so do those who wait for it. */
function reached(happened: () => boolean): Promise<void> {
  return CancellationScope.nonCancellable(() => condition(happened));
}
