import type { PaymentRef } from '../../domain/ids.ts';
import type { Queryable } from '../../store/db/postgres.ts';
import { takesTwo } from '../../store/reviews/review-terms.ts';
import type { IdentityProvider } from './identity-provider.ts';
import type { Caller } from '../http/authentication.ts';

/** What approves, or settles money by a person's word. */
const APPROVALS = new Set(['confirmUnblock', 'markRefundPaid', 'giveUpRefund']);

interface StepUpDeps {
  readonly pool: Queryable;
  readonly identityProvider?: Pick<IdentityProvider, 'takesStepUp' | 'isSteppedUp'>;
}

/**
 * Whether a person has to prove to the log-in provider anew who they are, and more strongly, before they send this
 * message. Never where the service is not configured for it.
 */
export async function needsStepUp(
  { identityProvider, pool }: StepUpDeps,
  { roles, authenticated }: Caller,
  ref: PaymentRef,
  message: string,
): Promise<boolean> {
  if (!identityProvider?.takesStepUp || !roles || identityProvider.isSteppedUp(authenticated)) return false;
  return APPROVALS.has(message) || (message === 'unblock' && (await takesTwo(pool, ref)));
}
