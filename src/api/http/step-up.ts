import type { PaymentRef } from '../../domain/ids.ts';
import type { Queryable } from '../../store/db/postgres.ts';
import { takesTwo } from '../../store/reviews/review-terms.ts';
import type { Caller } from './authentication.ts';

/** For so long a person need not prove anew who they are. */
const FRESH_MS = 5 * 60_000;

/** What approves, or settles money by a person's word. */
const APPROVALS = new Set(['confirmUnblock', 'markRefundPaid', 'giveUpRefund']);

interface StepUpDeps {
  readonly pool: Queryable;
  /** It knows what it calls a strong sign-in, where approvals take one. */
  readonly identityProvider?: { readonly stepUpAcr: string | undefined };
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
  const acr = identityProvider?.stepUpAcr;
  if (acr === undefined || !roles) return false;
  if (authenticated?.acr === acr && Date.now() - authenticated.at.getTime() < FRESH_MS) return false;
  return APPROVALS.has(message) || (message === 'unblock' && (await takesTwo(pool, ref)));
}
