import type { DeliveryDeps } from '../delivery/deliver-once.ts';
import type { ReviewPolicy } from '../domain/review.ts';
import type { Assertions } from '../identity/assertions.ts';
import type { Gateways } from '../gateways/port/gateways.ts';
import type { RuleSets } from '../rules/rule-sets-in-force.ts';
import type { CardFingerprint } from '../rules/list-value.ts';

/** Everything that the activities touch. */
export interface ActivityDeps extends DeliveryDeps {
  readonly ruleSets: RuleSets;
  readonly cardFingerprint: CardFingerprint;
  readonly reviewPolicy: ReviewPolicy;
  readonly gateways: Gateways;
  /** Reads who has sent an operator's message. */
  readonly assertions: Assertions;
  /** Whether a payment is taken in only where the API or a client's key vouches for it. */
  readonly vouchedRuns: 'required' | 'off';
  /** Aborted when the worker begins to shut down: long-running activities end then, for another worker to take over. */
  readonly stopping?: AbortSignal;
}
