import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { PaymentBlockClient } from '../client/index.ts';
import { failpoint } from '../runtime/failpoints.ts';
import type { BlockCustomerRequest } from '../domain/customer-block.ts';
import { paymentWorkflowId, type CustomerRef } from '../domain/ids.ts';
import { holdSignal } from '../temporal/payment-lifecycle.ts';

export type OtherRunsActivities = ReturnType<typeof createOtherRunsActivities>;

/** Messages from one run to others. */
export function createOtherRunsActivities() {
  return {
    /** Sends the payments to review. One that has just ended needs none. */
    async holdPayments({ subscriberId, uniqueReferences, operator, reason }: HoldPayments): Promise<void> {
      const { workflow } = Context.current().client;
      for (const uniqueReference of uniqueReferences) {
        const handle = workflow.getHandle(paymentWorkflowId({ subscriberId, uniqueReference }));
        const hold = failpoint('Signal', () => handle.signal(holdSignal, { operator, reason }));
        await hold.catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        });
      }
    },

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
