import {
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import { type OperatorMessageKind } from '../domain/messages/define.ts';
import { NO_SUCH_SIGNAL, operatorMessages } from '../domain/messages/operator-messages.ts';
import type { PaymentState } from '../domain/payment.ts';
import type { PaymentCase } from '../domain/payment-case.ts';
import { stateOf, viewOf } from '../domain/payment-view.ts';
import { decisionUpdate, paymentQuery, refundChangedSignal } from '../temporal/contract.ts';
import { showDetails } from './payment-visibility.ts';
import { isToBeProven, problemOfSender, proveSignals, type Said, saidByUpdate } from './senders.ts';
import { rejectUpdate } from './update-rejection.ts';

/** Sets every handler. Called before the first await: a message may be delivered with the run's start. */
export function handlePaymentMessages(current: PaymentCase): void {
  setHandler(paymentQuery, () => viewOf(current), { description: 'Where the payment stands' });
  setHandler(
    decisionUpdate,
    async () => {
      await until(() => current.isTakenIn || current.givenUp.decision !== undefined);
      if (!current.isTakenIn) throw rejectUpdate(`it was not taken in: ${current.givenUp.decision?.reason}`);
      return stateOf(current);
    },
    { description: 'Waits until the rules have decided' },
  );
  setHandler(refundChangedSignal, () => current.refund.hint(), {
    description: 'Has the refund looked up at the gateway now; never pays',
  });
  const early: (() => void)[] = [];
  const handlers = operatorMessages.map((message) => handleOperatorMessage(current, message, early));
  void takeEarly(current, early);
  void proveSignals(current, (name, said) => handlers.find((handler) => handler.name === name)?.take(said));

  setDefaultSignalHandler((name) => {
    const refusal = { name, operator: 'unknown', outcome: 'refused', text: NO_SUCH_SIGNAL } as const;
    current.log.message(Date.now(), refusal);
    showDetails(current);
  });
  CancellationScope.current().cancelRequested.catch(() => {
    const text = 'a blocked payment cannot be cancelled: send unblock, refundAmount true or false';
    current.log.message(Date.now(), { name: 'cancel', operator: 'unknown', outcome: 'refused', text });
    showDetails(current);
  });
}

/** Takes what came before the payment was taken in. */
async function takeEarly(current: PaymentCase, early: (() => void)[]): Promise<void> {
  await until(() => current.isTakenIn);
  for (const take of early.splice(0)) take();
}

/**
 * One operator message as Update and as Signal. Both wait until the payment is taken in. A signal waits in a list and not in
 * a promise of its own: thousands of them may come with one workflow task, which has five seconds.
 */
function handleOperatorMessage(
  current: PaymentCase,
  { name, description, refusal, take, part, isDone, earlyReason }: OperatorMessageKind,
  early: (() => void)[],
): { readonly name: string; readonly take: (said: Said) => string | undefined } {
  const askForReview = (input: unknown) => {
    const reason = earlyReason(input, Date.now());
    if (reason !== undefined && current.reasonsToHold.size < MOST_REASONS) current.reasonsToHold.add(reason);
  };
  const takeAndShow = ({ input, known }: Said) => {
    const problem = take(current, input, Date.now(), known);
    showDetails(current);
    return problem;
  };

  let signals = 0;
  const onSignal = (input: unknown) => {
    signals += 1;
    const sent = { name, content: input, as: { signal: signals } };
    const receive = () => {
      if (current.sendersAreProven) current.unproven.push(sent);
      else takeAndShow({ input });
    };
    if (current.isTakenIn) receive();
    else {
      askForReview(input);
      early.push(receive);
    }
  };
  setHandler(defineSignal<[unknown]>(name), onSignal, { description });

  const onUpdate = async (input: unknown) => {
    if (!current.isTakenIn) {
      askForReview(input);
      await until(() => current.isTakenIn);
    }
    const said = isToBeProven(current, input) ? await saidByUpdate(current, name, input) : { input };
    const before = current.givenUp[part];
    // Another message may have been handled since the validator ran.
    const problem = takeAndShow(said);
    if (problem !== undefined) throw rejectUpdate(problem);
    await until(() => isDone(current));
    const givenUp = current.givenUp[part];
    if (givenUp !== undefined && givenUp !== before)
      throw rejectUpdate(`it was taken, and could not be carried out: ${givenUp.reason}`);
    return stateOf(current);
  };
  // Synchronous by necessity: an async validator accepts everything and wedges the run on its rejection.
  const validator = (input: unknown) => {
    const problem = problemOfSender(current, input) ?? refusal(current, input, Date.now());
    if (problem !== undefined) throw rejectUpdate(problem);
  };
  setHandler(defineUpdate<PaymentState, [unknown]>(name), onUpdate, { validator, description });
  return { name, take: takeAndShow };
}

/** Reasons for a review that are kept, each once. */
const MOST_REASONS = 20;

/** Waits as the lifecycle does: a cancelled run goes on, and so do the handlers that wait for it. */
function until(reached: () => boolean): Promise<void> {
  return CancellationScope.nonCancellable(() => condition(reached));
}
