import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { PaymentBlockClient } from '../client/index.ts';
import { failpoint } from '../runtime/failpoints.ts';
import type { BlockCustomerRequest } from '../domain/customer-block.ts';
import { type CustomerRef, type PaymentRef, paymentWorkflowId } from '../domain/ids.ts';
import { HOLD_BY_CUSTOMER_BLOCK } from '../domain/messages/hold.ts';
import { inChunks } from '../runtime/in-chunks.ts';
import { markHeld } from '../store/customers/customer-blocks.ts';
import { paymentsToHold } from '../store/payments/payments.ts';
import type { ActivityDeps } from './deps.ts';
import { holdSignal } from '../temporal/contract.ts';

export type OtherRunsActivities = ReturnType<typeof createOtherRunsActivities>;

type OtherRunsDeps = Pick<ActivityDeps, 'pool' | 'assertions'>;

/** Messages from one run to others. */
export function createOtherRunsActivities({ pool, assertions: { vouch } }: OtherRunsDeps) {
  async function hold(ref: PaymentRef): Promise<void> {
    const workflowId = paymentWorkflowId(ref);
    const handle = Context.current().client.workflow.getHandle(workflowId);
    const sent = { workflowId, name: holdSignal.name, content: HOLD_BY_CUSTOMER_BLOCK };
    const assertion = await vouch({ part: 'customer block' }, sent);
    try {
      await failpoint('Signal', () => handle.signal(holdSignal, { ...HOLD_BY_CUSTOMER_BLOCK, assertion }));
    } catch (error) {
      // One that has just ended needs none.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }

  return {
    /**
     * Sends the payments under way of a blocked customer to review, each once a block; ends early where the block ends. A
     * retry goes on where the attempt before has come to.
     */
    async holdPayments(customer: CustomerRef): Promise<void> {
      const { subscriberId } = customer;
      for (let held = 0; ; ) {
        const batch = await paymentsToHold(pool, customer, BATCH);
        if (batch.length === 0) return;
        await inChunks(batch, AT_ONCE, (uniqueReference) => hold({ subscriberId, uniqueReference }));
        await markHeld(pool, customer, batch);
        held += batch.length;
        Context.current().heartbeat({ held });
      }
    },

    /** Blocks a customer in a run of its own. */
    async blockCustomer({ customer, request }: BlockCustomer): Promise<void> {
      const { client, info } = Context.current();
      await new PaymentBlockClient(client, info.taskQueue, { vouch }).blockCustomer(customer, request);
    },
  };
}

/** Payments that are held between two heartbeats, and signals under way at once. */
const BATCH = 100;
const AT_ONCE = 10;

export interface BlockCustomer {
  readonly customer: CustomerRef;
  readonly request: BlockCustomerRequest;
}
