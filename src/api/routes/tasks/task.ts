import { z } from 'zod';
import { mayBeClosedByHand, nextSteps, type Task, taskKinds } from '../../../domain/task.ts';

/** A task as it is answered. */
export const taskFields = z.object({
  taskId: z.int(),
  kind: z.enum(taskKinds),
  subject: z.string().describe('"payment:…", "refund:…", "gatewayRefund:…" or "outbox"'),
  summary: z.string().describe('What is known'),
  details: z.record(z.string(), z.unknown()).describe('What the summary was made of'),
  nextStep: z.string().describe('What to do'),
  closesByHand: z.boolean().describe('false: only what settles it closes it'),
  openedAt: z.string().describe('ISO 8601, UTC'),
  closedAt: z.string().nullable(),
  closedBy: z.string().nullable(),
  closingReason: z.string().nullable(),
});

export function taskAnswer({
  subscriberId: _known,
  openedAt,
  closedAt,
  ...task
}: Task): z.infer<typeof taskFields> {
  return {
    ...task,
    nextStep: nextSteps[task.kind],
    closesByHand: mayBeClosedByHand(task.kind),
    openedAt: openedAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
  };
}
