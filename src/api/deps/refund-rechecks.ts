import type { FastifyBaseLogger } from 'fastify';
import type { PaymentBlockClient } from '../../client/index.ts';
import { isSettled } from '../../domain/refund.ts';
import type { StoredRefund } from '../../store/refunds/refund-record.ts';

/** A refund is looked up for those who ask about it at most so often … */
const SHORTEST_PAUSE_MS = 5_000;
/** … and ever more rarely as it grows older: a run's history holds a limited number of lookups, however long it lasts. */
const PAUSE_PER_AGE = 1 / 20;
const MOST_REMEMBERED = 10_000;

/**
 * Has the refunds that a caller asks about looked up at their gateway, so that the next call returns what is true by
 * then. It never makes the one who asks wait.
 */
export class RefundRechecks {
  private readonly client: PaymentBlockClient;
  private readonly log: FastifyBaseLogger;
  /** When each refund may be looked up again. */
  private readonly nextAt = new Map<string, number>();

  constructor(client: PaymentBlockClient, log: FastifyBaseLogger) {
    this.client = client;
    this.log = log;
  }

  /** Looks a refund up that a caller asks about. One that is settled is left alone. */
  request(refund: StoredRefund | null | undefined): void {
    if (!refund || isSettled(refund)) return;
    const { refundReference } = refund;
    const now = Date.now();
    if (now < (this.nextAt.get(refundReference) ?? 0)) return;
    const age = now - refund.createdAt.getTime();
    // Those asked about longest ago go first.
    this.nextAt.delete(refundReference);
    this.nextAt.set(refundReference, now + Math.max(SHORTEST_PAUSE_MS, age * PAUSE_PER_AGE));
    const [oldest] = this.nextAt.keys();
    if (this.nextAt.size > MOST_REMEMBERED && oldest !== undefined) this.nextAt.delete(oldest);
    this.client.refundChanged(refund).catch((error: unknown) => {
      this.log.warn(
        { err: error, refundReference },
        'a refund that a caller asked about could not be looked up',
      );
    });
  }
}
