import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { PaymentBlockClient } from '../client/index.ts';
import { crashable } from '../crash-points.ts';
import type { BlockCustomerRequest } from '../domain/customer-block.ts';
import { paymentWorkflowId, type CustomerRef } from '../domain/ids.ts';
import { holdSignal } from '../messages/payment-lifecycle.ts';

export type RunActivities = ReturnType<typeof createRunActivities>;

/** Messages from one run to others. */
export function createRunActivities() {
  return {
    /** Sends the payments to review. One that has just ended needs none. */
    async holdPayments({ subscriberId, uniqueReferences, operator, reason }: HoldPayments): Promise<void> {
      const { workflow } = Context.current().client;
      for (const uniqueReference of uniqueReferences) {
        const handle = workflow.getHandle(paymentWorkflowId({ subscriberId, uniqueReference }));
        const hold = crashable('Signal', () => handle.signal(holdSignal, { operator, reason }));
        await hold.catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
      }
    },

    /** Nothing: that it is asked for has Temporal write down what came before. */
    async haveUpdateRecorded(): Promise<void> {},

    /** Blocks a customer in a run of its own. */
    async blockCustomer({ customer, request }: BlockCustomer): Promise<void> {
      const { client, info } = Context.current();
      await new PaymentBlockClient(client, info.taskQueue).blockCustomer(customer, request);
    },
  };
}

export interface HoldPayments {
  readonly subscriberId: string;
  readonly uniqueReferences: readonly string[];
  readonly operator: string;
  readonly reason: string;
}

export interface BlockCustomer {
  readonly customer: CustomerRef;
  readonly request: BlockCustomerRequest;
}
