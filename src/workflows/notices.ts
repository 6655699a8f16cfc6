import { ActivityFailure, log } from '@temporalio/workflow';
import { notify } from './retry-policies.ts';

/** Notifications under way. They start when what they tell of is stored, and never hold the money back. */
export class Notices {
  private readonly underWay = new Set<Promise<void>>();

  /** @param eventId the stored event to tell of; null where there is nothing to tell */
  send(eventId: string | null): void {
    if (eventId === null) return;
    const delivery = this.deliver(eventId).finally(() => this.underWay.delete(delivery));
    this.underWay.add(delivery);
  }

  /** Whether none is under way any more: each was delivered, or is left to the outbox. */
  get delivered(): boolean {
    return this.underWay.size === 0;
  }

  private async deliver(eventId: string): Promise<void> {
    try {
      await notify.deliverEvent({ eventId });
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      log.warn('a notification stays in the outbox and is tried again later', {
        eventId,
        error: error.cause?.message,
      });
    }
  }
}
