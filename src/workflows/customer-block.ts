import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import type { BlockCustomerRequest, CustomerBlockView } from '../domain/customer-block.ts';
import type { CustomerRef } from '../domain/ids.ts';
import { otherRuns, steps } from './activities.ts';
import { openTask, whyGivenUp } from './given-up.ts';
import { rejectUpdate } from './update-rejection.ts';
import { conditionUntil } from './condition-until.ts';
import { type CustomerCommand, CustomerInbox } from './customer-handlers.ts';

/** Whose block it is; with its expiry where a run goes on from an earlier one. */
export interface CustomerBlockInput extends CustomerRef {
  readonly expiresAt?: string;
}

/**
 * The block of one customer: stored, extended by further cards and invoices, ended by an operator or by its expiry.
 * Everything said to it is carried out one after the other, so that blocks and unblocks cannot overtake each other.
 */
export async function customerBlock(input: CustomerBlockInput): Promise<CustomerBlockView> {
  const customer: CustomerRef = { subscriberId: input.subscriberId, customerUuid: input.customerUuid };
  const inbox = new CustomerInbox({ ...input, customerBlocked: true });
  let isStored = workflowInfo().continuedFromExecutionRunId !== undefined;
  inbox.setHandlers();

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      await conditionUntil(() => inbox.commands.length > 0, expiryOf(inbox.view), 'customer block: expiry');
      const command = inbox.commands.shift() ?? EXPIRED;
      try {
        inbox.view = await carryOut(customer, command);
        isStored = true;
        command.done?.resolve(inbox.view);
      } catch (error) {
        await giveUp(inbox, command, isStored, whyGivenUp(error));
      }
      if (inbox.commands.length > 0) continue;

      if (!inbox.view.customerBlocked || workflowInfo().continueAsNewSuggested) {
        await condition(() => allHandlersFinished() || inbox.commands.length > 0);
        // What came in the meantime belongs to this run: a block after the unblock starts the block anew.
        if (inbox.commands.length > 0) continue;
        if (!inbox.view.customerBlocked) return inbox.view;
        const { expiresAt } = inbox.view;
        await continueAsNew<typeof customerBlock>({
          ...customer,
          ...(expiresAt === undefined ? {} : { expiresAt }),
        });
      }
    }
  });
}

const EXPIRED: CustomerCommand = {
  kind: 'unblock',
  by: { operator: 'expiry', reason: 'the block has expired' },
};

async function carryOut(customer: CustomerRef, command: CustomerCommand): Promise<CustomerBlockView> {
  if (command.kind === 'block') return block(customer, command.request);
  const { operator: endedBy, reason } = command.by;
  await steps.endBlock({ ...customer, endedBy, reason });
  return { ...customer, customerBlocked: false };
}

/** A block or an unblock that the record does not take: who asked hears why, and the block is as it was. */
async function giveUp(
  inbox: CustomerInbox,
  command: CustomerCommand,
  isStored: boolean,
  reason: string,
): Promise<void> {
  const { subscriberId, customerUuid } = inbox.view;
  const now = isStored ? 'blocked' : 'not blocked';
  // An expiry that could not be carried out is not due again.
  if (command === EXPIRED || !isStored)
    inbox.view = { subscriberId, customerUuid, customerBlocked: isStored };
  inbox.refuse(`${command.kind}: it could not be carried out: ${reason}`);
  command.done?.reject(rejectUpdate(`it was taken, and could not be carried out: ${reason}`));
  await openTask(subscriberId, `customer:${customerUuid}`, command.kind, reason, now);
}

async function block(customer: CustomerRef, request: BlockCustomerRequest): Promise<CustomerBlockView> {
  const { expiresAt, paymentsUnderWay } = await steps.storeBlock({ ...customer, request });
  if (paymentsUnderWay.length > 0) {
    await otherRuns.holdPayments({
      subscriberId: customer.subscriberId,
      uniqueReferences: paymentsUnderWay,
      operator: 'customer block',
      reason: 'the customer or the card was blocked',
    });
  }
  return { ...customer, customerBlocked: true, ...(expiresAt === null ? {} : { expiresAt }) };
}

function expiryOf({ expiresAt }: CustomerBlockView): number | undefined {
  return expiresAt === undefined ? undefined : Date.parse(expiresAt);
}
