import type { PaymentCase, UnblockDecision } from '../domain/payment-case.ts';
import { extendReview, startReview, type ReviewPolicy } from '../domain/review.ts';
import { conditionUntil } from './condition-until.ts';
import type { Notices } from './notices.ts';
import { showStatus } from './payment-visibility.ts';
import { store } from './retry-policies.ts';

/**
 * Holds the payment until an operator unblocks it or the deadline does what its policy says; on the way it reminds,
 * and follows extensions.
 */
export async function review(
  current: PaymentCase,
  policy: ReviewPolicy,
  notices: Notices,
): Promise<UnblockDecision> {
  const { ref } = current;
  let clock = startReview(policy, Date.now());
  let overdue = false;

  const reviewDueAt = new Date(clock.dueAt).toISOString();
  notices.send(await store.holdPayment({ ...ref, reviewDueAt, reasons: current.reasons }));
  current.status = 'held';
  current.reviewDueAt = clock.dueAt;
  showStatus(current);

  for (;;) {
    const wakeAt = overdue ? undefined : (clock.remindAt ?? clock.dueAt);
    await conditionUntil(
      () => current.unblock !== undefined || current.extension !== undefined,
      wakeAt,
      'review: reminder or deadline',
    );
    if (current.unblock) return current.unblock;

    if (current.extension) {
      const extension = current.extension;
      current.extension = undefined;
      clock = extendReview(clock, policy, Date.parse(extension.until));
      overdue = false;
      await store.extendReview({ ...ref, extension });
      current.reviewDueAt = clock.dueAt;
      showStatus(current);
    } else if (wakeAt === clock.remindAt) {
      clock = { ...clock, remindAt: undefined };
      notices.send(await store.remindReviewers({ ...ref, occasion: `due ${clock.dueAt}` }));
    } else if (policy.deadlineAction === 'stayHeld') {
      overdue = true;
      notices.send(await store.remindReviewers({ ...ref, occasion: `overdue ${clock.dueAt}` }));
      showStatus(current, { needsAttention: true });
    } else {
      current.unblock = {
        refundAmount: policy.deadlineAction === 'refund',
        operator: 'deadline',
        reason: 'nobody decided in time',
        decidedBy: 'deadline',
      };
      return current.unblock;
    }
  }
}
