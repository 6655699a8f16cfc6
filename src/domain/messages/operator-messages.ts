import { assign } from './assign.ts';
import { bookElsewhere } from './book-elsewhere.ts';
import { confirmUnblock } from './confirm-unblock.ts';
import { extendReview } from './extend-review.ts';
import { giveUpRefund } from './give-up-refund.ts';
import { hold } from './hold.ts';
import { markRefundPaid } from './mark-refund-paid.ts';
import { note } from './note.ts';
import { pauseReview } from './pause-review.ts';
import { resumeReview } from './resume-review.ts';
import { retryRefund } from './retry-refund.ts';
import { unblock } from './unblock.ts';
import type { OperatorMessageKind } from './define.ts';

/** Everything an operator can say to a payment. */
export const operatorMessages: readonly OperatorMessageKind[] = [
  unblock,
  confirmUnblock,
  hold,
  extendReview,
  pauseReview,
  resumeReview,
  assign,
  note,
  bookElsewhere,
  retryRefund,
  markRefundPaid,
  giveUpRefund,
];

/** What the sender of an unknown signal reads. */
export const NO_SUCH_SIGNAL = `there is no such signal: use ${operatorMessages.map(({ name }) => name).join(', ')}`;
