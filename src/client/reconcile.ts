import { type Client, WorkflowFailedError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ReconciliationReport } from '../domain/reconciliation.ts';
import { RECONCILE, type ReconcileProgress, type ReconcileRequest } from '../temporal/contract.ts';
import { MessageRefused } from './errors.ts';

const RECONCILE_POLL_MS = 500;

/**
 * Starts a reconciliation, and waits until it is done.
 * @param call works with Temporal, and explains its failures
 * @throws MessageRefused where a gateway could not be compared
 */
export async function reconcileNow(
  call: <T>(work: (temporal: Client) => Promise<T>) => Promise<T>,
  taskQueue: string,
  request: ReconcileRequest,
  onProgress: (progress: ReconcileProgress, waitsFor: string | undefined) => void,
): Promise<ReconciliationReport[]> {
  const handle = await call(({ workflow }) =>
    workflow.start<(request: ReconcileRequest) => Promise<ReconciliationReport[]>>(RECONCILE, {
      workflowId: `reconcile:${crypto.randomUUID()}`,
      taskQueue: taskQueue,
      args: [request],
    }),
  );
  for (;;) {
    const { status, raw } = await call(() => handle.describe());
    if (status.name !== 'RUNNING') break;
    const [activity] = raw.pendingActivities ?? [];
    const [payload] = activity?.heartbeatDetails?.payloads ?? [];
    if (payload) {
      const progress = defaultPayloadConverter.fromPayload<ReconcileProgress>(payload);
      onProgress(progress, activity?.lastFailure?.message ?? undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, RECONCILE_POLL_MS));
  }
  try {
    return await call(() => handle.result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw new MessageRefused(error.cause?.message ?? error.message, { cause: error });
  }
}
