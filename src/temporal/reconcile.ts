/** The workflow type, as operators see it. */
export const RECONCILE = 'reconcile';

/** What to compare; left out: every gateway that has refunds on record, over the days that a refund may still change. */
export interface ReconcileRequest {
  readonly gateway?: string;
  /** ISO 8601, UTC; of refunds by when they were first sent. */
  readonly from?: string;
  /** Itself left out. */
  readonly to?: string;
}

/** How far a comparison with a gateway has come. */
export interface ReconcileProgress {
  readonly gateway: string;
  /** Refunds of its report that were read so far. */
  readonly reported: number;
}
