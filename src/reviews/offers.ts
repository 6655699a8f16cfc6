import type { PaymentStatus, PaymentView } from '../domain/payment.ts';

/** What an operator can say to a payment where it stands now: the message, and how the desk asks for it. */
export interface Offer {
  /** The message's wire name. */
  readonly message: string;
  /** What sending it does; several where the field of that name decides. */
  readonly buttons: readonly { readonly label: string; readonly field?: string; readonly value?: string }[];
  /** What else is asked for, beside the reason. */
  readonly asks?: readonly { readonly field: string; readonly label: string; readonly isNumber?: true }[];
  /** What is sent along unseen. */
  readonly fixed?: Readonly<Record<string, string>>;
}

/** Whether a message cannot be sent without a reason: all but those that move no money and no clock. */
export function needsReason(message: string): boolean {
  return !ASIDE.some((offer) => offer.message === message);
}

type Standing = Pick<PaymentView, 'proposal' | 'bookingProposed' | 'pausedAt'> & {
  readonly status: PaymentStatus;
};

/** The offers for a payment, decisions first; none once it has ended. */
export function offersFor({ status, proposal, bookingProposed, pausedAt }: Standing): readonly Offer[] {
  if (status === 'refundFailed') return [...REFUND, ...ASIDE];
  if (status === 'refunding') return ASIDE;
  if (status !== 'held') return [];
  return [
    ...(proposal
      ? [
          {
            message: 'confirmUnblock',
            buttons: [{ label: proposal.refundAmount ? 'Confirm the refund' : 'Confirm the release' }],
            fixed: { confirms: proposal.hash },
          },
        ]
      : []),
    ...(proposal || bookingProposed
      ? [{ message: 'hold', buttons: [{ label: 'Take the proposal back' }] }]
      : []),
    ...(bookingProposed ? [] : [UNBLOCK]),
    // What two have to agree on does not change under the one who confirms it.
    ...(proposal ? [] : [...(pausedAt === undefined ? CLOCK : RESUME), ELSEWHERE]),
    ...ASIDE,
  ];
}

const UNBLOCK: Offer = {
  message: 'unblock',
  buttons: [
    { label: 'Refund to the payment option', field: 'refundAmount', value: 'true' },
    { label: 'Release to the merchant', field: 'refundAmount', value: 'false' },
  ],
};

const ELSEWHERE: Offer = {
  message: 'bookElsewhere',
  buttons: [{ label: 'A part went elsewhere' }],
  asks: [
    { field: 'amount', label: 'How much, for example 40.00', isNumber: true },
    { field: 'gatewayReference', label: 'Its reference there' },
  ],
};

const CLOCK: readonly Offer[] = [
  {
    message: 'extendReview',
    buttons: [{ label: 'Give it more time' }],
    asks: [{ field: 'hours', label: 'Hours from now', isNumber: true }],
  },
  { message: 'pauseReview', buttons: [{ label: 'Stop the clock' }] },
];

const RESUME: readonly Offer[] = [{ message: 'resumeReview', buttons: [{ label: 'Let the clock go on' }] }];

const REFUND: readonly Offer[] = [
  { message: 'retryRefund', buttons: [{ label: 'Ask the gateway again' }] },
  {
    message: 'markRefundPaid',
    buttons: [{ label: 'It is paid' }],
    asks: [{ field: 'gatewayReference', label: "The gateway's own reference" }],
  },
  { message: 'giveUpRefund', buttons: [{ label: 'It never will be paid' }] },
];

/** What moves no money. */
const ASIDE: readonly Offer[] = [
  {
    message: 'assign',
    buttons: [{ label: 'Assign' }],
    asks: [{ field: 'assignee', label: 'Who looks after it, or nothing' }],
  },
  {
    message: 'note',
    buttons: [{ label: 'Leave the note' }],
    asks: [{ field: 'text', label: 'What others should know, nothing personal' }],
  },
];
