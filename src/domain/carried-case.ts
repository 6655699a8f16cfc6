import type { CarriedLog } from './case-log.ts';
import type { Disposition } from './decision.ts';
import type { CarriedDecision } from './decision-state.ts';
import type { PaymentStatus } from './payment.ts';
import type { CarriedRefund } from './refund-state.ts';
import type { ReviewTerms } from './review.ts';
import type { CarriedReview } from './review-state.ts';

/** A case as one run hands it to the next, as JSON. */
export interface CarriedCase {
  readonly status: PaymentStatus;
  readonly disposition?: Disposition | undefined;
  readonly reasons: readonly string[];
  readonly terms?: ReviewTerms | undefined;
  readonly assignedTo?: string | undefined;
  readonly journalEntries: number;
  readonly log: CarriedLog;
  readonly review: CarriedReview;
  readonly decision: CarriedDecision;
  readonly refund: CarriedRefund;
}
