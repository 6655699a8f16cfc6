import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { BlockCustomerRequest, CustomerBlockView } from '../domain/customer-block.ts';
import {
  customerBlockWorkflowId,
  paymentWorkflowId,
  refundCheckWorkflowId,
  type CustomerRef,
  type PaymentRef,
} from '../domain/ids.ts';
import type { ConfirmUnblockCommand, SignedMessage, UnblockCommand } from '../domain/commands.ts';
import {
  type BlockedPayment,
  type PaymentState,
  type PaymentStatus,
  paymentStatuses,
  type PaymentView,
} from '../domain/payment.ts';
import type { Actor, Known } from '../domain/people.ts';
import { answerTo, type MessageAnswer } from '../domain/proposals.ts';
import type { ReconciliationReport } from '../domain/reconciliation.ts';
import { introducePayment, summarisePayment } from '../temporal/payment-details.ts';
import {
  blockUpdate,
  CUSTOMER_BLOCK,
  unblockCustomerUpdate,
  decisionUpdate,
  PAYMENT_LIFECYCLE,
  paymentQuery,
  refundChangedSignal,
  type ReconcileProgress,
  type ReconcileRequest,
  REFUND_CHECK,
} from '../temporal/contract.ts';
import { attributesOf, searchAttributes } from '../temporal/search-attributes.ts';
import { explainFailure, MessageRefused, PaymentAlreadyBlocked, PaymentNotFound } from './errors.ts';
import { reconcileNow } from './reconcile.ts';
import { signPayment } from './sign-payment.ts';
import { asserted, senderOf, type Vouching } from './vouching.ts';
import { PerWorkflowQueue } from './workflow-queue.ts';

/** How long one call may take before it answers LifecycleUnavailable. */
const CALL_TIMEOUT_MS = 20_000;
/** Who reads does not wait for a Temporal that is down. */
const STATUS_TIMEOUT_MS = 2_000;

/**
 * Starts payments' and customers' lifecycles and talks to them. Every call may be repeated. All of them throw
 * {@link LifecycleUnavailable} where Temporal or the workers cannot be reached.
 */
export class PaymentBlockClient {
  private readonly temporal: Client;
  private readonly taskQueue: string;
  private readonly vouching: Vouching;
  private readonly queue = new PerWorkflowQueue();

  /** @param vouching for payments that are blocked without the API (docs/integrate.md), and for who sends a message */
  constructor(temporal: Client, taskQueue: string, vouching: Vouching = {}) {
    this.temporal = temporal;
    this.taskQueue = taskQueue;
    this.vouching = vouching;
  }

  /**
   * Blocks a payment and waits for what the rules make of it.
   * @returns where the payment stands: held, released, refunding …
   * @throws PaymentAlreadyBlocked if it was blocked before, under another partnerReference
   */
  async blockPayment(unsigned: BlockedPayment): Promise<PaymentState> {
    const { signingKey } = this.vouching;
    const payment = signingKey ? signPayment(unsigned, signingKey) : unsigned;
    const workflowId = paymentWorkflowId(payment);
    const state = await this.queued(workflowId, async ({ workflow }) => {
      const start = new WithStartWorkflowOperation(PAYMENT_LIFECYCLE, {
        workflowId,
        taskQueue: this.taskQueue,
        args: [payment],
        workflowIdConflictPolicy: 'USE_EXISTING',
        // A run that failed or was terminated is begun anew, and goes on from what is on record.
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        typedSearchAttributes: attributesOf(payment),
        staticSummary: summarisePayment(payment),
        staticDetails: introducePayment(payment),
      });
      // Only the update's own answer is waited for; the start's failure comes through it.
      start.workflowHandle().catch(() => {});
      try {
        return await workflow.executeUpdateWithStart(decisionUpdate, {
          startWorkflowOperation: start,
          updateId: `decision:${payment.partnerReference}`,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        return workflow.getHandle(workflowId).query(paymentQuery);
      }
    });
    if (state.partnerReference === payment.partnerReference) return state;
    throw new PaymentAlreadyBlocked(
      `payment ${payment.uniqueReference} was blocked before, under another partnerReference`,
    );
  }

  /**
   * Lets a blocked payment's money go: back to the payment option or on to the merchant. Where two must agree, it
   * proposes that.
   * @param attempt distinguishes calls under one partnerReference: the same one is carried out once, and has one outcome
   * @returns where the payment stands: released, or refunding under the reference that it names; where two must agree, the
   *   outcome is "proposed", with what another operator does
   * @throws PaymentNotFound, MessageRefused (it is released, refunded, or another call was faster)
   */
  async unblockPayment(ref: PaymentRef, command: UnblockCommand, attempt = ''): Promise<MessageAnswer> {
    const { partnerReference } = command;
    const updateId = partnerReference === undefined ? undefined : `unblock:${partnerReference}:${attempt}`;
    return this.update(ref, 'unblock', command, updateId);
  }

  /**
   * Carries out the unblock that another operator has proposed.
   * @returns where the payment stands: released, or refunding under the reference that it names
   * @throws PaymentNotFound, MessageRefused (nothing is proposed, something else is, or by the same operator)
   */
  async confirmUnblock(ref: PaymentRef, command: ConfirmUnblockCommand): Promise<MessageAnswer> {
    return this.update(ref, 'confirmUnblock', command);
  }

  /**
   * Sends one of the operator messages (docs/reviews.md) and waits until what it asks for is on record.
   * @param message its name: hold, extendReview, note …
   * @param command its fields beside operator and reason are read, and refused, by the lifecycle
   * @returns where the payment then is, and whether the message was carried out or has only proposed something
   * @throws PaymentNotFound, MessageRefused (with the reason, and with the status where the payment has ended)
   */
  async send(
    ref: PaymentRef,
    message: string,
    command: SignedMessage & Readonly<Record<string, unknown>>,
  ): Promise<MessageAnswer> {
    return this.update(ref, message, command);
  }

  /** Where a payment stands, ended or not. @throws PaymentNotFound */
  async payment(ref: PaymentRef): Promise<PaymentView> {
    return this.call(({ workflow }) => workflow.getHandle(paymentWorkflowId(ref)).query(paymentQuery));
  }

  /**
   * The payment's latest run and where it stands, at once and without a worker: both are kept with the run.
   * @returns undefined where the run is not there any more; without a status where it does not say
   */
  async run(
    ref: PaymentRef,
  ): Promise<{ readonly runId: string; readonly status?: PaymentStatus } | undefined> {
    try {
      const { runId, typedSearchAttributes } = await this.call(
        ({ workflow }) => workflow.getHandle(paymentWorkflowId(ref)).describe(),
        STATUS_TIMEOUT_MS,
      );
      const said = typedSearchAttributes.get(searchAttributes.paymentStatus);
      const status = paymentStatuses.find((each) => each === said);
      return { runId, ...(status && { status }) };
    } catch (error) {
      if (error instanceof PaymentNotFound) return undefined;
      throw error;
    }
  }

  /**
   * Has the payment's refund looked up at its gateway now, because something may be new there: by its lifecycle, or,
   * where that has ended, by a run that starts it again if the gateway has taken the refund back. It never pays.
   */
  async refundChanged(ref: PaymentRef): Promise<void> {
    await this.call(async ({ workflow }) => {
      try {
        await workflow.getHandle(paymentWorkflowId(ref)).signal(refundChangedSignal);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        const check = workflow.signalWithStart(REFUND_CHECK, {
          workflowId: refundCheckWorkflowId(ref),
          taskQueue: this.taskQueue,
          args: [{ subscriberId: ref.subscriberId, uniqueReference: ref.uniqueReference }],
          signal: refundChangedSignal,
          typedSearchAttributes: [{ key: searchAttributes.serviceSubscriber, value: ref.subscriberId }],
          staticSummary: `Payment ${ref.uniqueReference}: was its refund taken back?`,
        });
        await check.catch((startError: unknown) => {
          // One that began at this very moment looks the refund up after it.
          if (!(startError instanceof WorkflowExecutionAlreadyStartedError)) throw startError;
        });
      }
    });
  }

  /** Bars a customer from online payment, or adds to the block that is on; its payments under way go to review. */
  async blockCustomer(
    customer: CustomerRef,
    request: BlockCustomerRequest,
    known?: Known,
  ): Promise<CustomerBlockView> {
    return this.updateCustomer(customer, blockUpdate, request, senderOf(request.actor, known));
  }

  /**
   * Ends a customer's block, also where its run was lost; a customer who is not blocked is left as is.
   */
  async unblockCustomer(
    customer: CustomerRef,
    { known, ...message }: SignedMessage,
  ): Promise<CustomerBlockView> {
    return this.updateCustomer(customer, unblockCustomerUpdate, message, senderOf(message.operator, known));
  }

  /** Sends an Update to the customer's run, which is started where there is none. */
  private updateCustomer<I extends object>(
    customer: CustomerRef,
    update: UpdateDefinition<CustomerBlockView, [I]>,
    input: I,
    sender: Actor,
  ): Promise<CustomerBlockView> {
    const workflowId = customerBlockWorkflowId(customer);
    return this.queued(workflowId, async ({ workflow }) => {
      const updateId = crypto.randomUUID();
      const sent = { workflowId, name: update.name, updateId, content: input };
      const assertion = await asserted(this.vouching, sent, sender);
      const start = new WithStartWorkflowOperation(CUSTOMER_BLOCK, {
        workflowId,
        taskQueue: this.taskQueue,
        args: [customer],
        workflowIdConflictPolicy: 'USE_EXISTING',
        typedSearchAttributes: [
          { key: searchAttributes.serviceSubscriber, value: customer.subscriberId },
          { key: searchAttributes.customerUuid, value: customer.customerUuid },
        ],
        staticSummary: `Customer ${customer.customerUuid}: blocked from online payment`,
      });
      start.workflowHandle().catch(() => {});
      return workflow.executeUpdateWithStart(update, {
        startWorkflowOperation: start,
        updateId,
        args: [{ ...input, ...assertion }],
      });
    });
  }

  /**
   * Compares our refunds with the gateways' reports, now, and waits until that is done.
   * @param onProgress called now and then with how far it is, and what it waits for
   * @throws MessageRefused where a gateway could not be compared
   */
  async reconcile(
    request: ReconcileRequest,
    onProgress: (progress: ReconcileProgress, waitsFor: string | undefined) => void,
  ): Promise<ReconciliationReport[]> {
    return reconcileNow((work) => this.call(work), this.taskQueue, request, onProgress);
  }

  private async update(
    ref: PaymentRef,
    message: string,
    { known, ...content }: SignedMessage,
    updateId: string = crypto.randomUUID(),
  ): Promise<MessageAnswer> {
    const workflowId = paymentWorkflowId(ref);
    return this.queued(workflowId, async ({ workflow }) => {
      const sent = { workflowId, name: message, updateId, content };
      const assertion = await asserted(this.vouching, sent, senderOf(content.operator, known));
      try {
        const handle = workflow.getHandle(workflowId);
        const args: [unknown] = [{ ...content, ...assertion }];
        return answerTo(
          message,
          await handle.executeUpdate<PaymentState, [unknown]>(message, { updateId, args }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        const { status } = await this.payment(ref);
        const cannot = DECISIONS.has(message) ? 'cannot be unblocked' : `takes no ${message} any more`;
        throw new MessageRefused(`the payment is ${status} and ${cannot}`, { cause: error });
      }
    });
  }

  private async queued<T>(workflowId: string, work: (temporal: Client) => Promise<T>): Promise<T> {
    return this.queue.run(workflowId, () => this.call(work));
  }

  private async call<T>(work: (temporal: Client) => Promise<T>, timeoutMs = CALL_TIMEOUT_MS): Promise<T> {
    try {
      return await this.temporal.withDeadline(Date.now() + timeoutMs, () => work(this.temporal));
    } catch (error) {
      throw explainFailure(error);
    }
  }
}

const DECISIONS: ReadonlySet<string> = new Set(['unblock', 'confirmUnblock']);
