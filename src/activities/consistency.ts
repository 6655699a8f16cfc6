import { setTimeout as pause } from 'node:timers/promises';
import { Context, log } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import {
  ATTEMPTS_BEFORE_TASK,
  type ConsistencyReport,
  type Disagreement,
  type FailingStep,
  disagreementOfBlock,
  disagreementsOf,
  gatewayAgrees,
  inconsistentBlock,
  inconsistentOutbox,
  inconsistentPayment,
  inconsistentRefund,
  type RecordedPayment,
  type RunState,
} from '../domain/consistency.ts';
import {
  customerBlockWorkflowId,
  type CustomerRef,
  paymentOfWorkflowId,
  type PaymentRef,
  paymentWorkflowId,
} from '../domain/ids.ts';
import type { RefundLookup } from '../domain/refund.ts';
import type { NewTask, Task } from '../domain/task.ts';
import { inChunks } from '../runtime/in-chunks.ts';
import { PAYMENT_LIFECYCLE } from '../temporal/contract.ts';
import {
  blocksOf,
  moveTo,
  moveToBlock,
  nextBlocks,
  nextPayments,
  type RecordedBlock,
  recordedPayments,
  type Scan,
  stuckEvents,
} from '../store/checks/consistency.ts';
import { paymentByReference } from '../store/payments/payment-record.ts';
import { inTransaction } from '../store/db/postgres.ts';
import { refundByReference } from '../store/refunds/refund-record.ts';
import { expireChanges } from '../store/changes/end-change.ts';
import { EVERYBODY } from '../domain/people.ts';
import { publish } from '../store/notifications/outbox.ts';
import { type AuditSeal, sealAudit } from '../store/books/audit-seals.ts';
import { closeTask, openFound, openTasks } from '../store/tasks/tasks.ts';
import type { ActivityDeps } from './deps.ts';

export type ConsistencyActivities = ReturnType<typeof createConsistencyActivities>;

/** Payments that are looked at together. */
const BATCH = 500;
/** A check goes on with the next batch for so long; the rest is for the next check. */
const LONGEST_MS = 60_000;
/** How many captured refunds of a batch the gateway is asked about. */
const LOOKUPS = 10;
/** What does not agree is looked at again after this: two sides are never read at the very same moment. */
const SECOND_LOOK_MS = 2_000;
const DESCRIBED_AT_ONCE = 20;

/** Comparing workflows, payments, ledger, refunds and outbox with each other. */
export function createConsistencyActivities({ pool, gateways }: ActivityDeps) {
  /** The payments as they are on record, and where they do not agree: seen twice, the second time counts. */
  async function examine(refs: readonly PaymentRef[]): Promise<Examined[]> {
    const first = await look(refs);
    const suspects = first.filter(({ disagreements }) => disagreements.length > 0);
    if (suspects.length === 0) return first;
    await pause(SECOND_LOOK_MS);
    const second = await look(suspects.map(({ ref }) => ref));
    return [...first.filter((each) => !suspects.includes(each)), ...second];
  }

  async function look(refs: readonly PaymentRef[]): Promise<Examined[]> {
    const payments = new Map(
      (await recordedPayments(pool, refs)).map((payment) => [paymentWorkflowId(payment), payment]),
    );
    return inChunks(refs, DESCRIBED_AT_ONCE, async (ref) => {
      const payment = payments.get(paymentWorkflowId(ref));
      const { state, failing } = await lookAtRun(paymentWorkflowId(ref));
      return { ref, payment, disagreements: disagreementsOf(payment, state, new Date(), failing) };
    });
  }

  /** Asks the gateway about refunds that are captured by its own word. */
  async function inconsistentRefunds(payments: readonly RecordedPayment[]): Promise<NewTask[]> {
    const tasks = await inChunks(payments, DESCRIBED_AT_ONCE, async (payment) => {
      const { refund } = payment;
      if (refund?.status !== 'CAPTURED' || !refund.saidByGateway) return [];
      const known = await lookUp(refund.refundReference);
      return known && gatewayAgrees(known) === false ? [inconsistentRefund(payment, refund, known)] : [];
    });
    return tasks.flat();
  }

  /** What the gateway says of a refund; undefined where it cannot be asked now. */
  async function lookUp(refundReference: string): Promise<RefundLookup | undefined> {
    const refund = await refundByReference(pool, refundReference);
    const payment = refund && (await paymentByReference(pool, refund));
    if (!payment) return undefined;
    const { subscriberId, idempotencyKey, amount } = refund;
    const paymentOptionToken = payment.paymentOption.token;
    try {
      const gateway = gateways.named(refund.gateway);
      if (!gateway.abilities.looksUpByReference) return undefined;
      const request = { subscriberId, refundReference, idempotencyKey, amount, paymentOptionToken };
      return await gateway.lookup(request);
    } catch (error) {
      log.warn('the consistency check could not ask a gateway about a refund', { refundReference, error });
      return undefined;
    }
  }

  /** Goes through the next payments of a scan, and records what was found together with how far it has come. */
  async function go(scan: Scan, until: number): Promise<{ checked: number; tasksOpened: number }> {
    let checked = 0;
    let tasksOpened = 0;
    for (;;) {
      const batch = await nextPayments(pool, scan, BATCH);
      const isLast = batch.length < BATCH;
      const examined = await examine(batch);
      const sample = shuffled(examined.flatMap(({ payment }) => payment ?? [])).slice(0, LOOKUPS);
      const tasks = [
        ...inconsistent(examined),
        ...(scan === 'ended' ? await inconsistentRefunds(sample) : []),
      ];
      tasksOpened += await inTransaction(pool, async (db) => {
        // Those that have ended stay ended: the scan waits at the last one for more.
        if (!isLast || scan === 'ended') {
          const position = batch.at(-1);
          if (position) await moveTo(db, scan, position);
        } else await moveTo(db, scan, undefined);
        return openFound(db, tasks);
      });
      checked += batch.length;
      if (isLast || Date.now() > until) return { checked, tasksOpened };
    }
  }

  /** Blocks of customers without a run, or beyond their expiry: seen twice, the second time counts. */
  async function examineBlocks(blocks: readonly RecordedBlock[]): Promise<NewTask[]> {
    const first = await lookAtBlocks(blocks);
    if (first.length === 0) return [];
    await pause(SECOND_LOOK_MS);
    const suspects = first.map(({ block }) => block);
    const second = await lookAtBlocks(await blocksOf(pool, suspects));
    return second.map(({ block, disagreement }) => inconsistentBlock(block, disagreement));
  }

  async function lookAtBlocks(blocks: readonly RecordedBlock[]) {
    const looked = await inChunks(blocks, DESCRIBED_AT_ONCE, async (block) => {
      const { state } = await lookAtRun(customerBlockWorkflowId(block));
      const disagreement = disagreementOfBlock(block, state, new Date());
      return disagreement === undefined ? [] : [{ block, disagreement }];
    });
    return looked.flat();
  }

  /** Goes through the next blocks of customers. */
  async function checkBlocks(): Promise<NewTask[]> {
    const blocks = await nextBlocks(pool, BATCH);
    const tasks = await examineBlocks(blocks);
    await inTransaction(pool, (db) => moveToBlock(db, blocks.length < BATCH ? undefined : blocks.at(-1)));
    return tasks;
  }

  /** Runs whose payment was never stored: they are seen by Temporal only. */
  async function checkRuns(): Promise<NewTask[]> {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const query =
      `WorkflowType = '${PAYMENT_LIFECYCLE}' AND ExecutionStatus = 'Running' ` +
      `AND StartTime > '${ago(120)}' AND StartTime < '${ago(15)}'`;
    const refs: PaymentRef[] = [];
    for await (const { workflowId } of Context.current().client.workflow.list({ query })) {
      const ref = paymentOfWorkflowId(workflowId);
      if (ref) refs.push(ref);
      if (refs.length >= BATCH) break;
    }
    const stored = new Set((await recordedPayments(pool, refs)).map(paymentWorkflowId));
    return inconsistent(await examine(refs.filter((ref) => !stored.has(paymentWorkflowId(ref)))));
  }

  /** Closes the tasks of what agrees again. */
  async function checkOpenTasks(stuck: readonly NewTask[]): Promise<number> {
    const open = (await openTasks(pool, ['inconsistent'])).slice(0, BATCH);
    const about = (prefix: string) => open.filter(({ subject }) => subject.startsWith(prefix));
    const examined = await examine(about('payment:').map(paymentOf));
    const blocks = await examineBlocks(await blocksOf(pool, about('customer:').map(customerOf)));
    const stillWrong = new Set([...inconsistent(examined), ...blocks, ...stuck].map(nameOf));
    const refunds = await Promise.all(
      about('refund:')
        .slice(0, LOOKUPS)
        .map(async (task) => {
          const known = await lookUp(task.subject.slice('refund:'.length));
          return known && gatewayAgrees(known) === true ? [task] : [];
        }),
    );
    const agree = [...about('payment:'), ...about('customer:'), ...about('outbox')].filter(
      (task) => !stillWrong.has(nameOf(task)),
    );
    return inTransaction(pool, async (db) => {
      let closed = 0;
      for (const task of [...agree, ...refunds.flat()]) {
        if (await closeTask(db, task, { part: 'consistency check' }, 'both sides agree again')) closed += 1;
      }
      return closed;
    });
  }

  /** The first seal of a day leaves the installation, by mail and webhook. */
  async function exportSeal({ hash, lastId, at }: AuditSeal): Promise<void> {
    const sealedAt = at.toISOString();
    const day = sealedAt.slice(0, 10);
    await publish(pool, EVERYBODY, 'auditSealed', day, { hash, lastId, sealedAt });
  }

  return {
    /**
     * One check: opens a task for what does not agree, and closes those of what does again. It also seals the audit; the
     * seal is in its answer, and so in Temporal, and once a day in a mail: out of reach of the database's owner.
     */
    async checkConsistency(): Promise<ConsistencyReport> {
      const until = Date.now() + LONGEST_MS;
      const underWay = await go('underWay', until);
      const ended = await go('ended', until);
      const stuck = (await stuckEvents(pool)).map(inconsistentOutbox);
      const found = [...(await checkRuns()), ...(await checkBlocks()), ...stuck];
      const opened = await inTransaction(pool, async (db) => openFound(db, found));
      await expireChanges(pool);
      const seal = await sealAudit(pool);
      if (seal) await exportSeal(seal);
      return {
        checked: underWay.checked + ended.checked,
        tasksOpened: underWay.tasksOpened + ended.tasksOpened + opened,
        tasksClosed: await checkOpenTasks(stuck),
        ...(seal ? { auditSeal: seal.hash } : {}),
      };
    },
  };
}

interface Examined {
  readonly ref: PaymentRef;
  readonly payment: RecordedPayment | undefined;
  readonly disagreements: readonly Disagreement[];
}

function inconsistent(examined: readonly Examined[]): NewTask[] {
  return examined.flatMap(({ ref, disagreements }) =>
    disagreements.length === 0 ? [] : [inconsistentPayment(ref, disagreements)],
  );
}

function paymentOf({ subscriberId, subject }: Task): PaymentRef {
  return { subscriberId, uniqueReference: subject.slice('payment:'.length) };
}

function customerOf({ subscriberId, subject }: Task): CustomerRef {
  return { subscriberId, customerUuid: subject.slice('customer:'.length) };
}

function nameOf({ subscriberId, subject }: NewTask): string {
  return `${subscriberId} ${subject}`;
}

async function lookAtRun(
  workflowId: string,
): Promise<{ readonly state: RunState; readonly failing: readonly FailingStep[] }> {
  const handle = Context.current().client.workflow.getHandle(workflowId);
  try {
    const { status, raw } = await handle.describe();
    const failing = (raw.pendingActivities ?? [])
      .map(({ activityType, attempt, lastFailure }) => ({
        step: activityType?.name ?? 'unknown',
        attempts: attempt ?? 0,
        failure: lastFailure?.message ?? 'it did not answer in time',
      }))
      .filter(({ attempts }) => attempts >= ATTEMPTS_BEFORE_TASK);
    return { state: status.name === 'RUNNING' ? 'running' : 'ended', failing };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { state: 'missing', failing: [] };
    throw error;
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
