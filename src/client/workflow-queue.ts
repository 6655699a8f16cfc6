import { LifecycleUnavailable } from './errors.ts';

/** How long a call may wait for those before it. */
const LONGEST_WAIT_MS = 20_000;

/**
 * Sends what is for one run one after the other, within this process. Temporal takes ten Updates at once for a run, and
 * long before that a burst makes it fail and repeat workflow tasks, so that some of the calls take seconds or time out.
 */
export class PerWorkflowQueue {
  private readonly last = new Map<string, Promise<void>>();

  /** @throws LifecycleUnavailable if the calls before this one take too long */
  async run<T>(workflowId: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(workflowId) ?? Promise.resolve();
    let finish = (): void => {};
    const mine = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const tail = before.then(() => mine);
    this.last.set(workflowId, tail);
    try {
      await inTime(before);
      return await work();
    } finally {
      finish();
      if (this.last.get(workflowId) === tail) this.last.delete(workflowId);
    }
  }
}

async function inTime(turn: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    const text = 'other calls for the same run do not come to an end: repeat the call later';
    timer = setTimeout(() => reject(new LifecycleUnavailable(text)), LONGEST_WAIT_MS);
  });
  try {
    await Promise.race([turn, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
