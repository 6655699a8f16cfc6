/** A decision that can be made about several payments at once: an operator's message, and how the desk asks for it. */
export interface BulkDecision {
  /** What the form calls it. */
  readonly name: string;
  readonly label: string;
  /** The message's wire name. */
  readonly message: string;
  /** The message's own fields, of what was typed beside the reason. */
  readonly fields: (typed: BulkTyped) => Readonly<Record<string, string>>;
}

/** What the form asks for, whichever decision is chosen. */
export interface BulkTyped {
  readonly reason: string;
  readonly hours: string;
  readonly assignee: string;
}

/** Confirming is none of them: the second person reads each case. */
export const bulkDecisions: readonly BulkDecision[] = [
  {
    name: 'refund',
    label: 'Refund to the payment option',
    message: 'unblock',
    fields: () => ({ refundAmount: 'true' }),
  },
  {
    name: 'release',
    label: 'Release to the merchant',
    message: 'unblock',
    fields: () => ({ refundAmount: 'false' }),
  },
  { name: 'extend', label: 'Give more time', message: 'extendReview', fields: ({ hours }) => ({ hours }) },
  { name: 'hold', label: 'Take proposals back', message: 'hold', fields: () => ({}) },
  { name: 'assign', label: 'Assign', message: 'assign', fields: ({ assignee }) => ({ assignee }) },
  { name: 'note', label: 'Leave a note', message: 'note', fields: ({ reason }) => ({ text: reason }) },
];
