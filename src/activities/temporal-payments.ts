import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { paymentWorkflowId } from '../domain/ids.ts';
import { holdSignal } from '../messages/payment-lifecycle.ts';

export type SignalActivities = ReturnType<typeof createSignalActivities>;

/** Messages to payments' own runs. */
export function createSignalActivities() {
  return {
    /** Sends the payments to review. One that has just ended needs none. */
    async holdPayments({ subscriberId, uniqueReferences, operator, reason }: HoldPayments): Promise<void> {
      const { workflow } = Context.current().client;
      for (const uniqueReference of uniqueReferences) {
        const handle = workflow.getHandle(paymentWorkflowId({ subscriberId, uniqueReference }));
        await handle.signal(holdSignal, { operator, reason }).catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
      }
    },
  };
}

export interface HoldPayments {
  readonly subscriberId: string;
  readonly uniqueReferences: readonly string[];
  readonly operator: string;
  readonly reason: string;
}
