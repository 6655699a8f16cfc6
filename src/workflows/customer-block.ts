import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import type { BlockCustomerRequest, CustomerBlockView } from '../domain/customer-block.ts';
import type { CustomerRef } from '../domain/ids.ts';
import { SENDER_REFUSED, type SentMessage } from '../domain/sender.ts';
import { holdPayments, steps } from './activities.ts';
import { failureType, openTask, whyGivenUp } from './given-up.ts';
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
  const holds = new Holds(customer);
  inbox.setHandlers();

  return CancellationScope.nonCancellable(async () => {
    // A message that came with the start is handled first.
    await Promise.resolve();
    for (;;) {
      if (inbox.commands.length === 0) {
        const until = isStored ? expiryOf(inbox.view) : Date.now() + FIRST_COMMAND_MS;
        await conditionUntil(() => inbox.commands.length > 0, until, 'customer block: expiry');
      }
      // What the run was started for was refused: there is no block.
      if (!isStored && inbox.commands.length === 0) return { ...customer, customerBlocked: false };
      const command = inbox.commands.shift() ?? EXPIRED;
      try {
        inbox.view = await carryOut(customer, command, holds);
        isStored = true;
        command.done?.resolve(inbox.view);
      } catch (error) {
        await giveUp(inbox, command, isStored, error);
      }
      if (inbox.commands.length > 0) continue;

      if (!inbox.view.customerBlocked || workflowInfo().continueAsNewSuggested) {
        await condition(() => (allHandlersFinished() && holds.areDone) || inbox.commands.length > 0);
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

/** How long a new run waits for its first command. */
const FIRST_COMMAND_MS = 60_000;

const EXPIRED: CustomerCommand = {
  kind: 'unblock',
  by: { operator: 'expiry', reason: 'the block has expired' },
};

/** The payments under way go to review beside everything else: an unblock does not wait for thousands of them. */
class Holds {
  private readonly customer: CustomerRef;
  private wanted = false;
  private underWay = false;

  constructor(customer: CustomerRef) {
    this.customer = customer;
  }

  get areDone(): boolean {
    return !this.wanted && !this.underWay;
  }

  begin(): void {
    this.wanted = true;
    if (!this.underWay) void this.carryOut();
  }

  private async carryOut(): Promise<void> {
    this.underWay = true;
    while (this.wanted) {
      this.wanted = false;
      await holdPayments(this.customer);
    }
    this.underWay = false;
  }
}

async function carryOut(
  customer: CustomerRef,
  command: CustomerCommand,
  holds: Holds,
): Promise<CustomerBlockView> {
  const { sent } = command;
  if (command.kind === 'block') return block(customer, command.request, sent, holds);
  const { operator: endedBy, reason } = command.by;
  const wasBlocked = await steps.endBlock({ ...customer, endedBy, reason, sent });
  return { ...customer, customerBlocked: false, wasBlocked };
}

/** A block or an unblock that is not taken, or not by its sender: who asked hears why, and the block is as it was. */
async function giveUp(
  inbox: CustomerInbox,
  command: CustomerCommand,
  isStored: boolean,
  error: unknown,
): Promise<void> {
  const { subscriberId, customerUuid } = inbox.view;
  const now = isStored ? 'blocked' : 'not blocked';
  // An expiry that could not be carried out is not due again.
  if (command === EXPIRED || !isStored)
    inbox.view = { subscriberId, customerUuid, customerBlocked: isStored };
  const reason = whyGivenUp(error);
  const isRefused = failureType(error) === SENDER_REFUSED;
  inbox.refuse(`${command.kind}: ${isRefused ? '' : 'it could not be carried out: '}${reason}`);
  command.done?.reject(
    rejectUpdate(isRefused ? reason : `it was taken, and could not be carried out: ${reason}`),
  );
  if (!isRefused) await openTask(subscriberId, `customer:${customerUuid}`, command.kind, reason, now);
}

async function block(
  customer: CustomerRef,
  request: BlockCustomerRequest,
  sent: SentMessage | undefined,
  holds: Holds,
): Promise<CustomerBlockView> {
  const { expiresAt, hasPaymentsToHold } = await steps.storeBlock({ ...customer, request, sent });
  if (hasPaymentsToHold) holds.begin();
  return { ...customer, customerBlocked: true, ...(expiresAt === null ? {} : { expiresAt }) };
}

function expiryOf({ expiresAt }: CustomerBlockView): number | undefined {
  return expiresAt === undefined ? undefined : Date.parse(expiresAt);
}
