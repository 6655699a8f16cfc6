import { CancellationScope, condition, currentUpdateInfo } from '@temporalio/workflow';
import { inTheNameOf, typedOperator } from '../domain/messages/message.ts';
import type { Known } from '../domain/people.ts';
import type { PaymentCase } from '../domain/payment-case.ts';
import { isAsserted, type Sender, type SentMessage, UNPROVEN_UPDATE } from '../domain/sender.ts';
import { whoSignaled, whoUpdated } from './activities.ts';
import { whyGivenUp } from './given-up.ts';
import { showDetails } from './payment-visibility.ts';
import { rejectUpdate } from './update-rejection.ts';

/** What was said, in the name of who is proven to have said it. */
export interface Said {
  readonly input: unknown;
  /** Left out where the name counts as it is typed. */
  readonly known?: Known;
}

/** Why an Update can never be taken as it is; undefined where it can. */
export function problemOfSender(current: PaymentCase, input: unknown): string | undefined {
  return current.sendersAreProven && !isAsserted(input) ? UNPROVEN_UPDATE : undefined;
}

/** Whether it has to be found out who has sent an Update: one that brings an assertion is held to it everywhere. */
export function isToBeProven(current: PaymentCase, input: unknown): boolean {
  return current.sendersAreProven || isAsserted(input);
}

/** What an Update says, in the name of its sender. @throws where it is not proven who that is */
export async function saidByUpdate(current: PaymentCase, name: string, input: unknown): Promise<Said> {
  const sent = { name, content: input, as: { updateId: currentUpdateInfo()?.id ?? '' } };
  const [sender] = await CancellationScope.nonCancellable(() =>
    whoUpdated({ subscriberId: current.ref.subscriberId, messages: [sent] }),
  );
  const said = saidBy(sender, sent);
  if (!('problem' in said)) return said;
  refuse(current, sent, said.problem);
  throw rejectUpdate(said.problem);
}

/**
 * Finds out who has sent the signals that wait for it, and hands them on in their order, for as long as the lifecycle runs.
 */
export async function proveSignals(
  current: PaymentCase,
  take: (name: string, said: Said) => void,
): Promise<never> {
  const { unproven, ref } = current;
  for (;;) {
    await CancellationScope.nonCancellable(() => condition(() => unproven.length > 0));
    const messages = unproven.slice(0, MOST_AT_ONCE);
    const senders = await sendersOf(ref.subscriberId, messages);
    messages.forEach((sent, index) => {
      const said = saidBy(senders[index], sent);
      if ('problem' in said) refuse(current, sent, said.problem);
      else take(sent.name, said);
    });
    unproven.splice(0, messages.length);
  }
}

const MOST_AT_ONCE = 200;

async function sendersOf(subscriberId: string, messages: readonly SentMessage[]): Promise<readonly Sender[]> {
  try {
    return await CancellationScope.nonCancellable(() => whoSignaled({ subscriberId, messages }));
  } catch (error) {
    const problem = `it could not be found out who has sent it: ${whyGivenUp(error)}`;
    return messages.map(() => ({ problem }));
  }
}

function saidBy(sender: Sender | undefined, { content }: SentMessage): Said | { readonly problem: string } {
  if (sender === undefined) return { problem: 'it is not known who has sent it' };
  if ('problem' in sender) return sender;
  if ('part' in sender) return { input: content };
  const { name, known } = sender;
  return { input: inTheNameOf(name, content), known };
}

function refuse(current: PaymentCase, { name, content }: SentMessage, text: string): void {
  const operator = typedOperator(content) ?? 'unknown';
  current.log.message(Date.now(), { name, operator, outcome: 'refused', text });
  showDetails(current);
}
