import {
  CancellationScope,
  currentUpdateInfo,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  Trigger,
} from '@temporalio/workflow';
import {
  type BlockCustomerRequest,
  type CustomerBlockView,
  problemOfBlock,
} from '../domain/customer-block.ts';
import { describeCustomerBlock } from '../temporal/customer-details.ts';
import { parseUnblockCustomer, UNBLOCK_CUSTOMER_EXAMPLE } from '../domain/messages/unblock-customer.ts';
import type { SignedMessage } from '../domain/commands.ts';
import type { SentMessage } from '../domain/sender.ts';
import {
  blockUpdate,
  customerBlockQuery,
  unblockCustomerSignal,
  unblockCustomerUpdate,
} from '../temporal/contract.ts';
import { rejectUpdate } from './update-rejection.ts';

/** Something to carry out, and whom to answer; a signal waits for no answer. */
export type CustomerCommand = (
  | { readonly kind: 'block'; readonly request: BlockCustomerRequest }
  | { readonly kind: 'unblock'; readonly by: SignedMessage }
) & {
  readonly done?: Trigger<CustomerBlockView>;
  /** What proves who has sent it; a part of this system sends itself none. */
  readonly sent?: SentMessage;
};

const REFUSALS_SHOWN = 20;

/** What a customer's run is sent, in the order it came; the workflow carries it out one after the other. */
export class CustomerInbox {
  readonly commands: CustomerCommand[] = [];
  private readonly refused: string[] = [];
  private unblockSignals = 0;
  private current: CustomerBlockView;

  constructor(view: CustomerBlockView) {
    this.current = view;
  }

  get view(): CustomerBlockView {
    return this.current;
  }

  set view(view: CustomerBlockView) {
    this.current = view;
    this.show();
  }

  /** Sets every handler, before the first await. */
  setHandlers(): void {
    const description = `End the block. Paste: ${UNBLOCK_CUSTOMER_EXAMPLE}`;
    setHandler(customerBlockQuery, () => this.current, {
      description: 'Whether the customer is blocked, until when',
    });
    setHandler(
      blockUpdate,
      (request) => this.carriedOut({ kind: 'block', request }, blockUpdate.name, request),
      {
        validator: (request) => {
          const problem = problemOfBlock(request);
          if (problem !== undefined) throw rejectUpdate(problem);
        },
        description: 'Block, or add a card or an invoice; the API and the client send it',
      },
    );
    setHandler(
      unblockCustomerUpdate,
      async (input) => {
        const parsed = parseUnblockCustomer(input);
        return parsed.ok
          ? this.carriedOut({ kind: 'unblock', by: parsed.value }, unblockCustomerUpdate.name, input)
          : this.current;
      },
      {
        validator: (input) => {
          const parsed = parseUnblockCustomer(input);
          if (!parsed.ok) throw rejectUpdate(parsed.problem);
        },
        description,
      },
    );
    setHandler(
      unblockCustomerSignal,
      (input) => {
        const parsed = parseUnblockCustomer(input);
        this.unblockSignals += 1;
        const { name } = unblockCustomerSignal;
        const sent = { name, content: input, as: { signal: this.unblockSignals } };
        if (parsed.ok) this.commands.push({ kind: 'unblock', by: parsed.value, sent });
        else this.refuse(`unblock: ${parsed.problem}`);
      },
      { description },
    );
    setDefaultSignalHandler((name) => this.refuse(`${name}: there is no such signal: use unblock`));
    CancellationScope.current().cancelRequested.catch(() =>
      this.refuse('cancel: a block is ended by unblock'),
    );
  }

  private async carriedOut(
    command: CustomerCommand,
    name: string,
    content: unknown,
  ): Promise<CustomerBlockView> {
    const done = new Trigger<CustomerBlockView>();
    const sent = { name, content, as: { updateId: currentUpdateInfo()?.id ?? '' } };
    this.commands.push({ ...command, sent, done });
    return await done;
  }

  /** Logs what was not carried out. */
  refuse(text: string): void {
    this.refused.push(text);
    if (this.refused.length > REFUSALS_SHOWN) this.refused.shift();
    this.show();
  }

  private show(): void {
    setCurrentDetails(describeCustomerBlock(this.current, this.refused));
  }
}
