import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import type { BlockCustomerRequest, CustomerBlockView } from '../domain/customer-block.ts';
import type { CustomerRef } from '../domain/ids.ts';
import type { Signed } from '../domain/operator-commands.ts';
import { conditionUntil } from './condition-until.ts';
import { CustomerDesk, type CustomerCommand } from './customer-messages.ts';
import { Notices } from './notices.ts';
import { runs, store } from './retry-policies.ts';

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
  const desk = new CustomerDesk({ ...input, customerBlocked: true });
  desk.listen();
  const notices = new Notices();

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      await conditionUntil(() => desk.commands.length > 0, expiryOf(desk.view), 'customer block: expiry');
      const command = desk.commands.shift() ?? EXPIRED;
      desk.view =
        command.kind === 'block'
          ? await block(customer, command.request, notices)
          : await unblock(customer, command.by, notices);
      command.done?.resolve(desk.view);
      if (desk.commands.length > 0) continue;

      if (!desk.view.customerBlocked || workflowInfo().continueAsNewSuggested) {
        const allDone = () => notices.delivered && allHandlersFinished();
        await condition(() => allDone() || desk.commands.length > 0);
        // What came in the meantime belongs to this run: a block after the unblock starts the block anew.
        if (desk.commands.length > 0) continue;
        if (!desk.view.customerBlocked) return desk.view;
        const { expiresAt } = desk.view;
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

async function block(
  customer: CustomerRef,
  request: BlockCustomerRequest,
  notices: Notices,
): Promise<CustomerBlockView> {
  const { expiresAt, eventId } = await store.storeBlock({ ...customer, request });
  notices.send(eventId);
  const uniqueReferences = await store.paymentsUnderWay(customer);
  if (uniqueReferences.length > 0) {
    await runs.holdPayments({
      subscriberId: customer.subscriberId,
      uniqueReferences,
      operator: 'customer block',
      reason: 'the customer or the card was blocked',
    });
  }
  return { ...customer, customerBlocked: true, ...(expiresAt === null ? {} : { expiresAt }) };
}

async function unblock(customer: CustomerRef, by: Signed, notices: Notices): Promise<CustomerBlockView> {
  notices.send(await store.endBlock({ ...customer, endedBy: by.operator, reason: by.reason }));
  return { ...customer, customerBlocked: false };
}

function expiryOf({ expiresAt }: CustomerBlockView): number | undefined {
  return expiresAt === undefined ? undefined : Date.parse(expiresAt);
}
